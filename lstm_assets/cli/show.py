"""Print the leaderboard and the status of a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from lstm_assets.cells.codes import cell_number
from lstm_assets.cells.result import Best
from lstm_assets.cli.layout import fits, named, plain, print_items
from lstm_assets.common.text import one_line
from lstm_assets.records.leaderboard import Leaderboard, Row, varying
from lstm_assets.records.verdict import beside
from lstm_assets.store.status import Status, StatusRow

SCORE_COLUMNS = ("#", "CODE_TASK", "MSE", "LOSS", "ACCURACY")
RELATIVE_MSE, FOLDS, SEEDS = "RELATIVE_MSE", "FOLDS", "SEEDS"  # if they rank
STATUS_COLUMNS = ("CODE_TASK", "STATUS", "DATE_UPDATE (UTC)")
COLUMNS_OF_A_NOTE = 24  # in a table; with less room, notes stand below their rows
COLUMNS_WITHOUT_TERMINAL = 120  # width of the output in a file, a pipe or a log


def page() -> Console:
    """Return the console that results are printed on."""
    console = Console()
    return console if console.is_terminal else Console(width=COLUMNS_WITHOUT_TERMINAL)


def show_leaderboard(console: Console, board: Leaderboard) -> None:
    """Print the leaderboard, with the hyperparameters in which its rows differ.

    On a console that is too narrow for a table, each row takes several lines.
    """
    names = varying([row.values for row in board.rows])
    tables = (_ranking(console, board, names, is_dense) for is_dense in (False, True))
    table = next((each for each in tables if fits(console, each)), None)
    if table:
        console.print(table)
    else:
        _show_rows(console, board, names)
    if not all(row.is_current for row in board.rows):
        console.print("* scored on other prices or by other code, so it is not compared")
    if any(row.is_partial for row in board.rows):
        console.print(
            "+ stopped early by the search, so it ranks after all cells trained to the end"
        )
    if any(row.is_outside for row in board.rows):
        console.print("! outside the study's space or constraint, so it ranks last")
    if board.best:
        _show_winner(console, board, board.best)


def _ranking(console: Console, board: Leaderboard, names: Sequence[str], is_dense: bool) -> Table:
    """Return the leaderboard as a table; a dense one has one space between its columns."""
    table = Table(
        title="Leaderboard",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=0 if is_dense else (0, 1, 0, 0),
        show_edge=not is_dense,
    )
    columns = _score_columns(board)
    for name in columns:
        table.add_column(name, justify="left" if name == "CODE_TASK" else "right", no_wrap=True)
    for name in names:  # a long name, short values
        table.add_column(plain(console, name.replace("_", "\n")), justify="right", no_wrap=True)
    for row in board.rows:
        values = (plain(console, row.values.get(name, "")) for name in names)
        table.add_row(*_scores(row, columns), *values)
    return table


def _show_rows(console: Console, board: Leaderboard, names: Sequence[str]) -> None:
    """Print the leaderboard with the values of each row below its scores."""
    console.print("[italic]Leaderboard[/italic]")
    digits = max(len(str(row.rank or "")) for row in board.rows)
    indent = " " * (digits + 2)
    columns = _score_columns(board)
    for row in board.rows:
        rank, code_task, *scores = _scores(row, columns)
        found = [f"{n} {s}" for n, s in zip(columns[2:], scores, strict=True) if s]
        start = f"{rank:>{digits}}  "
        print_items(console, [code_task, *found], separator="  ", indent=indent, start=start)
        values = {name: row.values[name] for name in names if name in row.values}
        if values:
            print_items(console, named(values), indent=indent)


def _score_columns(board: Leaderboard) -> tuple[str, ...]:
    """Return SCORE_COLUMNS, and those of what else ranks the rows."""
    results = [row.result for row in board.rows if not row.is_baseline]
    others = {
        RELATIVE_MSE: board.rank_by == "relative_mse",
        FOLDS: any(each.folds_mean is not None for each in results),
        SEEDS: any(row.seeds for row in board.rows),
    }
    return (*SCORE_COLUMNS, *(name for name, is_shown in others.items() if is_shown))


def _scores(row: Row, columns: Sequence[str]) -> list[str]:
    """Return the cells of these columns."""
    marks = " *" * (not row.is_current) + " +" * row.is_partial + " !" * row.is_outside
    result = row.result
    folds = _spread(result.folds_mean, result.folds_sd)
    seeds = _spread(row.seeds_mean, row.seeds_sd)
    cells = {
        "#": str(row.rank or ""),
        "CODE_TASK": result.code_task + marks,
        "MSE": _number(result.mse, ".6g"),
        "LOSS": _number(result.loss, ".2e"),
        "ACCURACY": _number(result.accuracy, ".1%"),
        RELATIVE_MSE: _number(result.relative_mse, ".4g"),
        FOLDS: folds,
        SEEDS: f"{seeds} of {len(row.seeds)}" if seeds else "",
    }
    return [cells[name] for name in columns]


def _spread(mean: float | None, deviation: float | None) -> str:
    return "" if mean is None else f"{mean:.4g} (SD {_number(deviation, '.2g') or '-'})"


def _show_winner(console: Console, board: Leaderboard, best: Best) -> None:
    title = "Winner" if board.best_is_current else "Winner on earlier prices"
    console.print(
        f"[bold]{title}: {best.code_task}[/bold] (version {best.version_model}), "
        f"MSE {best.mse:.6g}; naive forecast: MSE {best.mse_naive:.6g} (chosen on these bars)."
    )
    if board.best_values:
        print_items(console, named(board.best_values))
    console.print(f"Verdict: {best.verdict}")
    if best.baseline_verdict:
        console.print(best.baseline_verdict)
    if aside := beside(best):
        items = [f"{name} {text}" for name, text in aside]
        print_items(console, [f"Beside it: {items[0]}", *items[1:]])
    if board.best_is_outside:
        console.print("It is outside the study's space or constraint.")


def show_status(
    console: Console, study_code: str, rows: Sequence[StatusRow], best: Best | None = None
) -> None:
    """Print a study's stages, its cells that run or failed, and its number of cells by status.

    Between them stands the verdict on its winner, if it has one.
    """
    cells = [row for row in rows if cell_number(row.code_task) is not None]
    shown = [
        row
        for row in rows
        if cell_number(row.code_task) is None or row.status in (Status.ERROR, Status.RUNNING)
    ]
    title = f"Study {study_code}"
    table = Table(title=title, title_justify="left", header_style="bold")
    for name in STATUS_COLUMNS:
        table.add_column(name, no_wrap=True)
    table.add_column("NOTE", overflow="fold", min_width=COLUMNS_OF_A_NOTE)
    for row in shown:
        table.add_row(*(plain(console, each) for each in (*_facts(row), one_line(row.note))))
    if Measurement.get(console, console.options.update(max_width=1000), table).minimum > (
        console.width
    ):
        _show_statuses(console, title, shown)
    else:
        console.print(table)
    counts = Counter(row.status for row in cells)
    others = sorted(counts.keys() - set(Status))  # another program wrote them
    summary = ", ".join(
        f"{counts[status]} {one_line(status)}" for status in (*Status, *others) if counts[status]
    )
    count = f"{len(cells)} cell{'s' * (len(cells) != 1)}"
    if best is not None:
        console.print(plain(console, f"Winner: {best.code_task}. Verdict: {best.verdict}"))
    console.print(plain(console, f"{count}: {summary}" if summary else count))


def _show_statuses(console: Console, title: str, rows: Sequence[StatusRow]) -> None:
    """Print statuses with each note below its row."""
    console.print(f"[italic]{title}[/italic]")
    for row in rows:
        print_items(console, _facts(row), separator="  ")
        if row.note:
            print_items(console, row.note.split(), separator=" ", indent="  ")


def _facts(row: StatusRow) -> tuple[str, ...]:
    """Return the cells of the columns STATUS_COLUMNS."""
    return row.code_task, one_line(row.status), str(row.date_update or "")


def _number(value: float | None, style: str) -> str:
    return "" if value is None else format(value, style)
