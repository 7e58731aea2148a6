"""Simple forecasts of a study, judged like its cells."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from lstm_assets.cells.result import Baseline
from lstm_assets.data.windows import Floats, Split
from lstm_assets.errors import LeakError, NotFittedError, TooFewBarsError
from lstm_assets.evaluation.metrics import mean_squared_error, per_evaluation_bar
from lstm_assets.evaluation.scores import evaluate_prices, scored_origins
from lstm_assets.forecasting.baselines import BASELINES, BASELINES_VERSION, Fitted, fitted
from lstm_assets.forecasting.baselines.base import TrainingPart
from lstm_assets.records.scored import ScoredCells

_DIGITS = 32  # of the digest of the bars that a search sees; those of the holdout's follow


@dataclass(frozen=True, slots=True)
class Baselines:
    """What simple forecasts score, and the forecasts themselves."""

    scores: list[Baseline]
    forecasts: dict[str, Floats]  # by name, of the bars of the holdout, price units; none without
    evaluated: dict[str, Floats]  # by name, of the evaluation bars
    not_fitted: dict[str, str] = field(default_factory=dict)  # by name, why


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
    split = scored.split(code_task)
    searched = scored.series.prices
    part = TrainingPart(searched[: split.cut], split.size_sequence, split.horizon)
    version = _version(scored, split) + _digest(prices[holdout_start:].tobytes())
    judged = Baselines([], {}, {})
    for name, fit in BASELINES.items():
        try:
            found = fitted(fit, part)
        except NotFittedError as error:
            judged.not_fitted[name] = str(error)
            continue
        forecasts = found.forecast(searched, scored_origins(split), split.horizon)
        evaluated = evaluate_prices(forecasts, searched, split)
        judged.evaluated[name] = evaluated.predicted
        mse_holdout = None
        if holdout_start < len(prices):
            held = _held(found, prices, holdout_start, split)
            judged.forecasts[name] = held
            mse_holdout = mean_squared_error(prices[holdout_start:], held)
        scores = evaluated.scores
        accuracy = None if scores.accuracy != scores.accuracy else scores.accuracy
        judged.scores.append(
            Baseline(
                code_study=scored.study.code,
                name=name,
                loss=scores.loss,
                accuracy=accuracy,
                mse=scores.mse,
                relative_mse=scores.relative_mse,
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
        version = _version(scored, scored.split(scored.ranking.winner.code_task))
    except (TooFewBarsError, LeakError):
        return []
    return [each for each in baselines if each.data_version.startswith(version)]


def _held(found: Fitted, prices: Floats, start: int, split: Split) -> Floats:
    """Return the forecast of each bar of the holdout, shape (H,)."""
    held = Split(len(prices), split.size_sequence, split.horizon, cut=start, evaluation_start=start)
    forecasts = found.forecast(prices, held.evaluation_origins, split.horizon)
    return per_evaluation_bar(forecasts, held)


def _version(scored: ScoredCells, split: Split) -> str:
    """Return the digest of all that their scores on the searched bars depend on."""
    shape = [split.cut, split.size_sequence, split.horizon]
    parts = [BASELINES_VERSION, scored.series.digest(), shape]
    return _digest(json.dumps(parts).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]
