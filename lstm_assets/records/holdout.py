"""What the bars that no search saw say of a winner."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from statistics import stdev

import numpy as np
import pandas as pd

from lstm_assets.cells.result import Best, Result
from lstm_assets.cells.settings import settings_of
from lstm_assets.data.windows import Floats, price_series
from lstm_assets.errors import ModelFileError
from lstm_assets.evaluation.holdout import (
    Against,
    Evidence,
    compare,
    drift,
    mean_forecast,
    shrunk,
    slope,
)
from lstm_assets.evaluation.metrics import mean_squared_error
from lstm_assets.forecasting.rescoring import Forecast, forecast
from lstm_assets.records.scored import ScoredCells
from lstm_assets.study import Study

NO_FILE = "The winner's model file is missing: nothing is claimed"


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
class _Tested:
    """The models whose mean forecast is tested: the winner first."""

    winner: Result
    others: Sequence[Result]  # the next best cells, and other seeds of each

    @property
    def name(self) -> str:
        """A digest; a model that was trained again on the same prices is the same."""
        models = sorted(
            f"{each.code_task} {each.data_version or each.version_model}"
            for each in (self.winner, *self.others)
        )
        return hashlib.sha256("\n".join(models).encode()).hexdigest()[:16]


def judged(
    best: Best, winner: Result, scored: ScoredCells, held: HeldOut, before: Collection[str]
) -> Best:
    """Return a winner with the verdict of its study's holdout.

    What is tested is the mean forecast of the best cells, the winner among them, with its returns
    shrunk as the validation bars say.

    Args:
        best: the winner.
        winner: its result.
        scored: the study's cells and results.
        held: the bars of the holdout.
        before: the forecasts that were tested on these bars before, by name.
    """
    seeds = [each for each in scored.others if each.idx_repeat and not each.idx_fold]
    of_winner = _known_seeds(winner, scored)
    best = replace(
        best,
        tries=len(scored.results) + len(seeds),
        seeds=len(of_winner),
        seed_sd=stdev(of_winner) if len(of_winner) > 1 else None,
    )
    if not held.count:
        return best
    tested = _tested(winner, scored)
    try:
        evidence, mses = _evidence(tested, scored, held, best, len({*before, tested.name}))
    except ModelFileError:  # its message names a path of this machine, so it is not shown
        return replace(best, verdict=NO_FILE)
    return replace(
        best,
        verdict=evidence.verdict,
        holdout_begin=held.date(held.start),
        holdout_end=held.date(-1),
        holdout_bars=held.count,
        holdout_opened=evidence.opened,
        mse_holdout=mses["winner"],
        mse_naive_holdout=mses["naive"],
        mse_drift_holdout=mses["drift"],
        mse_close_holdout=mses.get("close"),
        gain=evidence.gain,
        p_value=evidence.p_value,
        tested=tested.name,
    )


def _tested(winner: Result, scored: ScoredCells) -> _Tested:
    """Return the winner and the next best cells of its kind and horizon, with all their seeds."""
    cells, finalists = scored.cells, scored.study.finalists
    horizon = _horizon(scored, winner)
    others = [
        each
        for each in scored.ranking.ranked
        if each.code_task != winner.code_task
        and each.code_task not in scored.outside
        and not cells[each.code_task].is_partial
        and each.path_model
        and Path(each.path_model).is_file()
        and _horizon(scored, each) == horizon
    ]
    chosen = others[: finalists.cells - 1]
    seeds = [
        each
        for cell in (winner, *chosen)
        for repeat in range(1, finalists.seeds)
        if (each := scored.repeat(cell.code_task, repeat)) is not None
        and each.path_model
        and Path(each.path_model).is_file()
    ]
    return _Tested(winner, [*chosen, *seeds])


def _known_seeds(winner: Result, scored: ScoredCells) -> list[float]:
    """Return the winner's MSE with each of its seeds."""
    repeats = range(1, scored.study.finalists.seeds)
    trained = [winner, *(scored.repeat(winner.code_task, each) for each in repeats)]
    return [each.mse for each in trained if each is not None and each.mse is not None]


def _horizon(scored: ScoredCells, result: Result) -> int:
    cell = scored.cells[result.code_task]
    return settings_of(cell.hyperparameters, cell.model)[1].horizon


def _evidence(
    tested: _Tested, scored: ScoredCells, held: HeldOut, best: Best, opened: int
) -> tuple[Evidence, dict[str, float]]:
    """Return what the holdout says, and mean squared errors on it by the name of a forecast."""
    searched, split = scored.series.prices, scored.split(tested.winner.code_task)
    results = (tested.winner, *tested.others)
    seen = [_forecast(each, scored, searched, split.evaluation_start) for each in results]
    validation = searched[split.evaluation_start :]
    mean, last = mean_forecast([each.predicted for each in seen]), seen[0].last_seen
    by = slope(validation, mean, last)

    unseen = [_forecast(each, scored, held.prices, held.start) for each in results]
    actual, naive = held.prices[held.start :], unseen[0].last_seen
    predicted = shrunk(mean_forecast([each.predicted for each in unseen]), naive, by)
    simple = {"naive": naive, "drift": drift(naive, searched[: split.cut], split.horizon)}
    if held.study.price == "mid":
        simple["close"] = _last_closes(held, split.horizon)
    compared: list[Against] = [
        compare(name, actual, predicted, each, split.horizon) for name, each in simple.items()
    ]
    mses = {name: mean_squared_error(actual, each) for name, each in simple.items()}
    mses["winner"] = mean_squared_error(actual, unseen[0].predicted)
    return Evidence(held.count, tuple(compared), opened, best.tries or 0), mses


def _forecast(result: Result, scored: ScoredCells, prices: Floats, start: int) -> Forecast:
    if not result.path_model:
        raise ModelFileError(f"{result.code_task} has no model file.")
    return forecast(Path(result.path_model), scored.cells[result.code_task], prices, start)


def _last_closes(held: HeldOut, horizon: int) -> Floats:
    """Return the last close before the window of each bar of the holdout, shape (H,)."""
    closes = price_series(held.bars, "close")
    windows = np.arange(held.count) // horizon
    before: Floats = closes[held.start + windows * horizon - 1]
    return before
