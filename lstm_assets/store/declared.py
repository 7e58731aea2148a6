"""The columns of a table as sql/ declares them, read without the user's database."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import cache

from lstm_assets.store.sql_files import read_migrations, sql_folder

_COLUMNS = (
    'SELECT m.name, p.name, p.type, p."notnull", p.pk FROM sqlite_master m, '
    "pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY m.rowid, p.cid"
)


@dataclass(frozen=True, slots=True)
class DeclaredColumn:
    """One column of a table."""

    name: str
    type: str  # as SQL writes it, e.g. VARCHAR(20)
    nullable: bool
    primary_key: bool


@cache
def declared_columns(table: str) -> tuple[DeclaredColumn, ...]:
    """Return the columns of a table of sql/, in their order."""
    migrations = read_migrations(sql_folder())
    return tables_declared_by(s for migration in migrations for s in migration.statements)[table]


def tables_declared_by(statements: Iterable[str]) -> dict[str, tuple[DeclaredColumn, ...]]:
    """Return the columns of each table that these statements make, in their order.

    The statements are run in an SQLite database in memory.
    """
    tables: dict[str, tuple[DeclaredColumn, ...]] = {}
    with closing(sqlite3.connect(":memory:")) as conn:
        for statement in statements:
            conn.execute(statement)
        for table, name, kind, not_null, key in conn.execute(_COLUMNS):
            column = DeclaredColumn(name, kind, not not_null, bool(key))
            tables[table] = (*tables.get(table, ()), column)
    return tables
