"""The jobs of a study, by the names that people look for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from lstm_assets.assets.keys import (
    ADJUSTED_PRICES,
    BEST_MODEL,
    HYPERPARAMETER_GRID,
    MODEL_RESULTS,
    RAW_PRICES,
    asset_key,
)
from lstm_assets.study import Study

Job: TypeAlias = UnresolvedAssetJobDefinition

# Tag: how often a run is tried again that did not end by an error of its steps.
RETRIES = "dagster/max_retries"


@dataclass(frozen=True, slots=True)
class Jobs:
    """The jobs of one study."""

    ingest: Job
    refresh: Job
    build_grid: Job
    tune: Job
    select: Job

    def all(self) -> list[Job]:
        """Return them in the order of the graph."""
        return [getattr(self, field.name) for field in fields(self)]


def jobs_of(study: Study) -> Jobs:
    """Make the jobs of a study.

    Their launchpads open with every setting written out, at its default.
    """
    grid: dict[str, Any] = {"space": {}}
    training: dict[str, Any] = {"retrain": False, "warm_start": False}
    return Jobs(
        ingest=_job(study, "ingest", [RAW_PRICES, ADJUSTED_PRICES], {}, retries=3),
        refresh=_job(
            study,
            "refresh",
            [RAW_PRICES, ADJUSTED_PRICES, HYPERPARAMETER_GRID],
            {HYPERPARAMETER_GRID: grid},
            retries=3,
        ),
        build_grid=_job(
            study, "build_grid", [HYPERPARAMETER_GRID], {HYPERPARAMETER_GRID: grid}, retries=0
        ),
        tune=_job(study, "tune", [MODEL_RESULTS], {MODEL_RESULTS: training}, retries=0),
        select=_job(study, "select", [BEST_MODEL], {}, retries=0),
    )


DESCRIPTIONS = {
    "ingest": "Fetch the newest bars and adjust them.",
    "refresh": "Fetch and adjust the newest bars, and build the grid on them.",
    "build_grid": "Turn the search space into CODE_TASKs, a partition each.",
    "tune": "Train and score the CODE_TASKs you pick.",
    "select": "Name the winner, beside the naive forecast.",
}


def _job(
    study: Study, name: str, assets: list[str], config: dict[str, dict[str, Any]], retries: int
) -> Job:
    ops = {f"{study.name}__{asset}": {"config": given} for asset, given in config.items()}
    return dg.define_asset_job(
        name=f"{study.name}__{name}",
        selection=[asset_key(study, asset) for asset in assets],
        description=DESCRIPTIONS[name],
        config={"ops": ops} if ops else None,
        tags={RETRIES: str(retries)},
    )
