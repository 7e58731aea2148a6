"""One training of a study at a time, whatever machine, Dagster instance or command it runs in.

The lock is the operating system's or the server's own, so that of a killed process it is gone.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from lstm_assets.store.engine import through_outage
from lstm_assets.store.refusals import refusals_of

SECONDS_BETWEEN_TRIES = 1.0
SECONDS_IDLE = 31_536_000  # a year: a server drops connections that are idle for longer


@contextmanager
def training_lock(
    engine: Engine, study_code: str, waiting: Callable[[], None] | None = None
) -> Iterator[bool]:
    """Hold the study's training lock.

    Args:
        engine: of the database whose cells are trained.
        study_code: of the study.
        waiting: told once that another process holds the lock, then it is waited for; None does
            not wait.

    Yields:
        Whether the lock is held; False only where it was not to be waited for.

    Raises:
        StoreError: the database was not reached.
    """
    make = _FileLock if engine.dialect.name == "sqlite" else _ServerLock
    with closing(make(engine, study_code)) as lock:
        held = lock.acquire() if waiting is None else through_outage(lock.acquire)
        if not held and waiting is not None:
            waiting()
            while not (held := through_outage(lock.acquire)):
                time.sleep(SECONDS_BETWEEN_TRIES)
        yield held


class _FileLock:
    """Beside an SQLite file."""

    def __init__(self, engine: Engine, study_code: str) -> None:
        database = Path(str(engine.url.database))
        self._lock = FileLock(database.with_name(f"{database.name}.{study_code}.lock"))

    def acquire(self) -> bool:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def close(self) -> None:
        self._lock.release()


class _ServerLock:
    """On a server, where a lock belongs to a connection and goes with it."""

    def __init__(self, engine: Engine, study_code: str) -> None:
        self._engine = engine
        self._name = f"lstm_assets.{engine.url.database}.{study_code}"[-64:]  # the longest allowed
        self._conn: Connection | None = None

    def acquire(self) -> bool:
        with refusals_of(self._engine.url):
            try:
                return bool(self._connected().scalar(_GET_LOCK, {"name": self._name}))
            except DBAPIError:
                self.close()
                raise

    def close(self) -> None:
        if self._conn is not None:
            # Not given back to the pool: the lock, and its long patience, are the connection's.
            self._conn.invalidate()
            self._conn.close()
            self._conn = None

    def _connected(self) -> Connection:
        if self._conn is None:
            conn = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            conn.execute(text(f"SET SESSION wait_timeout = {SECONDS_IDLE}"))
            self._conn = conn
        return self._conn


_GET_LOCK = text("SELECT GET_LOCK(:name, 0)")
