"""Simple forecasts of a study, judged like its cells."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean

from lstm_assets.cells.result import Baseline
from lstm_assets.cells.settings import settings_of
from lstm_assets.data.windows import Floats, Split
from lstm_assets.errors import LeakError, NotFittedError, TooFewBarsError
from lstm_assets.evaluation.metrics import mean_squared_error
from lstm_assets.evaluation.scores import Scores, evaluate_prices, scored_origins
from lstm_assets.forecasting.baselines import (
    BASELINES,
    BASELINES_VERSION,
    Fit,
    Fitted,
    TrainingPart,
    fitted,
    forecast_bars,
)
from lstm_assets.records.scored import ScoredCells
from lstm_assets.training.series import TrainingSeries

_DIGITS = 32  # of the digest of the bars that a search sees; those of the holdout's follow


@dataclass(frozen=True, slots=True)
class Baselines:
    """What simple forecasts score, and the forecasts themselves."""

    scores: list[Baseline] = field(default_factory=list)
    forecasts: dict[str, Floats] = field(default_factory=dict)  # of the holdout's bars, by name
    not_fitted: dict[str, str] = field(default_factory=dict)  # why, by name


def judge_baselines(
    scored: ScoredCells, code_task: str, prices: Floats, holdout_start: int
) -> Baselines:
    """Return simple forecasts, fitted on what a cell was trained on and judged like it.

    Args:
        scored: the study's cells and results.
        code_task: the cell, often the winner.
        prices: the series with the bars of the holdout, shape (n,), in price units.
        holdout_start: position of the first of them; n without a holdout.
    """
    cuts = _cuts(scored, code_task)
    version = _version(cuts) + _digest(prices[holdout_start:].tobytes())
    judged = Baselines()
    for name, fit in BASELINES.items():
        try:
            *folds, (found, scores) = [_judged(fit, series, split) for series, split in cuts]
        except NotFittedError as error:
            judged.not_fitted[name] = str(error)
            continue
        mse_holdout = None
        if holdout_start < len(prices):
            held = forecast_bars(found, prices, holdout_start, cuts[-1][1])
            judged.forecasts[name] = held
            mse_holdout = mean_squared_error(prices[holdout_start:], held)
        of_parts = [_ranked(scored, each) for each in (*(each for _, each in folds), scores)]
        judged.scores.append(
            Baseline(
                code_study=scored.study.code,
                name=name,
                loss=scores.loss,
                accuracy=None if math.isnan(scores.accuracy) else scores.accuracy,
                mse=scores.mse,
                relative_mse=scores.relative_mse,
                folds_mean=fmean(of_parts) if folds else None,
                mse_holdout=mse_holdout,
                data_version=version,
            )
        )
    return judged


def current_baselines(scored: ScoredCells, baselines: Sequence[Baseline]) -> list[Baseline]:
    """Return those that were judged on today's bars, beside cells like today's winner."""
    if not scored.ranking.ranked:
        return []
    try:
        version = _version(_cuts(scored, scored.ranking.winner.code_task))
    except (TooFewBarsError, LeakError):
        return []
    return [each for each in baselines if each.data_version.startswith(version)]


def _cuts(scored: ScoredCells, code_task: str) -> list[tuple[TrainingSeries, Split]]:
    """Return the series that rank a cell, the whole one last, each with how the cell cuts it."""
    cell = scored.cells[code_task]
    settings = settings_of(cell.hyperparameters, cell.model)
    folds = scored.fold_series if scored.ranks_by_folds else []
    return [(series, series.split(*settings)) for series in (*folds, scored.series)]


def _judged(fit: Fit, series: TrainingSeries, split: Split) -> tuple[Fitted, Scores]:
    """Return a simple forecast that is fitted to the training part, and its scores."""
    prices = series.prices
    part = TrainingPart(prices[: split.cut], split.size_sequence, split.horizon)
    found = fitted(fit, part)
    forecasts = found.forecast(prices, scored_origins(split), split.horizon)
    return found, evaluate_prices(forecasts, prices, split).scores


def _ranked(scored: ScoredCells, scores: Scores) -> float:
    """Return what the study ranks by, of one of the parts."""
    return scores.mse if scored.study.rank_by == "mse" else scores.relative_mse


def _version(cuts: Sequence[tuple[TrainingSeries, Split]]) -> str:
    """Return the digest of all that their scores on the searched bars depend on."""
    shapes = [
        [series.digest(), split.cut, split.size_sequence, split.horizon] for series, split in cuts
    ]
    return _digest(json.dumps([BASELINES_VERSION, shapes]).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]
