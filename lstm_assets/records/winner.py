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
from lstm_assets.records.scored import ScoredGrid
from lstm_assets.study import Study


@dataclass(frozen=True, slots=True)
class Choice:
    """The winner, and what it was chosen from."""

    best: Best
    selection: Selection
    forecasts: Rescored | None  # of the evaluation bars; None without its model file


def choose(study: Study, scored: ScoredGrid, champion: Result | None) -> Choice:
    """Choose the study's winner.

    Args:
        study: whose winner.
        scored: its cells and their newest results.
        champion: the version that won on earlier prices, to be scored again on today's evaluation
            bars; None lets the best result win.

    Raises:
        StoreError: there is neither a result on the current prices nor a champion.
    """
    selection = scored.ranking(study)
    defended = _defence(scored, selection, champion) if champion else _Defence()
    winner, note = _decided(study, scored, selection, defended)
    naive = scored.grid.naive_mse(winner.code_task)
    notes = [each for each in (note, verdict(winner.mse or 0.0, naive), defended.why_not) if each]
    best = Best(
        code_study=study.code,
        ticker=study.ticker,
        code_task=winner.code_task,
        version_model=winner.version_model,
        mse=winner.mse or 0.0,
        mse_naive=naive,
        path_model=winner.path_model,
        note="; ".join(notes),
    )
    same = defended.result is winner
    forecasts = (defended.forecasts if same else None) or _forecasts(scored, winner)
    return Choice(best, selection, forecasts)


@dataclass(frozen=True, slots=True)
class _Defence:
    """The champion as it scores today, if it can be compared at all."""

    result: Result | None = None  # with today's MSE
    forecasts: Rescored | None = None
    why_not: str = ""  # the reason for which it cannot be compared


def _defence(scored: ScoredGrid, selection: Selection, champion: Result) -> _Defence:
    name = f"{champion.code_task} v{champion.version_model}"
    for each in selection.ranked:
        if (each.code_task, each.version_model) == (champion.code_task, champion.version_model):
            return _Defence(each)  # it is among the results, on the same bars
    try:
        forecasts = _rescored(scored, champion)
    except (ModelFileError, TooFewBarsError, LeakError, StoreError) as error:
        return _Defence(why_not=f"champion {name} could not be scored again: {error}")
    if scored.has_seen_evaluation(champion.code_task, champion.version_model):
        return _Defence(why_not=f"champion {name} was trained on bars that are to score it")
    return _Defence(replace(champion, mse=forecasts.scores.mse), forecasts)


def _rescored(scored: ScoredGrid, result: Result) -> Rescored:
    cell = scored.grid.cells.get(result.code_task)
    if cell is None or not result.path_model:
        raise StoreError("its cell or the path of its model is not in the tables any more")
    return rescore(Path(result.path_model), cell, scored.grid.series)


def _decided(
    study: Study, scored: ScoredGrid, selection: Selection, defended: _Defence
) -> tuple[Result, str]:
    """Return the winner with its MSE on today's evaluation bars, and how it came to win.

    As in the ranking, one that a search stopped early does not win over one trained longer.
    """
    champion, best = defended.result, selection.ranked[0] if selection.ranked else None
    if champion is None:
        if best is None:
            raise StoreError(
                f"TB_MODELRESULT holds no result of study {study.code} on its current prices "
                f"({len(selection.stale)} on older ones). Materialize model_results first."
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


def _stopped_at(scored: ScoredGrid, result: Result) -> float:
    """Return the epochs after which a search stopped a result's cell; infinity: it did not."""
    cell = scored.grid.cells.get(result.code_task)
    return float(cell.hyperparameters["epoch"]) if cell and cell.is_partial else math.inf


def _contender(result: Result) -> Contender:
    return Contender(result.code_task, result.version_model, result.mse or 0.0)


def _forecasts(scored: ScoredGrid, winner: Result) -> Rescored | None:
    try:
        return _rescored(scored, winner)
    except (ModelFileError, StoreError):
        return None  # the winner stands; its page says that its model file is missing
