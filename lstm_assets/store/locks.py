"""One training of a study at a time, whatever machine, Dagster instance or command it runs in.

The lock is the operating system's or the server's own, so that of a killed process it is gone.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from lstm_assets.errors import StoreError
from lstm_assets.store.engine import connect, through_outage
from lstm_assets.store.refusals import OutageError, refusals_of, shown

_logger = logging.getLogger(__name__)

SECONDS_BETWEEN_TRIES = 1.0  # of those that wait
SECONDS_BETWEEN_LOOKS = 2.0  # of the holder: whether a server still has its lock
SECONDS_BETWEEN_RETRIES = 0.5  # of the holder: to take a lock again that was lost
SECONDS_FOR_THE_HOLDER = 10.0  # how long those that wait let it go first after an outage
SECONDS_IDLE = 31_536_000  # a year: a server drops connections that are idle for longer

_LOST = "the connection to {}, which holds or asks for a lock, was lost. Check the server's log."


@contextmanager
def training_lock(
    engine: Engine, study_code: str, waiting: Callable[[], None] | None = None
) -> Iterator[bool]:
    """Hold the study's training lock, also over an outage of its server.

    Those that wait let the holder take it again first.

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
        held = lock.acquire() if waiting is None else _acquire_in_turn(engine, lock.acquire)
        if not held and waiting is not None:
            waiting()
            while not (held := _acquire_in_turn(engine, lock.acquire)):
                time.sleep(SECONDS_BETWEEN_TRIES)
        yield held


def _acquire_in_turn(engine: Engine, acquire: Callable[[], bool]) -> bool:
    """Try for the lock; after an outage, only when its holder could have taken it again."""
    while True:
        try:
            return acquire()
        except OutageError:
            through_outage(lambda: _reach(engine))
            time.sleep(SECONDS_FOR_THE_HOLDER)


def _reach(engine: Engine) -> None:
    with connect(engine):
        pass


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
    """On a server, where a lock belongs to a connection and goes with it.

    A lock that is held is kept: a thread looks after it, and takes it again when the server was
    away, or its connection was lost.
    """

    def __init__(self, engine: Engine, study_code: str) -> None:
        self._engine = engine
        self._name = f"lstm_assets.{engine.url.database}.{study_code}"[-64:]  # the longest allowed
        self._conn: Connection | None = None
        self._one_at_a_time = threading.Lock()  # a connection serves one thread
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name=self._name, daemon=True)

    def acquire(self) -> bool:
        held = self._take()
        if held and not self._keeper.is_alive():
            self._keeper.start()
        return held

    def close(self) -> None:
        self._closing.set()
        try:
            if self._keeper.is_alive():
                self._keeper.join()
        finally:
            with self._one_at_a_time:
                self._drop()

    def _keep(self) -> None:
        told = ""
        seconds = SECONDS_BETWEEN_LOOKS
        while not self._closing.wait(seconds):
            trouble = self._trouble()
            seconds = SECONDS_BETWEEN_LOOKS if trouble is None else SECONDS_BETWEEN_RETRIES
            if trouble and trouble != told:
                _logger.warning(trouble)
            told = trouble or ""

    def _trouble(self) -> str | None:
        """Take the lock again if it was lost; returns why it is not held, "" in an outage."""
        try:
            held = self._take()
        except OutageError:
            return ""  # whoever writes next says so
        except StoreError as error:
            return f"the training lock {self._name} was lost: {error} It is tried for again."
        if held:
            return None
        return (
            f"the training lock {self._name} was lost with its connection, and another one has it. "
            "It is tried for again; what both train is stored once."
        )

    def _take(self) -> bool:
        """Whether the lock is this connection's, of now or of before."""
        url = self._engine.url
        with self._one_at_a_time, refusals_of(url):
            was_open = self._conn is not None
            try:
                return bool(self._connected().scalar(_TAKE, {"name": self._name}))
            except DBAPIError as error:
                self._drop()
                if was_open:  # the driver has more than one number for this, or none
                    raise OutageError(_LOST.format(shown(url))) from error
                raise

    def _connected(self) -> Connection:
        if self._conn is None:
            conn = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._conn = conn
            conn.execute(text(f"SET SESSION wait_timeout = {SECONDS_IDLE}"))
        return self._conn

    def _drop(self) -> None:
        if self._conn is not None:
            # Not given back to the pool: the lock, and its long patience, are the connection's.
            self._conn.invalidate()
            self._conn.close()
            self._conn = None


# One that is held already is not taken twice: servers count how often.
_TAKE = text("SELECT IF(IS_USED_LOCK(:name) = CONNECTION_ID(), 1, GET_LOCK(:name, 0))")
