"""The training lock: one training of a study at a time, on all machines and Dagster instances.

It is a lock of the operating system or of the database server, which release it when its process
is killed.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from lstm_assets.errors import StoreError
from lstm_assets.store.engine import connect, through_outage
from lstm_assets.store.refusals import OutageError, shown, store_errors

_logger = logging.getLogger(__name__)

SECONDS_BETWEEN_TRIES = 1.0  # between a waiting process's attempts to take the lock
SECONDS_BETWEEN_LOOKS = 2.0  # between the holder's checks that the server still has its lock
SECONDS_BETWEEN_RETRIES = 0.5  # between the holder's attempts to take a lost lock again
SECONDS_FOR_THE_HOLDER = 10.0  # a waiting process's pause after an outage: the holder goes first
SECONDS_CREATION = 120  # longest time that a process waits for another that creates tables
SECONDS_IDLE = 31_536_000  # a year: a server drops connections that are idle for longer

_LOST = "the connection to {}, which the training lock needs, was lost. Check the server's log."


@contextmanager
def training_lock(
    engine: Engine, study_code: str, waiting: Callable[[], None] | None = None
) -> Iterator[bool]:
    """Hold the study's training lock, also through an outage of its server.

    After an outage, waiting processes let the holder take it again first.

    Args:
        engine: of the database that contains the cells.
        study_code: of the study.
        waiting: called once if another process holds the lock, before waiting for it; None: do not
            wait.

    Yields:
        Whether the lock is held; False only if `waiting` is None.

    Raises:
        StoreError: the database could not be reached.
    """
    make = _FileLock if engine.dialect.name == "sqlite" else _ServerLock
    with closing(make(engine, study_code)) as lock:
        held = lock.acquire() if waiting is None else _acquire_in_turn(engine, lock.acquire)
        if not held and waiting is not None:
            waiting()
            while not (held := _acquire_in_turn(engine, lock.acquire)):
                time.sleep(SECONDS_BETWEEN_TRIES)
        yield held


@contextmanager
def creation_lock(engine: Engine, lock_file: Path) -> Iterator[None]:
    """Let one process at a time create tables in this block; others wait for it.

    Args:
        engine: of the database in which the tables are created.
        lock_file: locked instead if the database is SQLite.

    Raises:
        StoreError: the server could not be reached, or another process held the lock too long.
    """
    if engine.dialect.name == "sqlite":
        lock_file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock_file):
            yield
        return
    name = {"name": f"lstm_assets.creation.{engine.url.database}"[-64:]}
    with closing(engine.connect().execution_options(isolation_level="AUTOCOMMIT")) as conn:
        if not conn.scalar(text(f"SELECT GET_LOCK(:name, {SECONDS_CREATION})"), name):
            raise StoreError(
                f"another process has been creating tables in {shown(engine.url)} for over "
                f"{SECONDS_CREATION} s. Wait until it has finished, then try again."
            )
        try:
            yield
        finally:
            conn.execute(_RELEASE, name)


def _acquire_in_turn(engine: Engine, acquire: Callable[[], bool]) -> bool:
    """Try to take the lock; after an outage, only when its holder had time to take it again."""
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
    """A lock file beside an SQLite file."""

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
    """A lock of a database server, which belongs to a connection and ends with it.

    A thread checks the lock while it is held, and takes it again after an outage of the server or
    the loss of its connection.
    """

    def __init__(self, engine: Engine, study_code: str) -> None:
        self._engine = engine
        self._name = f"lstm_assets.{engine.url.database}.{study_code}"[-64:]  # the longest allowed
        self._conn: Connection | None = None
        self._one_at_a_time = threading.Lock()  # only one thread may use a connection
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
                self._release()
                self._drop()

    def _keep(self) -> None:
        last_warning = ""
        seconds = SECONDS_BETWEEN_LOOKS
        while not self._closing.wait(seconds):
            problem = self._retake()
            seconds = SECONDS_BETWEEN_LOOKS if problem is None else SECONDS_BETWEEN_RETRIES
            if problem and problem != last_warning:
                _logger.warning(problem)
            last_warning = problem or ""

    def _retake(self) -> str | None:
        """Take the lock again if it was lost.

        Returns:
            Why the lock is not held; None if it is held, "" in an outage.
        """
        try:
            held = self._take()
        except OutageError:
            return ""  # the next write logs the outage
        except StoreError as error:
            return f"the training lock {self._name} was lost: {error} Trying to take it again."
        if held:
            return None
        return (
            f"the training lock {self._name} was lost with its connection, and another process has "
            "it. Trying to take it again; a result of both processes is stored once."
        )

    def _take(self) -> bool:
        """Take the lock; return whether this connection holds it, from now or from before."""
        url = self._engine.url
        with self._one_at_a_time, store_errors(url):
            was_open = self._conn is not None
            try:
                return bool(self._connected().scalar(_TAKE, {"name": self._name}))
            except DBAPIError as error:
                self._drop()
                if was_open:  # by this, not by number: the driver has several numbers or none
                    raise OutageError(_LOST.format(shown(url))) from error
                raise

    def _connected(self) -> Connection:
        if self._conn is None:
            conn = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._conn = conn
            conn.execute(text(f"SET SESSION wait_timeout = {SECONDS_IDLE}"))
        return self._conn

    def _release(self) -> None:
        """Release the lock: a server notices only some time later that its connection has ended."""
        if self._conn is not None:
            with suppress(DBAPIError):  # a lost connection holds no lock
                self._conn.execute(_RELEASE, {"name": self._name})

    def _drop(self) -> None:
        if self._conn is not None:
            # Not returned to the pool: the connection has the lock and a very long timeout.
            self._conn.invalidate()
            self._conn.close()
            self._conn = None


# A lock that is already held is not taken again: servers count how often a connection takes it.
_TAKE = text("SELECT IF(IS_USED_LOCK(:name) = CONNECTION_ID(), 1, GET_LOCK(:name, 0))")
_RELEASE = text("SELECT RELEASE_LOCK(:name)")
