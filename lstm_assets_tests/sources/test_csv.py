import csv
import datetime
import os
import socket
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_assets.errors import InvalidPricesError, SourceError
from lstm_assets.sources.csv import BYTES_ALLOWED, Csv

HEADER = "date,open,high,low,close,volume"
GOOD = "2020-01-02,10,12,9,11,100"
BEGIN = datetime.date(2020, 1, 1)


def refusal(path: Path, content: bytes) -> str:
    """What is said about a file of this content, after its name."""
    path.write_bytes(content)
    with pytest.raises(InvalidPricesError) as caught:
        Csv(path=path).fetch("A", BEGIN, None)
    name, _, said = str(caught.value).partition(": ")
    assert name == f"csv {path}"
    assert "\n" not in said
    return said


def test_bars_are_read_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n2020-01-03, 1e1 ,,-9.5,0,\n\n")

    prices = Csv(path=path).fetch("A", BEGIN, None)

    assert prices.bars["date"].to_list() == ["2020-01-02", "2020-01-03"]
    np.testing.assert_array_equal(
        prices.bars.iloc[:, 1:].to_numpy(),
        [[10, 12, 9, 11, 100], [10, np.nan, -9.5, 0, np.nan]],
    )
    assert prices.actions.empty
    assert Csv(path=path).newest("A") == datetime.date(2020, 1, 3)


def test_columns_stand_in_any_order_among_others(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("note,volume,close,low,high,open,date\nx,100,11,9,12,10,2020-01-02\n")

    prices = Csv(path=path).fetch("A", BEGIN, None)

    assert prices.bars.iloc[0].to_list() == ["2020-01-02", 10, 12, 9, 11, 100]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_byte_order_mark_and_any_line_ending_are_read(tmp_path: Path, newline: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbf" + newline.join([HEADER, GOOD, ""]).encode())

    assert len(Csv(path=path).fetch("A", BEGIN, None).bars) == 1


def test_a_relative_path_starts_at_the_study_and_an_absolute_one_stays(tmp_path: Path) -> None:
    relative = Csv(path=Path("data/a.csv")).with_paths_from(tmp_path)
    absolute = Csv(path=tmp_path / "a.csv").with_paths_from(Path("/elsewhere"))

    assert relative.path == tmp_path / "data" / "a.csv"
    assert absolute.path == tmp_path / "a.csv"


@pytest.mark.parametrize(
    ("cell", "column"),
    [("ten", "open"), ("inf", "high"), ("-inf", "low"), ("1e999", "close"), ("1_000", "volume")],
)
def test_text_where_a_number_belongs_is_named(tmp_path: Path, cell: str, column: str) -> None:
    cells = dict(zip(HEADER.split(","), ["2020-01-03", "1", "1", "1", "1", "1"], strict=True))
    bad = ",".join({**cells, column: cell}.values())

    said = refusal(tmp_path / "a.csv", f"{HEADER}\n{GOOD}\n{bad}\n".encode())

    assert said == (
        f"row 3, {column} is {cell!r}, expected a finite number with a decimal point, or nothing."
    )


@pytest.mark.parametrize("date", ["02/01/2020", "20200102", "2020-02-30", "2020-1-2", ""])
def test_a_date_of_another_form_is_named(tmp_path: Path, date: str) -> None:
    said = refusal(tmp_path / "a.csv", f"{HEADER}\n{date},1,1,1,1,1\n".encode())

    assert said == f"row 2, date is {date!r}, expected YYYY-MM-DD."


@pytest.mark.parametrize("date", ["2020-01-02", "2019-12-31"])
def test_a_repeated_or_unsorted_date_is_named_by_its_line(tmp_path: Path, date: str) -> None:
    # The blank line counts: row numbers are the file's own.
    said = refusal(tmp_path / "a.csv", f"{HEADER}\n{GOOD}\n\n{date},1,1,1,1,1\n".encode())

    assert said == (
        f"row 4, date is {date!r}, expected a date after row 2's 2020-01-02. "
        "Sort the rows by date, each date once."
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", f"is empty, expected {HEADER}."),
        (b"\n\n", f"is empty, expected {HEADER}."),
        (f"{HEADER}\n".encode(), "has a header and no bars. Add a row for each date."),
        (
            b"date;open;high;low;close;volume\n2020-01-02;1;1;1;1;1\n",
            "row 1 is separated by semicolons, expected commas.",
        ),
        (
            b"Date,open,high,low,clsoe\n2020-01-02,1,1,1,1\n",
            f"column date, close, volume is missing, expected {HEADER}. "
            "Did you write 'Date' for date, 'clsoe' for close?",
        ),
        (f"{HEADER},close\n".encode(), "row 1 has column close twice, expected once."),
        (
            f"{HEADER}\n{GOOD}\n2020-01-03,1,1,1\n".encode(),
            "row 3 has 4 cells, expected 6 as in its header.",
        ),
        (
            f"{HEADER}\n2020-01-02,1,1,1,1,\xa3\n".encode("latin-1"),
            "row 2 has byte 0xa3, expected UTF-8 text. Save the file as UTF-8.",
        ),
        (
            f'{HEADER}\n2020-01-02,"1,1,1,1,1\n'.encode(),
            "row 2 is not comma-separated text: unexpected end of data.",
        ),
    ],
)
def test_a_file_that_is_no_table_of_bars_is_refused(
    tmp_path: Path, content: bytes, said: str
) -> None:
    assert refusal(tmp_path / "a.csv", content) == said


def test_an_absent_file_is_named_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "none.csv"

    with pytest.raises(SourceError) as caught:
        Csv(path=path).newest("A")

    assert str(caught.value) == (
        f"csv {path}: does not exist. Give source.path absolute, or relative to the study's file."
    )


def refused(path: Path) -> str:
    """What is said about a file that is not read, after its name."""
    with pytest.raises(SourceError) as caught:
        Csv(path=path).newest("A")
    assert "\n" not in str(caught.value)
    return str(caught.value).partition(": ")[2]


NO_FILE = "is not a regular file. Name a file of prices."


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert refused(tmp_path) == NO_FILE


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_or_a_device_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    begun = time.monotonic()

    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path / "link", Path("/dev/tty")):
        assert refused(path) == NO_FILE
    with socket.socket(socket.AF_UNIX) as held:
        held.bind(str(tmp_path / "s"))
        assert refused(tmp_path / "s") == NO_FILE
    assert time.monotonic() - begun < 1


def test_a_file_too_large_for_daily_bars_is_refused_at_once(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("wb") as file:
        file.truncate(2**40)  # a hole, which takes no room on disk
    tracemalloc.start()

    said = refused(tmp_path / "a.csv")

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert said == (
        "has more than 100 MiB, which is too large for a table of daily bars. "
        "Name a file of prices."
    )
    assert peak < 3 * BYTES_ALLOWED


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a\0.csv", "is not a path. Name a file of prices."),
        ("a" * 300, "cannot be read: File name too long."),
    ],
)
def test_a_name_no_file_can_have_is_refused(tmp_path: Path, name: str, said: str) -> None:
    assert refused(tmp_path / name) == said


def test_a_name_of_two_lines_is_told_in_one(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        Csv(path=Path("a\nb.csv")).newest("A")

    assert str(caught.value).startswith("csv 'a\\nb.csv': does not exist.")


SECRET = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw"
KEY = f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "content",
    [
        KEY,
        KEY.replace("\n", ","),
        f"root:x:0:0:root:/root:/bin/bash\nme:$6$c2FsdA${SECRET}:19000:0:99999:7:::\n",
        f"[default]\naws_secret_access_key = {SECRET}\n",
        f'{{"private_key": "{SECRET}", "type": "service_account"}}\n',
        SECRET,
        f'"{SECRET}"x\n',
        f"{HEADER}\n2020-01-02,1,1,1,1,{SECRET}\n",
    ],
)
def test_a_file_that_is_none_of_prices_is_not_shown(tmp_path: Path, content: str) -> None:
    said = refusal(tmp_path / "id_rsa", content.encode())

    assert SECRET[24:] not in said
    assert len(said) < 200
    assert said.isprintable()


@given(st.text(), st.sampled_from(HEADER.split(",")))
def test_a_wrong_cell_is_quoted_short_and_printable(
    tmp_path_factory: pytest.TempPathFactory, text: str, column: str
) -> None:
    cells = dict.fromkeys(HEADER.split(","), "1") | {"date": "2020-01-02", column: f"x{text}"}
    path = tmp_path_factory.getbasetemp() / "cell.csv"
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        csv.writer(file).writerows([HEADER.split(","), list(cells.values())])

    with pytest.raises(InvalidPricesError) as caught:
        Csv(path=path).newest("A")

    said = str(caught.value).removeprefix(f"csv {path}: ")
    assert len(said) < 400  # 24 characters, of which each may take ten to print
    assert said.isprintable()


def test_a_range_outside_the_file_says_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n")

    with pytest.raises(SourceError) as caught:
        Csv(path=path).fetch("A", datetime.date(2021, 1, 1), None)

    assert str(caught.value) == (
        f"csv {path}: no bars from 2021-01-01 to the newest, it has 2020-01-02 to 2020-01-02. "
        "Change date_begin or date_end."
    )
