"""Prices in a comma-separated file: date,open,high,low,close,volume.

The file is read cell by cell: an error can name the row, the column and the value.
"""

import csv
import datetime
import io
import math
import re
import stat
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

import pandas as pd
from pydantic import Field

from lstm_assets.common.text import close_words
from lstm_assets.errors import InvalidPricesError, SourceError
from lstm_assets.sources.base import Source
from lstm_assets.sources.prices import BAR_COLUMNS, Prices, between, is_date, validated
from lstm_assets.sources.quoting import quoted

BYTES_ALLOWED = 100 * 2**20  # over a million bars, which need about a gigabyte of memory

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MISSING = {"", "nan"}  # the content, in lower case, of a cell without a number


class Csv(Source):
    """A file of bars, oldest first, as traded. It contains one ticker; any name is accepted."""

    kind: Literal["csv"] = "csv"
    path: Path = Field(description="the file, absolute or relative to the study's file")

    def with_paths_from(self, folder: Path) -> Self:
        """Return the same source with its path below `folder`, unless the path is absolute."""
        return self.model_copy(update={"path": folder / self.path})

    def fetch(
        self, ticker: str, date_begin: datetime.date, date_end: datetime.date | None
    ) -> Prices:
        """Return the bars of the file; see `Source.fetch`.

        Empty cells are NaN; other columns are ignored.
        """
        return between(self._name, self._read(), date_begin, date_end)

    def newest(self, ticker: str) -> datetime.date:
        """Return the date of the file's last bar; see `Source.newest`."""
        return datetime.date.fromisoformat(self._read().bars["date"].iloc[-1])

    @property
    def _name(self) -> str:
        path = str(self.path)
        return f"csv {path if path.isprintable() else ascii(path)}"

    def _read(self) -> Prices:
        name = self._name
        lines = _lines(name, _text(name, self.path))
        header = next(lines, None)
        if header is None:
            raise InvalidPricesError(f"{name}: is empty, expected {','.join(BAR_COLUMNS)}.")
        columns = _columns(name, header[1])
        rows = [_bar(name, line, cells, columns) for line, cells in lines]
        if not rows:
            raise InvalidPricesError(f"{name}: has a header and no bars. Add a row for each date.")
        _refuse_disorder(name, rows)
        bars = pd.DataFrame([bar for _, bar in rows], columns=BAR_COLUMNS)
        return validated(name, bars)


def _bytes(name: str, path: Path) -> bytes:
    """Return the content of the file.

    Raises:
        SourceError: it is not a file of prices; a study may name a terminal, a disk or a pipe.
    """
    try:
        # Checked before opening: to open a pipe waits for its writer, and starts some devices.
        if not stat.S_ISREG(path.stat().st_mode):
            raise SourceError(f"{name}: is not a regular file. Name a file of prices.")
        with path.open("rb") as file:
            raw = file.read(BYTES_ALLOWED + 1)
    except FileNotFoundError:
        raise SourceError(
            f"{name}: does not exist. Give source.path absolute, or relative to the study's file."
        ) from None
    except OSError as error:
        raise SourceError(f"{name}: cannot be read: {error.strerror}.") from None
    except ValueError:  # Python raises it for a path that contains NUL
        raise SourceError(f"{name}: is not a path. Name a file of prices.") from None
    if len(raw) > BYTES_ALLOWED:
        raise SourceError(
            f"{name}: has more than {BYTES_ALLOWED >> 20} MiB, which is too large for a table of "
            "daily bars. Name a file of prices."
        )
    return raw


def _text(name: str, path: Path) -> str:
    raw = _bytes(name, path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise InvalidPricesError(
            f"{name}: row {row} has byte 0x{raw[error.start]:02x}, expected UTF-8 text. "
            "Save the file as UTF-8."
        ) from None


def _lines(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number, from 1, and the cells of each line that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise InvalidPricesError(
            f"{name}: row {reader.line_num} is not comma-separated text: {error}."
        ) from None


def _columns(name: str, header: list[str]) -> dict[str, int]:
    """Return the index of each column of `BAR_COLUMNS` and, under "", the cells of a row."""
    for separator, plural in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if len(header) == 1 and separator in header[0]:
            raise InvalidPricesError(f"{name}: row 1 is separated by {plural}, expected commas.")
    missing = [column for column in BAR_COLUMNS if column not in header]
    if missing:
        raise InvalidPricesError(
            f"{name}: column {', '.join(missing)} is missing, expected {','.join(BAR_COLUMNS)}."
            + _suggestion(missing, [column for column in header if column not in BAR_COLUMNS])
        )
    for column in BAR_COLUMNS:
        if header.count(column) > 1:
            raise InvalidPricesError(f"{name}: row 1 has column {column} twice, expected once.")
    return {"": len(header), **{column: header.index(column) for column in BAR_COLUMNS}}


def _suggestion(missing: list[str], others: list[str]) -> str:
    lowered = {column.lower(): column for column in others}
    close = [
        f"{quoted(lowered[word])} for {column}"
        for column in missing
        for word in close_words(column, lowered)
    ]
    return f" Did you write {', '.join(close)}?" if close else ""


def _bar(
    name: str, line: int, cells: list[str], columns: dict[str, int]
) -> tuple[int, list[str | float]]:
    if len(cells) != columns[""]:
        raise InvalidPricesError(
            f"{name}: row {line} has {len(cells)} cells, expected {columns['']} as in its header."
        )
    date = cells[columns["date"]]
    if not is_date(date):
        raise InvalidPricesError(
            f"{name}: row {line}, date is {quoted(date)}, expected YYYY-MM-DD."
        )
    numbers = [_number(name, line, column, cells[columns[column]]) for column in BAR_COLUMNS[1:]]
    return line, [date, *numbers]


def _number(name: str, line: int, column: str, cell: str) -> float:
    if cell.lower() in _MISSING:
        return math.nan
    # float() alone accepts inf, 1_000 and the digits of every script.
    number = float(cell) if _NUMBER.fullmatch(cell) else math.inf
    if math.isinf(number):
        raise InvalidPricesError(
            f"{name}: row {line}, {column} is {quoted(cell)}, "
            "expected a finite number with a decimal point, or nothing."
        )
    return number


def _refuse_disorder(name: str, rows: list[tuple[int, list[str | float]]]) -> None:
    for (line_before, before), (line, bar) in pairwise(rows):
        if str(bar[0]) <= str(before[0]):
            raise InvalidPricesError(
                f"{name}: row {line}, date is {bar[0]!r}, expected a date after row "
                f"{line_before}'s {before[0]}. Sort the rows by date, each date once."
            )
