"""Lines and tables that fit into the width of a console without cutting a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text


def fits(console: Console, table: Table) -> bool:
    """Return whether the console is wide enough for a table with nothing cut or wrapped."""
    unlimited = console.options.update(max_width=10_000)
    return Measurement.get(console, unlimited, table).maximum <= console.width


def plain(console: Console, text: object) -> Text:
    """Return text as it stands, with escapes for what the console's encoding lacks.

    Escaped here, because a table must know how long the escapes are.
    """
    encoding = console.encoding
    return Text(str(text).encode(encoding, "backslashreplace").decode(encoding))


def named(values: Mapping[str, Any]) -> list[str]:
    """Return hyperparameters as items such as `epoch 30`."""
    return [f"{name} {value}" for name, value in values.items()]


def print_items(
    console: Console,
    items: Iterable[str],
    *,
    separator: str = ", ",
    indent: str = "",
    start: str | None = None,
) -> None:
    """Print items on as many lines as they need; only an item longer than a line is broken.

    Args:
        console: where to print.
        items: what to print.
        separator: between two items.
        indent: what each line begins with.
        start: what the first line begins with instead.
    """
    begin = indent if start is None else start
    line = ""
    for item in (plain(console, item).plain for item in items):
        longer = f"{line}{separator}{item}" if line else item
        if line and cell_len(begin + longer + separator.rstrip()) > console.width:
            _print_line(console, begin, line + separator.rstrip(), indent)
            begin, longer = indent, item
        line = longer
    _print_line(console, begin, line, indent)


def _print_line(console: Console, begin: str, line: str, indent: str) -> None:
    for part in Text(line).wrap(console, max(1, console.width - len(begin)), overflow="fold"):
        console.print(Text(begin) + part)
        begin = indent
