"""The checks of a study's assets. They are made each time an asset is materialized."""

from __future__ import annotations

import math
from collections.abc import Iterator

import dagster as dg
import pandas as pd

from lstm_assets.cells.result import Best
from lstm_assets.data.checking import check_bars
from lstm_assets.graph.keys import (
    ADJUSTED_PRICES,
    BEST_MODEL,
    MODEL_RESULTS,
    asset_key,
)
from lstm_assets.records.scored import ScoredCells
from lstm_assets.study import Study

PRICE_CHECKS = {
    "dates_ordered": "Dates ascend, each date once.",
    "prices_positive": "Every price is above 0.",
    "prices_complete": "No price is missing.",
    "no_long_gap": "No gap between two bars is longer than the study's max_gap_days.",
}
LOSS_IS_FINITE = "loss_is_finite"
GRID_IS_COVERED = "grid_is_covered"
BEATS_NAIVE = "beats_naive"


def price_check_specs(study: Study) -> list[dg.AssetCheckSpec]:
    """Return the checks of adjusted_prices. One that fails stops the run's later assets."""
    key = asset_key(study, ADJUSTED_PRICES)
    return [
        dg.AssetCheckSpec(name, asset=key, description=description, blocking=True)
        for name, description in PRICE_CHECKS.items()
    ]


def price_checks(study: Study, bars: pd.DataFrame) -> list[dg.AssetCheckResult]:
    """Return what the checks say about the bars that cells would be trained on."""
    return [
        dg.AssetCheckResult(
            check_name=finding.name,
            passed=finding.passed,
            description=finding.description,
            metadata=dict(finding.numbers),
        )
        for finding in check_bars(bars, study.max_gap_days)
    ]


def result_check_specs(study: Study) -> list[dg.AssetCheckSpec]:
    """Return the checks of model_results."""
    key = asset_key(study, MODEL_RESULTS)
    return [
        dg.AssetCheckSpec(
            LOSS_IS_FINITE, asset=key, description="Every result is a finite number."
        ),
        dg.AssetCheckSpec(
            GRID_IS_COVERED,
            asset=key,
            description="Every CODE_TASK has a result on the current prices.",
        ),
    ]


def result_checks(scored: ScoredCells) -> list[dg.AssetCheckResult]:
    """Return what the checks say about all stored results of the study."""
    not_finite = [code for code, each in scored.results.items() if not _finite(each.loss, each.mse)]
    missing = [code for code in scored.cells if code not in scored.current]
    return [
        dg.AssetCheckResult(
            check_name=LOSS_IS_FINITE,
            passed=not not_finite,
            description=_listed(not_finite, "results are not finite numbers"),
            metadata={"results": len(scored.results), "not_finite": len(not_finite)},
        ),
        dg.AssetCheckResult(
            check_name=GRID_IS_COVERED,
            passed=not missing,
            severity=dg.AssetCheckSeverity.WARN,  # many backfills train only a part of a grid
            description=_listed(missing, "cells have no result on the current prices"),
            metadata={"cells": len(scored.cells), "missing": len(missing)},
        ),
    ]


def best_check_specs(study: Study) -> list[dg.AssetCheckSpec]:
    """Return the check of best_model."""
    return [
        dg.AssetCheckSpec(
            BEATS_NAIVE,
            asset=asset_key(study, BEST_MODEL),
            description="Bars that no search saw show that the winner beats the naive forecast.",
        )
    ]


def best_checks(best: Best) -> Iterator[dg.AssetCheckResult]:
    """Return what the check says about the winner."""
    yield dg.AssetCheckResult(
        check_name=BEATS_NAIVE,
        passed=best.is_shown,
        severity=dg.AssetCheckSeverity.WARN,
        description=best.verdict,
        metadata={"mse": best.mse, "mse_naive": best.mse_naive},
    )


def _finite(*values: float | None) -> bool:
    return all(value is not None and math.isfinite(value) for value in values)


def _listed(codes: list[str], what: str) -> str:
    """Return how many codes there are, what they have in common, and the first three."""
    shown = ", ".join(codes[:3]) + (", ..." if len(codes) > 3 else "")
    return f"{len(codes)} {what}: {shown}" if codes else f"0 {what}"
