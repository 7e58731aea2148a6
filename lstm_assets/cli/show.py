"""What the command line shows of the tables: leaderboard and status."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection

from lstm_assets.cells.codes import cell_number
from lstm_assets.errors import LeakError, StoreError, TooFewBarsError
from lstm_assets.evaluation.selection import select, verdict
from lstm_assets.records.scored import ScoredGrid, read_scored
from lstm_assets.search.warm_start import SCORES
from lstm_assets.store.hyperparameters import read_cells
from lstm_assets.store.results import Best, read_best, read_results
from lstm_assets.store.status import Status, StatusRow
from lstm_assets.study import Study

Rows = list[dict[str, Any]]

COLUMNS_ELSEWHERE = 120  # width of a page that is no terminal: a file, a pipe, a log


def page() -> Console:
    """Return the console that results are printed on."""
    console = Console()
    return console if console.is_terminal else Console(width=COLUMNS_ELSEWHERE)


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


def show_leaderboard(console: Console, board: Leaderboard) -> None:
    """Print the leaderboard; its hyperparameters are those that differ between its rows."""
    table = Table(title="Leaderboard", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    rows = board.rows
    given = dict.fromkeys(name for row in rows for name in row if name not in SCORES)
    varied = [name for name in given if len({str(row.get(name)) for row in rows}) > 1]
    for name in ("#", "CODE_TASK", "MSE", "LOSS", "ACCURACY"):
        table.add_column(name, justify="left" if name == "CODE_TASK" else "right", no_wrap=True)
    for name in varied:
        table.add_column(name.replace("_", "\n"), justify="right")  # a long name, short values
    for row in rows:
        table.add_row(
            str(row["rank"]),
            row["code_task"] + " *" * (not row["current"]) + " +" * row["stopped_early"],
            _number(row["mse"], ".6g"),
            _number(row["loss"], ".2e"),
            _number(row["accuracy"], ".1%"),
            *(str(row.get(name, "")) for name in varied),
        )
    console.print(table)
    if not all(row["current"] for row in rows):
        console.print("* scored on other prices or by other code, so not compared for the winner")
    if any(row["stopped_early"] for row in rows):
        console.print(
            "+ stopped early by the search, so ranked after every cell trained to its end"
        )
    if board.best:
        _show_winner(console, board.best, current=board.best_is_current)


def _show_winner(console: Console, best: Best, *, current: bool) -> None:
    word = "Winner" if current else "Winner on earlier prices"
    console.print(
        f"[bold]{word}: {best.code_task}[/bold] (version {best.version_model}), "
        f"MSE {best.mse:.6g}; naive forecast: MSE {best.mse_naive:.6g}."
    )
    console.print(f"It {verdict(best.mse, best.mse_naive)}.")


def show_status(console: Console, study_code: str, rows: Sequence[StatusRow]) -> None:
    """Print a study's stages, its cells by status, and the cells that run or failed."""
    table = Table(title=f"Study {study_code}", title_justify="left", header_style="bold")
    for name in ("CODE_TASK", "STATUS", "DATE_UPDATE (UTC)", "NOTE"):
        table.add_column(name)
    cells = [row for row in rows if cell_number(row.code_task) is not None]
    for row in rows:
        stage = cell_number(row.code_task) is None
        if stage or row.status in (Status.ERROR, Status.RUNNING):
            table.add_row(row.code_task, row.status, str(row.date_update or ""), escape(row.note))
    console.print(table)
    counts = Counter(row.status for row in cells)
    summary = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    console.print(f"{len(cells)} cells{': ' if summary else ''}{summary}")


def _number(value: float | None, style: str) -> str:
    return "" if value is None else format(value, style)
