"""The forecast that is tested on the bars that no search saw, and the simple ones beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from lstm_assets.cells.result import Result
from lstm_assets.cells.settings import settings_of
from lstm_assets.data.windows import Floats, Split, price_series
from lstm_assets.errors import ModelFileError
from lstm_assets.evaluation.holdout import mean_forecast, shrunk, slope
from lstm_assets.forecasting.baselines import TrainingPart, forecast_bars
from lstm_assets.forecasting.baselines.steady import fit_drift
from lstm_assets.forecasting.rescoring import Forecast, forecast
from lstm_assets.records.scored import ScoredCells
from lstm_assets.study import Study


@dataclass(frozen=True)
class HeldOut:
    """A study's bars with those of its holdout, which only the step that names the winner reads."""

    study: Study
    bars: pd.DataFrame  # adjusted, oldest first

    @cached_property
    def start(self) -> int:
        """The position of the first bar of the holdout."""
        return self.study.holdout_start(self.bars["date"].to_list())

    @cached_property
    def prices(self) -> Floats:
        """The series that cells forecast, shape (n,)."""
        return price_series(self.bars, self.study.price)

    @property
    def count(self) -> int:
        """Number of bars of the holdout."""
        return len(self.bars) - self.start

    def date(self, index: int) -> str:
        """The date of a bar, YYYYMMDD."""
        return str(self.bars["date"].iloc[index]).replace("-", "")


@dataclass(frozen=True, slots=True)
class Tested:
    """The models whose mean forecast is tested."""

    winner: Result
    others: Sequence[Result]  # the next best cells, and other seeds of each

    @classmethod
    def of(cls, winner: Result, scored: ScoredCells) -> Tested:
        """Return the winner and the next best cells of its horizon, with all their seeds."""
        cells, finalists = scored.cells, scored.study.finalists
        horizon = horizon_of(scored, winner)
        others = [
            each
            for each in scored.ranking.ranked
            if each.code_task != winner.code_task
            and each.code_task not in scored.outside
            and not cells[each.code_task].is_partial
            and has_file(each)
            and horizon_of(scored, each) == horizon
        ]
        chosen = others[: finalists.cells - 1]
        seeds = [
            each
            for cell in (winner, *chosen)
            for repeat in range(1, finalists.seeds)
            if (each := scored.repeat(cell.code_task, repeat)) is not None and has_file(each)
        ]
        return cls(winner, [*chosen, *seeds])

    @property
    def models(self) -> Sequence[Result]:
        """All of them, the winner first."""
        return [self.winner, *self.others]

    @property
    def name(self) -> str:
        """A digest; a model that was trained again on the same prices is the same."""
        models = sorted(
            f"{each.code_task} {each.data_version or each.version_model}" for each in self.models
        )
        return hashlib.sha256("\n".join(models).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class HoldoutForecasts:
    """Forecasts of each bar of the holdout, in price units, shape (H,) each."""

    dates: tuple[str, ...]  # YYYY-MM-DD, oldest first
    actual: Floats
    winner: Floats  # of its own model alone
    tested: Floats  # the mean over the tested models, with its returns shrunk
    simple: dict[str, Floats]  # of what it has to beat, by name: naive, drift, and often close


def holdout_forecasts(tested: Tested, scored: ScoredCells, held: HeldOut) -> HoldoutForecasts:
    """Return what the tested models, and simple forecasts, say of the holdout.

    Raises:
        ModelFileError: a model file is missing or cannot be read.
    """
    searched, split = scored.series.prices, scored.split(tested.winner.code_task)
    seen = [forecast_of(each, scored, searched, split.evaluation_start) for each in tested.models]
    validation = searched[split.evaluation_start :]
    by = slope(validation, mean_forecast([each.predicted for each in seen]), seen[0].last_seen)

    unseen = [forecast_of(each, scored, held.prices, held.start) for each in tested.models]
    naive = unseen[0].last_seen
    part = TrainingPart(searched[: split.cut], split.size_sequence, split.horizon)
    drift = forecast_bars(fit_drift(part), held.prices, held.start, split)
    simple = {"naive": naive, "drift": drift}
    if held.study.price == "mid":
        simple["close"] = _last_closes(held, split)
    mean = mean_forecast([each.predicted for each in unseen])
    return HoldoutForecasts(
        dates=tuple(map(str, held.bars["date"].iloc[held.start :])),
        actual=held.prices[held.start :],
        winner=unseen[0].predicted,
        tested=shrunk(mean, naive, by),
        simple=simple,
    )


def forecast_of(result: Result, scored: ScoredCells, prices: Floats, start: int) -> Forecast:
    """Return a stored model's forecast of each bar from `start` on; raises ModelFileError."""
    if not result.path_model:
        raise ModelFileError(f"{result.code_task} has no model file.")
    return forecast(Path(result.path_model), scored.cells[result.code_task], prices, start)


def horizon_of(scored: ScoredCells, result: Result) -> int:
    """Return how many bars a window of a cell forecasts."""
    cell = scored.cells[result.code_task]
    return settings_of(cell.hyperparameters, cell.model)[1].horizon


def has_file(result: Result) -> bool:
    """Return whether a result's model file is where it was stored."""
    return bool(result.path_model) and Path(result.path_model or "").is_file()


def _last_closes(held: HeldOut, split: Split) -> Floats:
    """Return the last close before the window of each bar of the holdout, shape (H,)."""
    closes = price_series(held.bars, "close")
    windows = np.arange(held.count) // split.horizon
    before: Floats = closes[held.start + windows * split.horizon - 1]
    return before
