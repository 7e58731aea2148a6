"""A server that goes away and comes back."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from lstm_assets.store import engine as engine_module
from lstm_assets.store.engine import begin, connect, in_transaction, open_engine, through_outage
from lstm_assets.store.locks import training_lock
from lstm_assets.store.migrations import migrate
from lstm_assets.store.refusals import OutageError
from lstm_assets.store.status import Status, set_status
from lstm_assets.store.tables import table
from lstm_assets_tests.mariadb import NoServerError, PrivateServer, open_private_server

pytestmark = pytest.mark.mysql
SECONDS_AWAY = 2.0


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


def test_a_lock_that_was_lost_in_an_outage_can_be_had_again(
    server: PrivateServer, ready: Engine
) -> None:
    with training_lock(ready, "USD") as first:
        server.kill()
        server.start()
        with training_lock(ready, "USD", waiting=lambda: None) as second:
            assert first
            assert second
