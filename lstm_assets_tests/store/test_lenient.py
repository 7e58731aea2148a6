"""Values that only SQLite stores: what another program wrote into columns of other types."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from lstm_assets.store.engine import begin, connect, open_engine
from lstm_assets.store.migrations import migrate
from lstm_assets.store.tables import table


def at(*parts: int) -> datetime:
    """A time in UTC, without a zone, as DATE_UPDATE."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[misc, arg-type]


@pytest.fixture
def lite(sqlite_url: str) -> Engine:
    engine = open_engine(sqlite_url)
    migrate(engine)
    return engine


def read(engine: Engine, name: str, column: str, value: object) -> object:
    """What a column reads after another program has written a value."""
    with begin(engine) as conn:
        insert = f"INSERT INTO {name} (CODE_TASK, {column}) VALUES ('A-1', :v)"
        conn.execute(text(insert), {"v": value})
    with connect(engine) as conn:
        return conn.execute(table(conn, name).select()).mappings().one()[column]


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("2023-01-01", at(2023, 1, 1)),
        ("2023-01-01 12:30:00.5", at(2023, 1, 1, 12, 30, 0, 500000)),
        ("2023-01-01T12:30:00+09:00", at(2023, 1, 1, 3, 30)),
        ("yesterday", None),
        ("", None),
        (1700000000, None),
        (b"\xff", None),
        (None, None),
    ],
)
def test_what_is_no_time_is_read_as_none(lite: Engine, stored: object, expected: object) -> None:
    assert read(lite, "TB_TASKSTATUS", "DATE_UPDATE", stored) == expected


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (5, 5),
        (2**62 + 1, 2**62 + 1),
        ("6", 6),
        (b"1e3", 1000),
        (7.0, 7),
        (7.5, None),
        ("first", None),
        (None, None),
    ],
)
def test_what_is_no_whole_number_is_read_as_none(
    lite: Engine, stored: object, expected: object
) -> None:
    assert read(lite, "TB_TASKSTATUS", "IDX_TASK", stored) == expected


@pytest.mark.parametrize(
    ("stored", "expected"), [(0.1, 0.1), (3, 3.0), ("nan", None), ("-", None), (float("inf"), None)]
)
def test_what_is_no_finite_number_is_read_as_none(
    lite: Engine, stored: object, expected: object
) -> None:
    assert read(lite, "TB_MODELRESULT", "MSE", stored) == expected
