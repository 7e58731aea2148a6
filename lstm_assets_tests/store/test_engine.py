import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, make_url, text

from lstm_assets.errors import HomeError, LstmAssetsError
from lstm_assets.store import engine as engine_module
from lstm_assets.store.engine import begin, connect, in_transaction, open_engine
from lstm_assets.store.migrations import migrate, pending
from lstm_assets.store.refusals import TransientError
from lstm_assets.store.status import Status, set_status
from lstm_assets.store.tables import table
from lstm_assets.store.writes import insert
from lstm_assets_tests.mariadb import Server

SECRET = "s3cret%23pw"  # s3cret#pw, as a URL holds it


def refusal(act: Callable[[], object]) -> str:
    """The one line with which `act` is refused."""
    with pytest.raises(LstmAssetsError) as caught:
        act()
    message = str(caught.value)
    assert "\n" not in message
    assert "s3cret" not in message
    return message


def read_one(url: str) -> None:
    engine = open_engine(url)
    try:
        with connect(engine) as conn:
            conn.execute(text("SELECT 1"))
    finally:
        engine.dispose()


@pytest.fixture
def reader_url(mysql_server: Server, mysql_url: str) -> Iterator[str]:
    """URL of a user that may only read."""
    url = make_url(mysql_url)
    user = f"r_{str(url.database)[-12:]}"
    engine = open_engine(mysql_url)
    migrate(engine)
    engine.dispose()
    mysql_server.run(
        f"CREATE USER {user} IDENTIFIED BY 's3cret#pw'",
        f"GRANT SELECT ON {url.database}.* TO {user}",
    )
    reader = url.set(username=user, password="s3cret#pw")
    yield reader.render_as_string(hide_password=False)
    mysql_server.run(f"DROP USER {user}")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"mysql+mysqlconnector://u:{SECRET}@127.0.0.1:1/db", "127.0.0.1:1 cannot be reached"),
        (f"mysql+mysqlconnector://u:{SECRET}@no.invalid/db", "no.invalid:3306 cannot be reached"),
        (
            f"mysql+pymysql://u:{SECRET}@h/db",
            "starts with mysql+pymysql://. Allowed: sqlite:///FILE",
        ),
        (f"mysql://u:{SECRET}@h/db", "starts with mysql://. Allowed: sqlite:///FILE"),
        (f"postgresql://u:{SECRET}@h/db", "starts with postgresql://. Allowed"),
        ("mysql+mysqlconnector://u:p@s3cret@h/db", "Percent-encode @"),
        (f"mysql+mysqlconnector://u:{SECRET}@h:port/db", "is not valid. Allowed"),
        (f"mysql+mysqlconnector://u:{SECRET}@h", "names no database"),
        ("s3cret", "is not valid. Allowed"),
        ("mysql+mysqlconnector://u@h/db?s3=1&charset=utf8mb4", "unknown options: s3."),
        ("sqlite://", "in memory is lost"),
    ],
)
def test_a_url_that_leads_nowhere_says_why(url: str, expected: str) -> None:
    assert expected in refusal(lambda: read_one(url))


@pytest.mark.mysql
def test_a_wrong_password_is_not_shown(reader_url: str) -> None:
    wrong = make_url(reader_url).set(password="s3cretly-wrong")

    message = refusal(lambda: read_one(wrong.render_as_string(hide_password=False)))

    assert f"user {wrong.username}@127.0.0.1 was refused by" in message
    assert "wrong user name or password" in message


@pytest.mark.mysql
def test_an_unknown_database_names_the_statement_that_creates_it(mysql_url: str) -> None:
    missing = make_url(mysql_url).set(database="lstm_assets_none")

    message = refusal(lambda: read_one(missing.render_as_string(hide_password=False)))

    assert "Run CREATE DATABASE lstm_assets_none" in message


@pytest.mark.mysql
def test_a_missing_right_names_right_table_and_remedy(reader_url: str) -> None:
    engine = open_engine(reader_url)
    assert pending(engine) == []

    def write() -> None:
        with begin(engine) as conn:
            set_status(conn, "USD-0001", Status.RUNNING)

    message = refusal(write)
    engine.dispose()
    assert re.search(r"lacks a privilege .*INSERT.* denied .*TB_TASKSTATUS.* Run GRANT", message)


@pytest.mark.mysql
def test_a_text_over_the_width_is_refused_rather_than_cut(mysql_url: str) -> None:
    engine = open_engine(mysql_url)
    migrate(engine)

    def write() -> None:
        with begin(engine) as conn:
            insert(conn, table(conn, "TB_TASKSTATUS"), [{"CODE_TASK": "X" * 21}])

    assert "Data too long for column 'CODE_TASK'" in refusal(write)
    engine.dispose()


@pytest.mark.mysql
def test_a_lost_connection_is_replaced(mysql_server: Server, mysql_url: str) -> None:
    engine = open_engine(mysql_url)
    migrate(engine)
    calls = []

    def work(conn: Connection) -> None:
        calls.append(conn.scalar(text("SELECT CONNECTION_ID()")))
        if len(calls) == 1:
            mysql_server.run(f"KILL {calls[0]}")
        set_status(conn, "USD-0001", Status.RUNNING)

    in_transaction(engine, work)
    engine.dispose()

    assert len(set(calls)) == 2


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but long enough to have a header " * 20)

    assert "is not an SQLite database" in refusal(lambda: read_one(f"sqlite:///{file}"))
    assert file.read_text().startswith("not a database")


def test_a_folder_that_cannot_be_written_is_a_home_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(HomeError, match=r"file/home cannot be written: .* Point LSTM_ASSETS_HOME"):
        open_engine(f"sqlite:///{tmp_path}/file/home/store.db")


def test_a_folder_in_the_file_s_place_cannot_be_opened(tmp_path: Path) -> None:
    assert "cannot be opened" in refusal(lambda: read_one(f"sqlite:///{tmp_path}"))


def test_a_full_disk_says_so(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    migrate(engine)

    def fill() -> None:
        with begin(engine) as conn:
            conn.exec_driver_sql("PRAGMA max_page_count = 1")  # as full as a disk can be
            rows = [{"CODE_TASK": f"USD-{i:04d}", "NOTE": "x" * 300} for i in range(1000)]
            insert(conn, table(conn, "TB_TASKSTATUS"), rows)

    assert "has no free space: database or disk is full. Free some space" in refusal(fill)
    engine.dispose()


def test_a_database_locked_for_long_says_so(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "SECONDS_BUSY", 0.1)
    engine = open_engine(sqlite_url)
    migrate(engine)
    other = sqlite3.connect(str(engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    message = refusal(lambda: in_transaction(engine, lambda conn: None))

    other.close()
    engine.dispose()
    assert "is locked by another process. Wait until it has finished" in message


def test_a_transaction_is_kept_whole_or_not_at_all(engine: Engine) -> None:
    def write(code: str, after: int) -> None:
        with begin(engine) as conn:
            set_status(conn, code, Status.RUNNING)
            _ = 1 / after

    write("USD-0001", after=1)
    with pytest.raises(ZeroDivisionError):
        write("USD-0002", after=0)

    with connect(engine) as conn:
        found = conn.scalars(table(conn, "TB_TASKSTATUS").select()).all()
    assert found == ["USD-0001"]


def test_interrupted_work_is_repeated_from_its_start(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module.time, "sleep", lambda seconds: None)
    calls = []

    def work(conn: Connection) -> int:
        calls.append(1)
        insert(conn, table(conn, "TB_TASKSTATUS"), [{"CODE_TASK": "USD-0001"}])
        if len(calls) < 3:
            raise TransientError("interrupted")
        return len(calls)

    assert in_transaction(engine, work) == 3


def test_work_is_not_repeated_for_ever(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module.time, "sleep", lambda seconds: None)
    row = {"CODE_TASK": "USD-0001"}

    def write_twice(conn: Connection) -> None:
        insert(conn, table(conn, "TB_TASKSTATUS"), [row])
        insert(conn, table(conn, "TB_TASKSTATUS"), [row])

    assert "already has this row" in refusal(lambda: in_transaction(engine, write_twice))
