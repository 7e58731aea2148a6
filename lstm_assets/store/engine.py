"""Connections to the database, and the transactions on them.

Reads use `connect`. Writes use `begin`, or `in_transaction` if other processes may write too.
"""

import logging
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from mysql.connector.constants import DEFAULT_CONFIGURATION
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from lstm_assets.errors import HomeError, StoreError
from lstm_assets.store.refusals import OutageError, TransientError, store_errors

T = TypeVar("T")

_logger = logging.getLogger(__name__)

ATTEMPTS = 8  # of a transaction that other processes interrupt
SECONDS_BUSY = 30  # longest time that SQLite waits for another process's write
SECONDS_LOCK = 10  # longest time that MySQL waits for it in each attempt
SECONDS_BETWEEN_CALLS = 0.5  # between attempts to reach a server
SECONDS_OUTAGE = 3600.0  # longest time to wait for a server; results stay in memory meanwhile

FIRST_COMMANDS = "Run `lstm-assets tune` or `lstm-assets init-db`."  # both create the tables
_ALLOWED = "Allowed: sqlite:///FILE, mysql+mysqlconnector://USER:PASSWORD@HOST:PORT/DATABASE."
_QUOTE = "Percent-encode @ : / ? # in user and password."


def open_engine(url: str, *, read_only: bool = False) -> Engine:
    """Return the engine of a database, without connecting to it.

    Args:
        url: `sqlite:///FILE` or `mysql+mysqlconnector://USER:PASSWORD@HOST:PORT/DATABASE`.
        read_only: whether its connections can only read; then nothing is created either.

    Raises:
        StoreError: the URL is not one of these, or the SQLite file to read does not exist.
        HomeError: the SQLite file's folder cannot be written.
    """
    parsed = _parse(url)
    if read_only:
        is_sqlite = parsed.drivername == "sqlite"
        return _read_sqlite(parsed) if is_sqlite else _read_mysql(parsed)
    return _open_sqlite(parsed) if parsed.drivername == "sqlite" else _open_mysql(parsed)


@contextmanager
def connect(engine: Engine) -> Iterator[Connection]:
    """Yield a connection for reading; its writes are not committed."""
    with store_errors(engine.url), engine.connect() as conn:
        yield conn.execution_options(sqlite_begin="DEFERRED")


@contextmanager
def begin(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a write transaction: committed at the end, undone on an exception."""
    with store_errors(engine.url), engine.begin() as conn:
        yield conn


def in_transaction(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Return the result of `work`, run in a write transaction and repeated if it is interrupted.

    `work` must read its input inside the transaction, because it may be repeated. If the server
    stops during the commit, `work` is repeated, although the commit may have succeeded. A
    duplicate key counts as an interruption: another process wrote the row after `work` had read.

    Raises:
        StoreError: the database refused a statement, or `ATTEMPTS` attempts were interrupted.
    """
    for attempt in range(1, ATTEMPTS):
        try:
            with begin(engine) as conn:
                return work(conn)
        except TransientError:
            # Random pauses: processes that waited equally long would interrupt each other again.
            time.sleep(random.uniform(0.5, 1.5) * 0.02 * 2**attempt)  # noqa: S311
    with begin(engine) as conn:
        return work(conn)


def through_outage(work: Callable[[], T]) -> T:
    """Return the result of `work`, repeated for up to `SECONDS_OUTAGE` during an outage.

    For long runs only: a command fails at once if it cannot reach its database.

    Raises:
        OutageError: the outage lasted longer. Other errors of `work` are not caught.
    """
    deadline = None
    while True:
        try:
            return work()
        except OutageError as error:
            if deadline is None:
                deadline = time.monotonic() + SECONDS_OUTAGE
                _logger.warning("%s Waiting for the server.", error)
            if time.monotonic() > deadline:
                raise
            time.sleep(SECONDS_BETWEEN_CALLS)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Not chained: the parser's message may contain the URL with its password.
        raise StoreError(f"the database URL is not valid. {_ALLOWED} {_QUOTE}") from None
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        return _parse_sqlite(parsed.set(drivername="sqlite"))
    if parsed.drivername != "mysql+mysqlconnector":
        raise StoreError(f"the database URL starts with {parsed.drivername}://. {_ALLOWED}")
    if not parsed.host or "@" in parsed.host:
        raise StoreError(f"the database URL's host cannot be read. {_ALLOWED} {_QUOTE}")
    if not parsed.database:
        raise StoreError(f"the database URL for {parsed.host} names no database. {_ALLOWED}")
    return parsed


def _parse_sqlite(url: URL) -> URL:
    if not url.database or url.database == ":memory:":
        raise StoreError(f"an SQLite database in memory is lost with its process. {_ALLOWED}")
    # Absolute: a later change of the working directory must not move the database.
    return url.set(database=str(Path(url.database).expanduser().absolute()))


def _open_sqlite(url: URL) -> Engine:
    _make_folder(Path(str(url.database)).parent)
    engine = create_engine(url, connect_args={"timeout": SECONDS_BUSY}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _read_sqlite(url: URL) -> Engine:
    path = Path(str(url.database))
    if not path.is_file():
        raise StoreError(f"there is no database {path} yet. {FIRST_COMMANDS}")
    engine = create_engine(url, creator=lambda: _connect_to_read(path), hide_parameters=True)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """Connect to an SQLite file, which may lie in a folder that cannot be written."""
    # Without a log beside it, the file is complete, and nobody writes to it. Opened as immutable,
    # SQLite then creates no files beside it.
    modes = ["mode=ro", "mode=ro&immutable=1"]
    for mode in modes if path.with_name(f"{path.name}-wal").exists() else modes[::-1]:
        connection = sqlite3.connect(
            f"{path.as_uri()}?{mode}", uri=True, timeout=SECONDS_BUSY, check_same_thread=False
        )
        connection.isolation_level = None
        try:
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")
        except sqlite3.OperationalError:
            connection.close()
            failed = mode
        else:
            return connection
    raise sqlite3.OperationalError(f"unable to open database file {path} ({failed})")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"0")
    except OSError as error:
        raise HomeError(
            f"{folder} cannot be written: {error.strerror}. Point LSTM_ASSETS_HOME or "
            "LSTM_ASSETS_DATABASE_URL at a place you can write that has free space."
        ) from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # sqlite3 must not start transactions itself: `_begin_sqlite` starts them.
    connection.isolation_level = None
    deadline = time.monotonic() + SECONDS_BUSY
    while True:
        try:
            # With WAL, readers do not block the writer, and the writer does not block readers.
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # SQLite does not wait here when several processes open a new file at the same time.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(conn: Connection) -> None:
    # A deferred transaction that reads and then writes fails at once if another process wrote in
    # between. An immediate one takes the write lock first and waits for it.
    kind = conn.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    conn.exec_driver_sql(f"BEGIN {kind}")


def _read_mysql(url: URL) -> Engine:
    engine = _open_mysql(url)
    event.listen(engine, "connect", _forbid_writes)
    return engine


def _forbid_writes(connection: Any, _record: Any) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute("SET SESSION TRANSACTION READ ONLY")


def _open_mysql(url: URL) -> Engine:
    if unknown := sorted(set(url.query) - set(DEFAULT_CONFIGURATION)):
        raise StoreError(f"the database URL has unknown options: {', '.join(unknown)}. {_ALLOWED}")
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_recycle=1800,  # seconds; servers and firewalls drop idle connections
        isolation_level="READ COMMITTED",  # no gap locks: two studies rarely wait for each other
        hide_parameters=True,
        connect_args={
            "charset": "utf8mb4",
            "collation": "utf8mb4_general_ci",  # MariaDB does not know the driver's default
            "sql_mode": "TRADITIONAL",  # an error, not a cut, for a value that does not fit
            "init_command": f"SET SESSION innodb_lock_wait_timeout = {SECONDS_LOCK}",
        },
    )
