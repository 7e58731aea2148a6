"""A study's results, ranked: what every leaderboard shows."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from lstm_assets.cells.result import SCORES, Best
from lstm_assets.errors import LeakError, StoreError, TooFewBarsError
from lstm_assets.evaluation.selection import select
from lstm_assets.records.scored import ScoredGrid, read_scored
from lstm_assets.store.hyperparameters import read_cells
from lstm_assets.store.results import read_best, read_results
from lstm_assets.study import Study

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """A study's results, the smallest MSE first."""

    rows: Rows  # of each result: its scores, its hyperparameters, whether it is current
    best: Best | None  # the study's winner, if one was chosen
    best_is_current: bool  # whether its MSE is of the current prices


def read_leaderboard(conn: Connection, study: Study, top: int | None) -> Leaderboard:
    """Rank a study's results; those scored on other prices than today's are marked.

    Args:
        conn: to the database.
        study: whose results.
        top: how many rows; None is all.
    """
    results, best = read_results(conn, study.code), read_best(conn, study.code)
    cells = read_cells(conn, study.code)
    try:
        scored_grid = read_scored(conn, study)
    except StoreError:  # no cells or prices of the study are left, so nothing is current
        current, naive, of_today = set[str](), dict[str, float](), False
    else:
        current = {each.code_task for each in scored_grid.ranking(study).ranked}
        naive = {code: scored_grid.grid.naive_mse(code) for code in current}
        of_today = best is not None and _is_of_today(best, scored_grid, current, study)
    partial = {
        code: cell.hyperparameters["epoch"] for code, cell in cells.items() if cell.is_partial
    }
    ranked = select(results, {each.code_task for each in results}, partial).ranked
    rows = [
        {
            "rank": rank,
            "code_task": result.code_task,
            "version_model": result.version_model,
            "current": result.code_task in current,
            "stopped_early": result.code_task in partial,
            "mse": result.mse,
            "mse_naive": naive.get(result.code_task),
            "loss": result.loss,
            "accuracy": result.accuracy,
            **(cells[result.code_task].hyperparameters if result.code_task in cells else {}),
        }
        for rank, result in enumerate(ranked[:top], start=1)
    ]
    return Leaderboard(rows, best, of_today)


def _is_of_today(best: Best, scored: ScoredGrid, current: set[str], study: Study) -> bool:
    """Tell whether a winner's MSE is of the current prices."""
    newest = scored.results.get(best.code_task)
    if newest is not None and newest.version_model == best.version_model:
        if best.code_task in current:
            return True
        if not study.retune.enabled:
            return False  # no champion: its MSE is that of its training
    if best.code_task not in scored.grid.cells:
        return False
    # An earlier version, or a champion scored again: its naive forecast tells on which prices.
    try:
        naive = scored.grid.naive_mse(best.code_task)
    except (TooFewBarsError, LeakError):  # it cannot be scored today
        return False
    return math.isclose(best.mse_naive, naive, rel_tol=1e-12)


def as_csv(board: Leaderboard) -> str:
    """Return the rows as CSV with a header."""
    names = list(dict.fromkeys([*SCORES, *(name for row in board.rows for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(board.rows)
    return text.getvalue()


def as_json(board: Leaderboard) -> str:
    """Return the rows as a JSON array of objects."""
    return json.dumps(board.rows, indent=2)
