"""Print the leaderboard and the status of a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lstm_assets.cells.codes import cell_number
from lstm_assets.cells.result import Best
from lstm_assets.common.text import one_line
from lstm_assets.evaluation.selection import verdict
from lstm_assets.records.leaderboard import Leaderboard, varying
from lstm_assets.store.status import Status, StatusRow

COLUMNS_WITHOUT_TERMINAL = 120  # width of the output in a file, a pipe or a log


def page() -> Console:
    """Return the console that results are printed on."""
    console = Console()
    return console if console.is_terminal else Console(width=COLUMNS_WITHOUT_TERMINAL)


def show_leaderboard(console: Console, board: Leaderboard) -> None:
    """Print the leaderboard, with the hyperparameters in which its rows differ."""
    table = Table(title="Leaderboard", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    names = varying([row.values for row in board.rows])
    for name in ("#", "CODE_TASK", "MSE", "LOSS", "ACCURACY"):
        table.add_column(name, justify="left" if name == "CODE_TASK" else "right", no_wrap=True)
    for name in names:
        table.add_column(name.replace("_", "\n"), justify="right")  # a long name, short values
    for row in board.rows:
        marks = " *" * (not row.is_current) + " +" * row.is_partial
        table.add_row(
            str(row.rank),
            row.result.code_task + marks,
            _number(row.result.mse, ".6g"),
            _number(row.result.loss, ".2e"),
            _number(row.result.accuracy, ".1%"),
            *(str(row.values.get(name, "")) for name in names),
        )
    console.print(table)
    if not all(row.is_current for row in board.rows):
        console.print("* scored on other prices or by other code, so it is not compared")
    if any(row.is_partial for row in board.rows):
        console.print(
            "+ stopped early by the search, so it ranks after all cells trained to the end"
        )
    if board.best:
        _show_winner(console, board.best, current=board.best_is_current)


def _show_winner(console: Console, best: Best, *, current: bool) -> None:
    title = "Winner" if current else "Winner on earlier prices"
    console.print(
        f"[bold]{title}: {best.code_task}[/bold] (version {best.version_model}), "
        f"MSE {best.mse:.6g}; naive forecast: MSE {best.mse_naive:.6g}."
    )
    console.print(f"It {verdict(best.mse, best.mse_naive)}.")


def show_status(console: Console, study_code: str, rows: Sequence[StatusRow]) -> None:
    """Print a study's stages, its cells that run or failed, and its number of cells by status."""
    table = Table(title=f"Study {study_code}", title_justify="left", header_style="bold")
    for name in ("CODE_TASK", "STATUS", "DATE_UPDATE (UTC)", "NOTE"):
        table.add_column(name)
    cells = [row for row in rows if cell_number(row.code_task) is not None]
    for row in rows:
        stage = cell_number(row.code_task) is None
        if stage or row.status in (Status.ERROR, Status.RUNNING):
            texts = (row.code_task, row.status, str(row.date_update or ""), row.note)
            table.add_row(*(escape(one_line(each)) for each in texts))
    console.print(table)
    counts = Counter(row.status for row in cells)
    others = sorted(counts.keys() - set(Status))  # another program wrote them
    summary = ", ".join(
        f"{counts[status]} {escape(one_line(status))}"
        for status in (*Status, *others)
        if counts[status]
    )
    console.print(f"{len(cells)} cells{': ' if summary else ''}{summary}")


def _number(value: float | None, style: str) -> str:
    return "" if value is None else format(value, style)
