"""Choose a study's winner: the best result, or the champion if that result does not beat it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lstm_assets.cells.result import Best, Result
from lstm_assets.data.windows import Floats
from lstm_assets.errors import LeakError, ModelFileError, StoreError, TooFewBarsError
from lstm_assets.evaluation.champion import Contender, Since, decide
from lstm_assets.evaluation.holdout import compare
from lstm_assets.evaluation.selection import Selection, beside_naive
from lstm_assets.forecasting.rescoring import Rescored, rescore
from lstm_assets.records.holdout import forecast_of, horizon_of
from lstm_assets.records.scored import ScoredCells

FEWEST_SINCE = 2  # bars; a t-test needs two
OUTSIDE = "it is outside the study's space or constraint, in which there is no result"


@dataclass(frozen=True, slots=True)
class Forecasts:
    """A stored model's forecasts of today's evaluation bars, or why there are none."""

    rescored: Rescored | None
    why_none: str = ""  # one sentence; it names no path, because reports are passed on


@dataclass(frozen=True, slots=True)
class Choice:
    """The winner, and the results that it was chosen from."""

    best: Best
    winner: Result
    selection: Selection
    forecasts: Forecasts  # the winner's


@dataclass(frozen=True, slots=True)
class Bars:
    """All bars of a study, those of its holdout as well, and which a champion was named on."""

    prices: Floats  # shape (n,), oldest first, in price units
    dates: Sequence[str]  # YYYY-MM-DD, one a price
    named_on: str  # YYYYMMDD, the newest bar when the champion was named


def choose(scored: ScoredCells, champion: Result | None, bars: Bars | None = None) -> Choice:
    """Return a study's winner.

    Args:
        scored: the study's cells and their newest results.
        champion: the result that won before; it is scored again on today's evaluation bars. None:
            the best result wins.
        bars: all bars; on those since the champion was named, a challenger has to be better. None:
            its score on the evaluation bars decides.

    Raises:
        StoreError: there is neither a result on the current prices nor a champion.
    """
    selection = scored.ranking
    rescored = _rescore_champion(scored, selection, champion) if champion else _RescoredChampion()
    winner, note = _decide(scored, selection, rescored.result, bars)
    naive = scored.naive_mse(winner.code_task)
    outside = OUTSIDE if winner.code_task in scored.outside else ""
    notes = [note, beside_naive(winner.mse or 0.0, naive), outside, rescored.why_none]
    best = Best(
        code_study=scored.study.code,
        ticker=scored.study.ticker,
        code_task=winner.code_task,
        version_model=winner.version_model,
        mse=winner.mse or 0.0,
        mse_naive=naive,
        path_model=winner.path_model,
        note="; ".join(each for each in notes if each),
    )
    if rescored.forecasts is not None and rescored.result is winner:
        return Choice(best, winner, selection, Forecasts(rescored.forecasts))
    return Choice(best, winner, selection, winner_forecasts(scored, best))


def leader(scored: ScoredCells) -> Best:
    """Return the first result of the ranking as a winner, for a study that has no winner yet."""
    first = scored.ranking.winner
    return Best(
        code_study=scored.study.code,
        ticker=scored.study.ticker,
        code_task=first.code_task,
        version_model=first.version_model,
        mse=first.mse or 0.0,
        mse_naive=scored.naive_mse(first.code_task),
        path_model=first.path_model,
    )


def winner_forecasts(scored: ScoredCells, best: Best) -> Forecasts:
    """Return the forecasts of a winner's model, or why there are none."""
    try:
        return Forecasts(_rescore(scored, best.code_task, best.path_model))
    except StoreError:
        why = "The winner is not in the tables any more, so its forecasts cannot be drawn."
    except ModelFileError:  # its message names a path of this machine, so it is not shown
        why = "The winner's model file is missing, so its forecasts cannot be drawn."
    except (TooFewBarsError, LeakError) as error:
        why = f"The winner's forecasts cannot be drawn: {error}"
    return Forecasts(None, why)


def relative_mse_of(scored: ScoredCells, result: Result) -> float | None:
    """Return the relative MSE of a stored result, by its model's forecasts; None without a model.

    Results of older versions of the code were stored without it.
    """
    try:
        return _rescore(scored, result.code_task, result.path_model).scores.relative_mse
    except (StoreError, ModelFileError):
        return None


@dataclass(frozen=True, slots=True)
class _RescoredChampion:
    """The champion's result on today's evaluation bars, if it can be compared."""

    result: Result | None = None  # with today's MSE
    forecasts: Rescored | None = None
    why_none: str = ""  # the reason why it cannot be compared


def _rescore_champion(
    scored: ScoredCells, selection: Selection, champion: Result
) -> _RescoredChampion:
    name = _name(champion)
    for result in selection.ranked:
        if (result.code_task, result.version_model) == (champion.code_task, champion.version_model):
            return _RescoredChampion(result)  # it is in the ranking, so it is on the same bars
    try:
        forecasts = _rescore(scored, champion.code_task, champion.path_model)
    except (ModelFileError, TooFewBarsError, LeakError, StoreError) as error:
        return _RescoredChampion(why_none=f"champion {name} could not be scored again: {error}")
    if scored.has_seen_evaluation(champion.code_task, champion.version_model):
        return _RescoredChampion(why_none=f"champion {name} was trained on evaluation bars")
    scores = forecasts.scores
    today = replace(champion, mse=scores.mse, relative_mse=scores.relative_mse)
    return _RescoredChampion(today, forecasts)


def _rescore(scored: ScoredCells, code_task: str, path_model: str | None) -> Rescored:
    cell = scored.cells.get(code_task)
    if cell is None or not path_model:
        raise StoreError("its cell or the path of its model is not in the tables any more")
    return rescore(Path(path_model), cell, scored.series)


def _decide(
    scored: ScoredCells, selection: Selection, champion: Result | None, bars: Bars | None
) -> tuple[Result, str]:
    """Return the winner with its MSE on today's evaluation bars, and a note that says why it won.

    As in the ranking, a cell that a search stopped early does not win over one trained longer.
    """
    best = selection.ranked[0] if selection.ranked else None
    if champion is None:
        if best is None:
            raise StoreError(
                f"TB_MODELRESULT holds no result of study {scored.study.code} on its current "
                f"prices ({len(selection.stale)} on older ones). Materialize model_results first."
            )
        return best, ""
    if best is None:
        return champion, f"champion {_name(champion)} stays: nothing challenges it"
    if best is champion:
        return best, f"champion {_name(champion)} stays: no result is better"
    if (champion.code_task in scored.outside) is not (best.code_task in scored.outside):
        return _inside(scored, champion, best)
    champion_epochs, best_epochs = _stopped_at(scored, champion), _stopped_at(scored, best)
    if champion_epochs > best_epochs:
        name = _name(best)
        return champion, f"champion {_name(champion)} stays: {name} was stopped early"
    if champion_epochs < best_epochs:
        name = _name(champion)
        return best, f"{_name(best)} replaces champion {name}, which was stopped early"
    since = _since(scored, champion, best, bars) if bars else None
    contenders = _contender(scored, champion), _contender(scored, best)
    decision = decide(*contenders, since)
    return (champion if decision.winner == contenders[0] else best), decision.note


def _since(scored: ScoredCells, champion: Result, best: Result, bars: Bars) -> Since | None:
    """Return how two results compare on the bars since the champion was named; None without any."""
    dates = [each.replace("-", "") for each in bars.dates]
    if not dates or dates[-1] <= bars.named_on:
        return None
    trained = max(each.date_e_train or "" for each in (champion, best))
    start = bisect_right(dates, max(bars.named_on, trained))
    count = len(dates) - start
    if count < FEWEST_SINCE:
        return Since(count, None)
    try:
        theirs = [forecast_of(each, scored, bars.prices, start) for each in (champion, best)]
    except ModelFileError:  # its message names a path of this machine, so it is not shown
        return Since(count, None)
    horizon = max(horizon_of(scored, each) for each in (champion, best))
    old, new = (each.predicted for each in theirs)
    return Since(count, compare("champion", bars.prices[start:], new, old, horizon))


def _inside(scored: ScoredCells, champion: Result, best: Result) -> tuple[Result, str]:
    """Return the one that is in the study's space, of two of which the other is not."""
    if champion.code_task in scored.outside:
        name = _name(champion)
        return best, f"{_name(best)} replaces champion {name}, which is outside the space"
    name = _name(best)
    return champion, f"champion {_name(champion)} stays: {name} is outside the space"


def _stopped_at(scored: ScoredCells, result: Result) -> float:
    """Return the epochs after which a search stopped a result's cell; infinity if it did not."""
    cell = scored.cells.get(result.code_task)
    return float(cell.hyperparameters["epoch"]) if cell and cell.is_partial else math.inf


def _name(result: Result) -> str:
    return f"{result.code_task} v{result.version_model}"


def _contender(scored: ScoredCells, result: Result) -> Contender:
    """Return a result with what its study ranks it by, on all bars."""
    score = scored.score(result) or 0.0
    return Contender(result.code_task, result.version_model, score, scored.study.rank_by.upper())
