"""The columns of a table as sql/ declares them, read without the user's database."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Inspector, create_engine, inspect
from sqlalchemy.pool import StaticPool

from lstm_assets.store.sql_files import read_migrations, sql_folder


@dataclass(frozen=True, slots=True)
class DeclaredColumn:
    """One column of a table."""

    name: str
    type: str  # as SQL writes it, e.g. VARCHAR(20)
    nullable: bool
    primary_key: bool


@cache
def declared_columns(table: str) -> tuple[DeclaredColumn, ...]:
    """Return the columns of a table of sql/, in their order.

    The files are run in an SQLite database in memory, which is then inspected.
    """
    return _declared()[table]


@cache
def _declared() -> dict[str, tuple[DeclaredColumn, ...]]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as conn:
        for migration in read_migrations(sql_folder()):
            for statement in migration.statements:
                conn.exec_driver_sql(statement)
        inspector = inspect(conn)
        columns = {name: _columns(inspector, name) for name in inspector.get_table_names()}
    engine.dispose()
    return columns


def _columns(inspector: Inspector, table: str) -> tuple[DeclaredColumn, ...]:
    key = inspector.get_pk_constraint(table)["constrained_columns"]
    return tuple(
        DeclaredColumn(each["name"], str(each["type"]), bool(each["nullable"]), each["name"] in key)
        for each in inspector.get_columns(table)
    )
