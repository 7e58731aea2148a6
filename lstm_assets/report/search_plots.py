"""What the results of a study say, drawn as markdown: for best_model and for the report."""

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
    """A plot each, as markdown."""

    best_so_far: str
    importance: str
    mse_by_hyperparameter: str
    parallel_coordinates: str


def search_plots(scored: ScoredCells, ranked: Sequence[Result], best: Best) -> SearchPlots:
    """Draw what a study's results say of its search.

    Args:
        scored: its cells and their newest results.
        ranked: those that are comparable, the best first.
        best: the study's winner.
    """
    cells = scored.cells
    names = varying([cells[each.code_task].hyperparameters for each in ranked])
    alike, why = _alike(cells, ranked)
    tuples = [_shown(cells[each.code_task]) for each in alike]
    mses = [each.mse or 0.0 for each in alike]
    return SearchPlots(
        best_so_far=best_so_far(_points(scored), best.mse_naive, best.code_task),
        importance=why + bars(importance(tuples, mses), len(alike)),
        mse_by_hyperparameter=why
        + mse_by_hyperparameter(_rows(cells, alike), names, best.mse_naive, best.code_task),
        parallel_coordinates=parallel_coordinates(
            _rows(cells, ranked), names, best.mse_naive, best.code_task
        ),
    )


def forecast_plot(best: Best, shown: Forecasts) -> str:
    """Draw a winner's forecasts, or say why they cannot be drawn."""
    drawn = shown.rescored
    if drawn is None:
        return literal(shown.why_none)
    name = f"{best.code_task} version {best.version_model}"
    return forecasts(name, drawn.dates, drawn.actual, drawn.predicted, drawn.naive)


def plain(value: object) -> str | int | float | None:
    """Return a hyperparameter's value as a number or a word."""
    return value if isinstance(value, str | int | float) or value is None else str(value)


def _alike(cells: dict[str, Cell], ranked: Sequence[Result]) -> tuple[Sequence[Result], str]:
    """Return results that can be compared, and what is to be said of them beforehand.

    A search that stops most cells early leaves few that were trained to their end. Then it is the
    results after as many epochs as most of them have: of those, no search has sorted any out.
    """
    whole = [each for each in ranked if not cells[each.code_task].is_partial]
    if len(whole) >= FEWEST_RESULTS or len(whole) == len(ranked):
        return whole, ""
    epochs = {each.code_task: cells[each.code_task].hyperparameters["epoch"] for each in ranked}
    [(most, _)] = Counter(epochs.values()).most_common(1)
    alike = [each for each in ranked if epochs[each.code_task] == most]
    some = f"{len(whole):,} cell was" if len(whole) == 1 else f"{len(whole):,} cells were"
    after = f"{most:,} epoch{'s' * (most != 1)}"
    return alike, f"Only {some} trained to the end, so this is of results after {after}. "


def _points(scored: ScoredCells) -> list[Point]:
    return [
        Point(
            code_task=each.code_task,
            number=cell_number(each.code_task) or 0,
            mse=each.mse,
            is_partial=scored.cells[each.code_task].is_partial,
            method=each.method,
            round=each.round,
        )
        for each in scored.trials
        if each.state is not State.OPEN
    ]


def _rows(cells: dict[str, Cell], results: Sequence[Result]) -> list[Row]:
    return [
        {
            **_shown(cells[each.code_task]),
            "code_task": each.code_task,
            "mse": each.mse,
            "is_partial": cells[each.code_task].is_partial,
        }
        for each in results
    ]


def _shown(cell: Cell) -> Row:
    return {name: plain(value) for name, value in cell.hyperparameters.items()}
