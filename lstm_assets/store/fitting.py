"""Fit a text that people read into its column: its width, and the characters that it can store."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, Connection, text

from lstm_assets.common.text import one_line

CHARACTERS = 300  # of a text in a column whose type has no width
UTF8 = "utf8mb4"  # the character set that stores every character

_CHARACTER_SET = "character_set"  # key in `Column.info`; asked for once, see `_character_set`


def fitted(conn: Connection, column: Column[str], content: str) -> str:
    r"""Return a text as one line that its column can store.

    A character that the column's character set lacks becomes an escape, such as \uae08. A text
    that is too long is cut, but not within an escape.

    Args:
        conn: a connection to the database of the column.
        column: the reflected column.
        content: any text. Texts of the operating system may contain surrogates, which no database
            stores: they become question marks.
    """
    line = one_line(content.encode("utf-8", "replace").decode())
    width = getattr(column.type, "length", None) or CHARACTERS
    if line.isascii() or _character_set(conn, column) == UTF8:
        return line[:width]
    return "".join(_within(_stored(conn, column, line), width))


def _character_set(conn: Connection, column: Column[str]) -> str:
    if _CHARACTER_SET not in column.info:
        column.info[_CHARACTER_SET] = _asked(conn, column)
    return str(column.info[_CHARACTER_SET])


def _asked(conn: Connection, column: Column[str]) -> str:
    """Return the name of a column's character set, as the server knows it."""
    if conn.dialect.name != "mysql":
        return UTF8  # SQLite stores every character
    query = text(
        "SELECT CHARACTER_SET_NAME FROM information_schema.COLUMNS "
        "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = :name AND COLUMN_NAME = :column"
    )
    name = conn.scalar(query, {"name": column.table.name, "column": column.name})
    return str(name or "ascii")


def _stored(conn: Connection, column: Column[str], line: str) -> list[str]:
    """Return the characters of a line, each that the column cannot store as an escape."""
    name = _character_set(conn, column)
    # The server converts, because its character sets are not quite those of Python.
    converted = conn.scalar(text(f"SELECT CONVERT(:line USING {name})"), {"line": line})
    if not isinstance(converted, str) or len(converted) != len(line):
        converted = line.encode("ascii", "replace").decode()
    return [
        there if there == here else there.encode("ascii", "backslashreplace").decode()
        for there, here in zip(line, converted, strict=True)
    ]


def _within(parts: list[str], width: int) -> Iterator[str]:
    """Yield the first parts, as many as have at most this number of characters together."""
    for part in parts:
        width -= len(part)
        if width < 0:
            return
        yield part
