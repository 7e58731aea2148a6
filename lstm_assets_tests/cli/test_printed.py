"""Leaderboard and status as they are printed, of rows that were made by hand."""

import datetime
import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from lstm_assets.cells.result import Result
from lstm_assets.cli.show import COLUMNS_WITHOUT_TERMINAL, page, show_leaderboard, show_status
from lstm_assets.records.leaderboard import Leaderboard, Row, rows_of
from lstm_assets.store.status import Status, StatusRow
from lstm_assets_tests.records.by_hand import BEST, result, scored_cells
from lstm_assets_tests.training.cells import cells

CELLS = cells({"epoch": 1}, {"epoch": 2, "learning_rate": 0.5}, {"epoch": 3})
OTHER_PRICES = "* scored on other prices or by other code, so it is not compared"
EARLY = "+ stopped early by the search, so it ranks after all cells trained to the end"


def printed(
    show: Callable[[Console], None], width: int = COLUMNS_WITHOUT_TERMINAL
) -> list[list[str]]:
    """The words of each line that is printed, without empty lines."""
    file = io.StringIO()
    show(Console(file=file, width=width))
    return [line.split() for line in file.getvalue().splitlines() if line.strip()]


def board(*results: Result, known: dict = CELLS) -> list[Row]:
    return rows_of(results, known, scored_cells(known, *results))


def leaderboard(rows: list[Row], **others: object) -> list[list[str]]:
    shown = replace(Leaderboard(rows, None, best_is_current=True), **others)
    return printed(lambda console: show_leaderboard(console, shown))


def text(lines: list[list[str]]) -> str:
    return " ".join(" ".join(words) for words in lines)


def test_a_leaderboard_shows_scores_and_the_hyperparameters_that_differ() -> None:
    lines = leaderboard(board(result(1, 2.0), result(2, 1234567.0, loss=12.3)))

    assert lines[:3] == [
        ["Leaderboard"],
        ["learning"],  # a long name takes two lines
        ["#", "CODE_TASK", "MSE", "LOSS", "ACCURACY", "epoch", "rate"],
    ]
    assert lines[4:] == [
        ["1", "T-0001", "2", "2.50e-01", "50.0%", "1", "0.01"],
        ["2", "T-0002", "1.23457e+06", "1.23e+01", "50.0%", "2", "0.5"],
    ]


def test_what_is_not_known_is_left_empty() -> None:
    rows = board(result(1, 2.0, accuracy=None, loss=None), result(3, None))

    assert leaderboard(rows)[-3:-1] == [
        ["1", "T-0001", "2", "1"],
        ["2", "T-0003", "*", "2.50e-01", "50.0%", "3"],
    ]


def test_a_result_of_other_prices_is_marked_and_the_mark_explained() -> None:
    now, other = result(1, 2.0), result(3, 1.0, data_version="other")

    marked, unmarked = leaderboard(board(other, now)), leaderboard(board(now))

    assert [line[:3] for line in marked if line[0].isdigit()] == [
        ["1", "T-0003", "*"],
        ["2", "T-0001", "2"],
    ]
    assert OTHER_PRICES in text(marked)
    assert "*" not in text(unmarked)


def test_a_cell_that_was_stopped_early_is_marked_and_the_mark_explained() -> None:
    known = CELLS | {"T-0003": replace(CELLS["T-0003"], epoch_full=9)}
    rows = board(result(1, 2.0), result(3, 1.0, data_version="other"), known=known)

    marked, unmarked = leaderboard(rows), leaderboard(rows[:1])

    assert [line[:4] for line in marked if line[0] == "2"] == [["2", "T-0003", "*", "+"]]
    assert text(marked).endswith(f"{OTHER_PRICES} {EARLY}")
    assert "+ stopped" not in text(unmarked)


WIDE = cells(
    *(
        {
            "epoch": 1000 + n,
            "learning_rate": 0.000123 + n,
            "batch_size": 128 + n,
            "ratio_train_set": 0.125 + n / 1000,
            "size_sequence": 250 + n,
            "size_unit_input": 512 + n,
            "size_unit_hidden": 1024 + n,
            "size_unit_output": 30 + n,
            "dropout_between_layers": 0.0625 + n,
            "layers": [64, 32, n],
            "kind_of_loss": f"[red]huber-{n}",
        }
        for n in range(3)
    )
)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("known", [CELLS, WIDE])
def test_no_value_is_cut_however_narrow_the_console_is(width: int, known: dict) -> None:
    results = [result(1, 1e-12), result(2, 1.23456e12, data_version="other"), result(3, 85.825)]
    shown = Leaderboard(rows_of(results, known), BEST, True, dict(known["T-0001"].hyperparameters))
    file = io.StringIO()

    show_leaderboard(Console(file=file, width=width), shown)

    lines = file.getvalue().splitlines()
    words = " ".join(file.getvalue().replace(",", " ").split())
    varying = [name for name in names_of(known) if name != "layers"]
    assert max(map(len, lines)) <= width
    assert "…" not in file.getvalue()
    for mse in ("1e-12", "1.23456e+12", "85.825", "2.50e-01", "50.0%"):
        assert mse in words
    for cell in known.values():
        for name in varying:
            assert str(cell.hyperparameters[name]) in words


def names_of(known: dict) -> list[str]:
    return list(known["T-0001"].hyperparameters)


def test_the_winner_has_a_line_with_all_its_hyperparameters() -> None:
    values = {"epoch": 30, "batch_size": 10, "learning_rate": 0.001}

    lines = leaderboard(board(result(1, 4.0)), best=BEST, best_values=values)

    assert ["epoch", "30,", "batch_size", "10,", "learning_rate", "0.001"] in lines


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_status_is_readable_however_narrow_the_console_is(width: int) -> None:
    rows = [row("ABCDEFGHIJKL-0001", Status.ERROR, "the loss is nan at epoch 3 of 1000 [see log]")]

    shown = printed(lambda console: show_status(console, "ABCDEFGHIJKL", rows), width)

    words = [word for line in shown for word in line]
    assert {"ABCDEFGHIJKL-0001", "Error", "2026-01-02", "03:04:05", "[see", "log]"} <= set(words)
    assert max(len(" ".join(line)) for line in shown) <= width


def test_escapes_of_a_note_stay_within_a_narrow_console() -> None:
    file = io.TextIOWrapper(io.BytesIO(), encoding="latin-1", errors="backslashreplace")

    show_status(Console(file=file, width=80), "T", [row("T-RAW", Status.ERROR, "금 시세" * 20)])

    file.flush()
    lines = file.buffer.getvalue().decode("latin-1").splitlines()  # type: ignore[attr-defined]
    assert "\\uae08" in "".join(lines)
    assert max(map(len, lines)) <= 80


def test_the_winner_is_named_beside_the_naive_forecast() -> None:
    best = replace(BEST, code_task="T-0002", version_model=3, mse=1.5, verdict="Beats naive.")

    said = text(leaderboard(board(result(2, 1.5)), best=best))

    assert said.endswith(
        "Winner: T-0002 (version 3), MSE 1.5; naive forecast: MSE 2 (chosen on these bars). "
        "Verdict: Beats naive."
    )


def test_a_winner_on_earlier_prices_is_said_to_be_so() -> None:
    said = text(leaderboard(board(result(1, 4.0)), best=BEST, best_is_current=False))

    assert "Winner on earlier prices: T-0001 (version 1), MSE 4; naive forecast: MSE 2 (" in said
    assert said.endswith("Verdict: no holdout: nothing is claimed")


def test_a_study_that_nobody_chose_a_winner_of_has_none() -> None:
    assert "Winner" not in text(leaderboard(board(result(1, 4.0))))


def row(code: str, status: Status, note: str = "") -> StatusRow:
    return StatusRow(code, "TEST", 1, status, note, datetime.datetime(2026, 1, 2, 3, 4, 5))  # noqa: DTZ001


def status(*rows: StatusRow) -> list[list[str]]:
    return printed(lambda console: show_status(console, "T", rows))


def test_status_lists_stages_and_the_cells_that_run_or_failed() -> None:
    lines = status(
        row("T-RAW", Status.COMPLETED),
        row("T-GRID", Status.NOT_EXECUTED),
        row("T-0001", Status.COMPLETED),
        row("T-0002", Status.RUNNING),
        row("T-0003", Status.ERROR, "the loss is nan"),
        row("T-0004", Status.CANCELED),
        row("T-0005", Status.NOT_EXECUTED),
    )

    assert lines[0] == ["Study", "T"]
    shown = [[word for word in line if word != "│"] for line in lines if line[0] == "│"]
    assert [(line[0], line[1]) for line in shown] == [
        ("T-RAW", "Completed"),
        ("T-GRID", "NotExecuted"),
        ("T-0002", "Running"),
        ("T-0003", "Error"),
    ]
    assert shown[-1] == ["T-0003", "Error", "2026-01-02", "03:04:05", "the", "loss", "is", "nan"]
    assert text(lines[-1:]) == (
        "5 cells: 1 NotExecuted, 1 Running, 1 Completed, 1 Error, 1 Canceled"
    )


def test_a_study_without_rows_has_no_cells() -> None:
    assert status()[-1] == ["0", "cells"]


@pytest.mark.parametrize("note", ["[bold]a[/bold]", "[/]", "[link=http://evil.example]x"])
def test_a_note_is_printed_as_it_stands(note: str) -> None:
    assert note in text(status(row("T-0001", Status.ERROR, note)))


def test_a_page_that_is_no_terminal_has_a_fixed_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    assert page().width == COLUMNS_WITHOUT_TERMINAL
