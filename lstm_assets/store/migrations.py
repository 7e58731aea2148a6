"""Migrations of the schema: the numbered files in sql/.

Each file is run once and recorded with its checksum. No file deletes data or undoes another file.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, inspect, text

import lstm_assets
from lstm_assets.errors import StoreError
from lstm_assets.store.engine import begin, connect
from lstm_assets.store.refusals import shown
from lstm_assets.store.tables import forget, table
from lstm_assets.store.writes import upsert

Outcome = Literal["created", "already exists"]

RECORD_FILE = "TB_MIGRATION.sql"
SECONDS_LOCK = 60  # longest time that a process waits for another process's migration


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of sql/."""

    number: int
    name: str  # of the file, without .sql
    checksum: str  # the same for \n and \r\n
    statements: tuple[str, ...]

    @property
    def tables(self) -> list[str]:
        """Names of the tables that it creates, in order."""
        created = [re.match(r"CREATE TABLE IF NOT EXISTS (\w+)", s) for s in self.statements]
        return [match[1] for match in created if match]


def sql_folder() -> Path:
    """Return the folder of the files: in an installed package, or beside it in a checkout."""
    package = Path(lstm_assets.__file__).parent
    return package / "sql" if (package / "sql").is_dir() else package.parent / "sql"


def read_migrations(folder: Path) -> list[Migration]:
    """Return the migrations in a folder, ordered by number."""
    migrations = [_read(path) for path in sorted(folder.glob("[0-9]*_*.sql"))]
    if not migrations:
        raise StoreError(f"{folder} contains no SQL files. Install lstm_assets again.")
    return sorted(migrations, key=lambda migration: migration.number)


def migrate(engine: Engine, folder: Path | None = None) -> dict[str, Outcome]:
    """Migrate the database to this version's schema.

    It may be repeated, and several processes may call it at the same time.

    Returns:
        Whether each table was created or already existed, in the order of their declarations.

    Raises:
        StoreError: the database is newer than this version, or a recorded file was changed.
    """
    migrations = read_migrations(folder or sql_folder())
    declared = [name for migration in migrations for name in migration.tables]
    with begin(engine) as conn, _migration_lock(conn):
        existing = _existing_tables(conn)
        for statement in _read_statements(sql_folder() / RECORD_FILE):
            conn.exec_driver_sql(statement)
        recorded = _check(conn, migrations)
        for migration in migrations:
            _run(conn, migration, missing=set(declared) - existing, recorded=recorded)
    forget(engine)
    return {name: "already exists" if name in existing else "created" for name in declared}


def pending(engine: Engine, folder: Path | None = None) -> list[str]:
    """Return the names of the migrations that `migrate` would run, also for a dropped table."""
    migrations = read_migrations(folder or sql_folder())
    with connect(engine) as conn:
        existing = _existing_tables(conn)
        recorded = _check(conn, migrations) if "TB_MIGRATION" in existing else set()
        return [m.name for m in migrations if m.number not in recorded or set(m.tables) - existing]


def _read_statements(path: Path) -> tuple[str, ...]:
    code = re.sub(r"^\s*--.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return tuple(part.strip() for part in code.split(";") if part.strip())


def _read(path: Path) -> Migration:
    content = path.read_text(encoding="utf-8")  # reads \r\n as \n
    return Migration(
        number=int(path.stem.split("_")[0]),
        name=path.stem,
        checksum=hashlib.sha256(content.encode()).hexdigest(),
        statements=_read_statements(path),
    )


def _existing_tables(conn: Connection) -> set[str]:
    # Some servers store table names in lower case.
    return {name.upper() for name in inspect(conn).get_table_names()}


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
def _migration_lock(conn: Connection) -> Iterator[None]:
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
        conn.execute(text("SELECT RELEASE_LOCK(:name)"), name)
