"""How a study's winner is chosen: the best result, or the champion that it did not beat."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

from lstm_assets.cells.result import Best, Result
from lstm_assets.errors import LeakError, ModelFileError, StoreError, TooFewBarsError
from lstm_assets.evaluation.champion import Contender, decide
from lstm_assets.evaluation.selection import Selection, verdict
from lstm_assets.forecasting.rescoring import Rescored, rescore
from lstm_assets.records.scored import ScoredCells


@dataclass(frozen=True, slots=True)
class Forecasts:
    """A stored model's forecasts of today's evaluation bars, or why there are none."""

    rescored: Rescored | None
    why_none: str = ""  # one sentence, without a path of this machine


@dataclass(frozen=True, slots=True)
class Choice:
    """The winner, and what it was chosen from."""

    best: Best
    selection: Selection
    forecasts: Forecasts  # the winner's


def choose(scored: ScoredCells, champion: Result | None) -> Choice:
    """Choose a study's winner.

    Args:
        scored: its cells and their newest results.
        champion: the version that won on earlier prices, to be scored again on today's evaluation
            bars; None lets the best result win.

    Raises:
        StoreError: there is neither a result on the current prices nor a champion.
    """
    selection = scored.ranking
    defence = _defence(scored, selection, champion) if champion else _Defence()
    winner, note = _decide(scored, selection, defence)
    naive = scored.naive_mse(winner.code_task)
    notes = [each for each in (note, verdict(winner.mse or 0.0, naive), defence.why_none) if each]
    best = Best(
        code_study=scored.study.code,
        ticker=scored.study.ticker,
        code_task=winner.code_task,
        version_model=winner.version_model,
        mse=winner.mse or 0.0,
        mse_naive=naive,
        path_model=winner.path_model,
        note="; ".join(notes),
    )
    if defence.forecasts is not None and defence.result is winner:
        return Choice(best, selection, Forecasts(defence.forecasts))
    return Choice(best, selection, winner_forecasts(scored, best))


def leader(scored: ScoredCells) -> Best:
    """Return the result that ranks first as a winner; for where none was chosen yet."""
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
    """Return what a winner's model forecasts, or why that is not known."""
    try:
        return Forecasts(_rescored(scored, best.code_task, best.path_model))
    except StoreError:
        why = "The winner's model is not in the tables any more: its forecasts cannot be drawn."
    except ModelFileError:  # whose message names a path, which is nobody's business elsewhere
        why = "The winner's model file is missing, so its forecasts cannot be drawn."
    except (TooFewBarsError, LeakError) as error:
        why = f"The winner's forecasts cannot be drawn: {error}"
    return Forecasts(None, why)


@dataclass(frozen=True, slots=True)
class _Defence:
    """The champion as it scores today, if it can be compared at all."""

    result: Result | None = None  # with today's MSE
    forecasts: Rescored | None = None
    why_none: str = ""  # the reason for which it cannot be compared


def _defence(scored: ScoredCells, selection: Selection, champion: Result) -> _Defence:
    name = f"{champion.code_task} v{champion.version_model}"
    for each in selection.ranked:
        if (each.code_task, each.version_model) == (champion.code_task, champion.version_model):
            return _Defence(each)  # it is among the results, on the same bars
    try:
        forecasts = _rescored(scored, champion.code_task, champion.path_model)
    except (ModelFileError, TooFewBarsError, LeakError, StoreError) as error:
        return _Defence(why_none=f"champion {name} could not be scored again: {error}")
    if scored.has_seen_evaluation(champion.code_task, champion.version_model):
        return _Defence(why_none=f"champion {name} was trained on bars that are to score it")
    return _Defence(replace(champion, mse=forecasts.scores.mse), forecasts)


def _rescored(scored: ScoredCells, code_task: str, path_model: str | None) -> Rescored:
    cell = scored.cells.get(code_task)
    if cell is None or not path_model:
        raise StoreError("its cell or the path of its model is not in the tables any more")
    return rescore(Path(path_model), cell, scored.series)


def _decide(scored: ScoredCells, selection: Selection, defence: _Defence) -> tuple[Result, str]:
    """Return the winner with its MSE on today's evaluation bars, and how it came to win.

    As in the ranking, one that a search stopped early does not win over one trained longer.
    """
    champion, best = defence.result, selection.ranked[0] if selection.ranked else None
    if champion is None:
        if best is None:
            raise StoreError(
                f"TB_MODELRESULT holds no result of study {scored.study.code} on its current "
                f"prices ({len(selection.stale)} on older ones). Materialize model_results first."
            )
        return best, ""
    if best is None:
        return champion, f"champion {_contender(champion)} stays: nothing challenges it"
    if best is champion:
        return best, f"champion {_contender(champion)} stays: no result is better"
    early = _stopped_at(scored, champion), _stopped_at(scored, best)
    if early[0] > early[1]:
        name = _contender(best)
        return champion, f"champion {_contender(champion)} stays: {name} was stopped early"
    if early[0] < early[1]:
        name = _contender(champion)
        return best, f"{_contender(best)} replaces champion {name}, which was stopped early"
    decision = decide(_contender(champion), _contender(best))
    return (champion if decision.winner == _contender(champion) else best), decision.note


def _stopped_at(scored: ScoredCells, result: Result) -> float:
    """Return the epochs after which a search stopped a result's cell; infinity: it did not."""
    cell = scored.cells.get(result.code_task)
    return float(cell.hyperparameters["epoch"]) if cell and cell.is_partial else math.inf


def _contender(result: Result) -> Contender:
    return Contender(result.code_task, result.version_model, result.mse or 0.0)
