"""A server that goes away and comes back."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import Engine, text

from lstm_assets.store import engine as engine_module
from lstm_assets.store import locks
from lstm_assets.store.engine import begin, connect, in_transaction, open_engine, through_outage
from lstm_assets.store.locks import training_lock
from lstm_assets.store.migrations import migrate
from lstm_assets.store.refusals import OutageError
from lstm_assets.store.status import Status, set_status
from lstm_assets.store.tables import table
from lstm_assets_tests.cli.processes import wait_until
from lstm_assets_tests.mariadb import NoServerError, PrivateServer, open_private_server

pytestmark = pytest.mark.mysql
SECONDS_AWAY = 2.0
SECONDS = 60.0  # until a thread is given up


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[PrivateServer]:
    try:
        with open_private_server(tmp_path_factory.mktemp("outage")) as server:
            yield server
    except NoServerError:
        request.getfixturevalue("mysql_server")  # says why, or fails where MySQL is required
        raise


@pytest.fixture
def ready(server: PrivateServer) -> Iterator[Engine]:
    with server.database() as url:
        engine = open_engine(url)
        migrate(engine)
        yield engine
        engine.dispose()


def set_running(engine: Engine) -> None:
    in_transaction(engine, lambda conn: set_status(conn, "USD-0001", Status.RUNNING))


def test_work_is_done_when_the_server_is_back(server: PrivateServer, ready: Engine) -> None:
    set_running(ready)  # a connection is open, and lost
    server.kill()
    threading.Timer(SECONDS_AWAY, server.start).start()

    through_outage(lambda: set_running(ready))

    with connect(ready) as conn:
        assert len(conn.execute(table(conn, "TB_TASKSTATUS").select()).all()) == 1


def test_a_server_that_stays_away_is_not_waited_for_for_ever(
    server: PrivateServer, ready: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "SECONDS_OUTAGE", 0.5)
    server.stop()
    try:
        with pytest.raises(OutageError, match="cannot be reached"):
            through_outage(lambda: set_running(ready))
    finally:
        server.start()


def test_what_is_wrong_otherwise_is_not_waited_for(ready: Engine) -> None:
    calls = []

    def work() -> None:
        calls.append(1)
        with begin(ready):
            raise ValueError("no outage")

    with pytest.raises(ValueError, match="no outage"):
        through_outage(work)
    assert calls == [1]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds a fifth as long as they are."""
    monkeypatch.setattr(locks, "SECONDS_BETWEEN_TRIES", 0.2)
    monkeypatch.setattr(locks, "SECONDS_BETWEEN_LOOKS", 0.4)
    monkeypatch.setattr(locks, "SECONDS_BETWEEN_RETRIES", 0.1)
    monkeypatch.setattr(locks, "SECONDS_FOR_THE_HOLDER", 2.0)


@contextmanager
def another_waits(ready: Engine) -> Iterator[threading.Event]:
    """Somebody who waits for the lock of USD; yields what is set while they hold it."""
    waits, holds, leaves = (threading.Event() for _ in range(3))
    other = open_engine(ready.url.render_as_string(hide_password=False))

    def wait() -> None:
        with training_lock(other, "USD", waiting=waits.set):
            holds.set()
            leaves.wait(SECONDS)
        holds.clear()

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        assert waits.wait(SECONDS)
        yield holds
    finally:
        leaves.set()
        thread.join(SECONDS)
        other.dispose()


def holder(engine: Engine) -> int | None:
    """The connection that has the lock of USD."""
    with connect(engine) as conn:
        return conn.scalar(text(f"SELECT IS_USED_LOCK('{name(engine)}')"))


def name(engine: Engine) -> str:
    return f"lstm_assets.{engine.url.database}.USD"


@pytest.mark.usefixtures("hurried")
def test_a_holder_keeps_its_lock_over_an_outage_while_another_waits(
    server: PrivateServer, ready: Engine
) -> None:
    with ExitStack() as stack:
        with training_lock(ready, "USD") as held:
            holds = stack.enter_context(another_waits(ready))
            for seconds in (0.0, SECONDS_AWAY):
                server.kill()
                time.sleep(seconds)
                server.start()
                wait_until(lambda: holder(ready), "the lock is taken again")
                # Longer than the other lets the holder go first.
                assert not holds.wait(2 * locks.SECONDS_FOR_THE_HOLDER)
            assert held
            assert holder(ready)
        assert holds.wait(SECONDS)


@pytest.mark.usefixtures("hurried")
def test_a_holder_whose_connection_was_ended_takes_its_lock_again(
    server: PrivateServer, ready: Engine
) -> None:
    with training_lock(ready, "USD"):
        before = holder(ready)
        server.run(f"KILL {before}")
        wait_until(lambda: holder(ready) not in (before, None), "the lock is taken again")
    assert holder(ready) is None


@pytest.mark.usefixtures("hurried")
def test_a_lock_that_somebody_else_took_is_tried_for_and_told_once(
    server: PrivateServer, ready: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with training_lock(ready, "USD"):
        mine = holder(ready)
        with connect(ready) as other:
            # Asked for before, so that it is another's at once.
            thread = threading.Thread(
                target=other.scalar, args=(text(f"SELECT GET_LOCK('{name(ready)}', 30)"),)
            )
            thread.start()
            time.sleep(0.2)
            server.run(f"KILL {mine}")
            thread.join()
            theirs = holder(ready)
            wait_until(lambda: caplog.messages, "it is told")
            time.sleep(5 * locks.SECONDS_BETWEEN_RETRIES)
            assert holder(ready) == theirs
            other.scalar(text(f"SELECT RELEASE_LOCK('{name(ready)}')"))
        wait_until(lambda: holder(ready) not in (theirs, None), "the lock is taken again")

    assert caplog.messages == [
        f"the training lock {name(ready)} was lost with its connection, and another process has "
        "it. Trying to take it again; a result of both processes is stored once."
    ]


def test_a_lock_that_was_given_back_is_looked_after_no_more(ready: Engine) -> None:
    for _ in range(2):
        with training_lock(ready, "USD"):
            assert name(ready) in {thread.name for thread in threading.enumerate()}
        assert name(ready) not in {thread.name for thread in threading.enumerate()}


@pytest.mark.usefixtures("hurried")
def test_a_lock_is_given_back_while_the_server_is_away(
    server: PrivateServer, ready: Engine
) -> None:
    with training_lock(ready, "USD"):
        server.stop()
    server.start()

    with training_lock(ready, "USD") as held:
        assert held
