"""Opening the database in the settings for reading."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from lstm_assets.errors import StoreError
from lstm_assets.settings import DATABASE_URL
from lstm_assets.store.engine import begin, connect, in_transaction, open_engine
from lstm_assets.store.migrations import migrate
from lstm_assets.store.setup import readable
from lstm_assets.store.status import Status, read_statuses, set_status


@pytest.fixture
def given(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(DATABASE_URL, database_url)
    return database_url


def write(engine: Engine, code: str) -> None:
    in_transaction(engine, lambda conn: set_status(conn, code, Status.COMPLETED, idx_task=1))


def codes(engine: Engine) -> list[str]:
    with connect(engine) as conn:
        return [row.code_task for row in read_statuses(conn, "T")]


def test_it_reads_what_another_writes_meanwhile(given: str) -> None:
    writer = open_engine(given)
    migrate(writer)
    with connect(writer):
        write(writer, "T-RAW")
        reader = readable()
        first = codes(reader)
        write(writer, "T-ADJ")

        assert (first, codes(reader)) == (["T-RAW"], ["T-ADJ", "T-RAW"])


def test_it_cannot_write(given: str) -> None:
    migrate(open_engine(given))

    with pytest.raises(StoreError):
        write(readable(), "T-RAW")


def test_a_database_without_tables_is_told(given: str) -> None:
    with begin(open_engine(given)):
        pass

    with pytest.raises(StoreError, match=r"has no tables yet. Run `lstm-assets tune` or"):
        readable()


def test_an_older_database_is_told(given: str) -> None:
    engine = open_engine(given)
    migrate(engine)
    with begin(engine) as conn:
        conn.execute(text("DELETE FROM TB_MIGRATION WHERE NUMBER = 4"))

    with pytest.raises(StoreError, match=r"lacks what 0004_.* brings. Run `lstm-assets init-db`"):
        readable()


def test_a_user_who_may_only_select_can_read(
    mysql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(mysql_url)
    migrate(engine)
    write(engine, "T-RAW")
    with begin(engine) as conn:
        conn.execute(text("CREATE OR REPLACE USER reader@'%' IDENTIFIED BY 'secret'"))
        conn.execute(text("CREATE OR REPLACE USER reader@localhost IDENTIFIED BY 'secret'"))
        for host in ("'%'", "localhost"):
            conn.execute(text(f"GRANT SELECT ON {engine.url.database}.* TO reader@{host}"))
    url = engine.url.set(username="reader", password="secret")
    monkeypatch.setenv(DATABASE_URL, url.render_as_string(hide_password=False))

    assert codes(readable()) == ["T-RAW"]


def test_reading_a_file_leaves_none_beside_it(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(sqlite_url)
    migrate(engine)
    write(engine, "T-RAW")
    engine.dispose()
    monkeypatch.setenv(DATABASE_URL, sqlite_url)

    assert codes(readable()) == ["T-RAW"]
    assert [path.name for path in tmp_path.iterdir()] == ["store.db"]
