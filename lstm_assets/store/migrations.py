"""Migrations of the schema: the numbered files in sql/.

Each file is run once and recorded with its checksum. No file deletes data or undoes another file.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, inspect, text

import lstm_assets
from lstm_assets.errors import StoreError
from lstm_assets.store.comparing import misfits, refuse
from lstm_assets.store.engine import begin, connect
from lstm_assets.store.refusals import shown
from lstm_assets.store.sql_files import (
    CREATES_TABLE,
    RECORD_FILE,
    Migration,
    read_migrations,
    read_statements,
    sql_folder,
)
from lstm_assets.store.tables import forget, table
from lstm_assets.store.writes import upsert

_CONVERTS = r"/\*! ALTER TABLE (\w+) CONVERT TO (.+) \*/"
_CHARACTERS = "/*! CHARACTER SET utf8mb4 */"  # how the creation of a table ends

Outcome = Literal["created", "already exists"]

SECONDS_LOCK = 60  # longest time that a process waits for another process's migration


def migrate(engine: Engine, folder: Path | None = None) -> dict[str, Outcome]:
    """Migrate the database to this version's schema.

    It may be repeated, and several processes may call it at the same time.

    Returns:
        Whether each table was created or already existed, in the order of their declarations.

    Raises:
        StoreError: the database is newer than this version, a recorded file was changed, or a
            table that exists cannot hold what this version writes. Nothing is written then.
    """
    migrations = read_migrations(folder or sql_folder())
    with begin(engine) as conn, migration_lock(conn):
        refuse(conn, misfits(conn, migrations, recorded_numbers(conn, migrations)))
        outcomes = run_migrations(conn, migrations)
    forget(engine)
    return outcomes


def check(engine: Engine) -> None:
    """Raise StoreError if a table cannot hold what this version writes."""
    migrations = read_migrations(sql_folder())
    with connect(engine) as conn:
        recorded = recorded_numbers(conn, migrations)
        wrong = misfits(conn, migrations, recorded)
        if conn.dialect.name == "sqlite":  # which shows no table that is half changed
            refuse(conn, wrong)
        if not wrong:
            return
    # Another process may be in the middle of changing the table: this waits for its end.
    with begin(engine) as conn, migration_lock(conn):
        refuse(conn, misfits(conn, migrations, recorded_numbers(conn, migrations)))
    forget(engine)


def run_migrations(conn: Connection, migrations: list[Migration]) -> dict[str, Outcome]:
    """Run the migrations that have not run, as `migrate`, whatever the tables look like."""
    declared = [name for migration in migrations for name in migration.tables]
    existing = _existing_tables(conn)
    for statement in read_statements(sql_folder() / RECORD_FILE):
        conn.exec_driver_sql(statement)
    recorded = _check(conn, migrations)
    for migration in _in_final_collation(migrations, new := set(declared) - existing):
        _run(conn, migration, missing=new, recorded=recorded)
    return {name: "already exists" if name in existing else "created" for name in declared}


def pending(engine: Engine, folder: Path | None = None) -> list[str]:
    """Return the names of the migrations that `migrate` would run, also for a dropped table."""
    migrations = read_migrations(folder or sql_folder())
    with connect(engine) as conn:
        existing, recorded = _existing_tables(conn), recorded_numbers(conn, migrations)
        return [m.name for m in migrations if m.number not in recorded or set(m.tables) - existing]


def _existing_tables(conn: Connection) -> set[str]:
    # Some servers store table names in lower case.
    return {name.upper() for name in inspect(conn).get_table_names()}


def recorded_numbers(conn: Connection, migrations: list[Migration]) -> set[int]:
    """Return the numbers of the recorded migrations, also before there is a record; see _check."""
    return _check(conn, migrations) if inspect(conn).has_table("TB_MIGRATION") else set()


def _check(conn: Connection, migrations: list[Migration]) -> set[int]:
    """Return the numbers of the recorded migrations.

    Raises:
        StoreError: one of them is unknown to this version, or its file was changed.
    """
    known = {migration.number: migration for migration in migrations}
    columns = table(conn, "TB_MIGRATION").c
    rows = conn.execute(columns.NUMBER.table.select().order_by(columns.NUMBER)).all()
    for row in rows:
        if row.NUMBER not in known:
            raise StoreError(
                f"{shown(conn.engine.url)} has migration {row.NAME}, which this version of "
                f"lstm_assets ({lstm_assets.__version__}) does not know. Upgrade lstm_assets."
            )
        migration = known[row.NUMBER]
        if migration.checksum != row.CHECKSUM:
            raise StoreError(
                f"sql/{migration.name}.sql was changed after it ran on "
                f"{shown(conn.engine.url)}. Undo the change, and put it into a new file."
            )
    return {row.NUMBER for row in rows}


def _in_final_collation(migrations: list[Migration], new: set[str]) -> list[Migration]:
    """Return the migrations with each new table created in the collation it is converted to later.

    Converting a table takes as long as creating it, also if it is empty.
    """
    texts = {
        match[1]: match[2]
        for migration in migrations
        for statement in migration.statements
        if (match := re.fullmatch(_CONVERTS, statement)) and match[1] in new
    }

    def statements(migration: Migration) -> Iterator[str]:
        for statement in migration.statements:
            created = re.match(CREATES_TABLE, statement)
            if created and created[1] in texts:
                yield statement.replace(_CHARACTERS, f"/*! {texts[created[1]]} */")
            elif not ((match := re.fullmatch(_CONVERTS, statement)) and match[1] in new):
                yield statement

    return [replace(each, statements=tuple(statements(each))) for each in migrations]


def _run(conn: Connection, migration: Migration, missing: set[str], recorded: set[int]) -> None:
    is_recorded = migration.number in recorded
    for statement in migration.statements:
        # Of a recorded migration, only the statements about a dropped table are run again.
        wanted = not is_recorded or missing & set(re.findall(r"\w+", statement))
        if wanted and not _has_column(conn, statement):
            conn.exec_driver_sql(statement)
    if not is_recorded:
        row = {"NUMBER": migration.number, "NAME": migration.name, "CHECKSUM": migration.checksum}
        upsert(conn, table(conn, "TB_MIGRATION"), [row])


def _has_column(conn: Connection, statement: str) -> bool:
    """Return whether the column that a statement adds exists.

    An earlier migration may have been killed after it: MySQL commits at every ALTER TABLE, and has
    no ADD COLUMN IF NOT EXISTS.
    """
    adds = re.match(r"ALTER TABLE (\w+) ADD COLUMN (\w+)", statement)
    if not adds:
        return False
    names = {each["name"].upper() for each in inspect(conn).get_columns(adds[1])}
    return adds[2].upper() in names


@contextmanager
def migration_lock(conn: Connection) -> Iterator[None]:
    """Allow one migration of a database at a time.

    On SQLite, the write transaction already does so. On MySQL it does not, because MySQL commits
    at every CREATE TABLE.
    """
    if conn.dialect.name == "sqlite":
        yield
        return
    name = {"name": f"lstm_assets.{conn.engine.url.database}"[:64]}
    if not conn.scalar(text(f"SELECT GET_LOCK(:name, {SECONDS_LOCK})"), name):
        raise StoreError(
            f"another process has been migrating {shown(conn.engine.url)} for over "
            f"{SECONDS_LOCK} s. Wait until it has finished, then try again."
        )
    try:
        yield
    finally:
        if not conn.invalidated:  # a connection that is lost has released it
            conn.execute(text("SELECT RELEASE_LOCK(:name)"), name)
