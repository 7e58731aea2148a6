"""Plots of a study's results, as markdown: for the page of best_model and for the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lstm_assets.cells.cell import Cell
from lstm_assets.cells.codes import cell_number
from lstm_assets.cells.result import Best, Result
from lstm_assets.evaluation.importance import FEWEST_RESULTS, importance
from lstm_assets.plots.best_so_far import Point, best_so_far
from lstm_assets.plots.forecasts import forecasts
from lstm_assets.plots.importance import importance as bars
from lstm_assets.plots.markdown import literal
from lstm_assets.plots.mse_by_hyperparameter import mse_by_hyperparameter
from lstm_assets.plots.parallel_coordinates import parallel_coordinates
from lstm_assets.records.leaderboard import varying
from lstm_assets.records.scored import ScoredCells
from lstm_assets.records.winner import Forecasts
from lstm_assets.search.history import State

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SearchPlots:
    """The plots of a search, each as markdown."""

    best_so_far: str
    importance: str
    mse_by_hyperparameter: str
    parallel_coordinates: str


def search_plots(scored: ScoredCells, ranked: Sequence[Result], best: Best) -> SearchPlots:
    """Return the plots of a study's search.

    Args:
        scored: the study's cells and their newest results.
        ranked: the results that can be compared, the best first.
        best: the study's winner.
    """
    cells = scored.cells
    names = varying([cells[result.code_task].hyperparameters for result in ranked])
    comparable, caveat = _comparable(cells, ranked)
    values = [_plain_values(cells[result.code_task]) for result in comparable]
    mses = [result.mse or 0.0 for result in comparable]
    return SearchPlots(
        best_so_far=best_so_far(_points(scored), best.mse_naive, best.code_task),
        importance=caveat + bars(importance(values, mses), len(comparable)),
        mse_by_hyperparameter=caveat
        + mse_by_hyperparameter(_rows(cells, comparable), names, best.mse_naive, best.code_task),
        parallel_coordinates=parallel_coordinates(
            _rows(cells, ranked), names, best.mse_naive, best.code_task
        ),
    )


def forecast_plot(best: Best, winner: Forecasts) -> str:
    """Return the plot of a winner's forecasts, or why they cannot be drawn."""
    rescored = winner.rescored
    if rescored is None:
        return literal(winner.why_none)
    name = f"{best.code_task} version {best.version_model}"
    return forecasts(name, rescored.dates, rescored.actual, rescored.predicted, rescored.naive)


def plain(value: object) -> str | int | float | None:
    """Return a hyperparameter's value as a number or a text."""
    return value if isinstance(value, str | int | float) or value is None else str(value)


def _comparable(cells: dict[str, Cell], ranked: Sequence[Result]) -> tuple[Sequence[Result], str]:
    """Return results with the same training, and a sentence for the reader if these are not all.

    A search that stops most cells early trains only few to the end. Then the results after the most
    common number of epochs are returned, because the search has not removed any of these.
    """
    whole = [result for result in ranked if not cells[result.code_task].is_partial]
    if len(whole) >= FEWEST_RESULTS or len(whole) == len(ranked):
        return whole, ""
    epochs = {r.code_task: cells[r.code_task].hyperparameters["epoch"] for r in ranked}
    [(most_common, _)] = Counter(epochs.values()).most_common(1)
    comparable = [result for result in ranked if epochs[result.code_task] == most_common]
    count = f"{len(whole):,} cell was" if len(whole) == 1 else f"{len(whole):,} cells were"
    shown = f"{most_common:,} epoch{'s' * (most_common != 1)}"
    return comparable, f"Only {count} trained to the end, so this shows results after {shown}. "


def _points(scored: ScoredCells) -> list[Point]:
    return [
        Point(
            code_task=trial.code_task,
            number=cell_number(trial.code_task) or 0,
            mse=scored.results[trial.code_task].mse if trial.state is State.DONE else None,
            is_partial=scored.cells[trial.code_task].is_partial,
            method=trial.method,
            round=trial.round,
        )
        for trial in scored.trials
        if trial.state is not State.OPEN
    ]


def _rows(cells: dict[str, Cell], results: Sequence[Result]) -> list[Row]:
    return [
        {
            **_plain_values(cells[result.code_task]),
            "code_task": result.code_task,
            "mse": result.mse,
            "is_partial": cells[result.code_task].is_partial,
        }
        for result in results
    ]


def _plain_values(cell: Cell) -> Row:
    return {name: plain(value) for name, value in cell.hyperparameters.items()}
