"""The columns of the tables that a database has, whoever made them.

Two statements for all tables, because every start of a command asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

_MYSQL_COLUMNS = text(
    "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, "
    "CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLUMNS "
    "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'TB%' "
    "ORDER BY TABLE_NAME, ORDINAL_POSITION"
)
# A key that holds the beginning of a text only is left out: it is another key.
_MYSQL_KEYS = text(
    "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.STATISTICS "
    "WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME = 'PRIMARY' AND SUB_PART IS NULL"
)
_SQLITE_COLUMNS = text(
    'SELECT m.name, p.name, p.type, p."notnull", p.dflt_value, p.hidden, p.pk '
    "FROM sqlite_master m, pragma_table_xinfo(m.name) p "
    "WHERE m.type = 'table' AND m.name LIKE 'TB%' ORDER BY m.name, p.cid"
)
_SQLITE_KEYS = text(
    "SELECT m.name, x.name, x.coll FROM sqlite_master m, pragma_index_list(m.name) i, "
    "pragma_index_xinfo(i.name) x WHERE m.type = 'table' AND m.name LIKE 'TB%' "
    "AND i.origin = 'pk' AND x.key"
)


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """One column of a table of the database."""

    name: str
    type: str  # as the server shows it, in capitals, e.g. DECIMAL(20,8) or INT(11) UNSIGNED
    nullable: bool
    has_default: bool  # whether a row can be inserted without it
    primary_key: bool
    charset: str = ""  # of a text on MySQL
    collation: str = ""  # of a text on MySQL, and of a key on SQLite


def found_tables(conn: Connection) -> dict[str, list[FoundColumn]]:
    """Return the columns of each table whose name begins with TB, by its name in capitals."""
    columns = _sqlite_columns(conn) if conn.dialect.name == "sqlite" else _mysql_columns(conn)
    tables: dict[str, list[FoundColumn]] = {}
    for table, column in columns:
        tables.setdefault(table.upper(), []).append(column)  # some servers store lower case
    return tables


def _mysql_columns(conn: Connection) -> list[tuple[str, FoundColumn]]:
    keys = {(table, name) for table, name in conn.execute(_MYSQL_KEYS)}
    rows = conn.execute(_MYSQL_COLUMNS).all()
    return [_mysql_column(row, (row[0], row[1]) in keys) for row in rows]


def _mysql_column(row: Sequence[Any], is_key: bool) -> tuple[str, FoundColumn]:
    table, name, kind, nullable, default, extra, charset, collation = row
    has_default = default is not None or "auto_increment" in extra or "GENERATED" in extra
    # A server may give the type as bytes.
    shown = kind.decode() if isinstance(kind, bytes) else kind
    column = FoundColumn(
        name, shown.upper(), nullable == "YES", has_default, is_key, charset or "", collation or ""
    )
    return table, column


def _sqlite_columns(conn: Connection) -> list[tuple[str, FoundColumn]]:
    collations = {(table, name): coll for table, name, coll in conn.execute(_SQLITE_KEYS)}
    return [
        (
            table,
            FoundColumn(
                name,
                kind.upper(),
                not not_null,
                default is not None or bool(hidden),
                bool(key),
                collation=collations.get((table, name), ""),
            ),
        )
        for table, name, kind, not_null, default, hidden, key in conn.execute(_SQLITE_COLUMNS)
    ]
