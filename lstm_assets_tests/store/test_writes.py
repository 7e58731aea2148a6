from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from lstm_assets.errors import StoreError
from lstm_assets.store.engine import begin, connect
from lstm_assets.store.tables import table
from lstm_assets.store.writes import insert, replace, upsert


def bars(**values: float | None) -> list[dict[str, object]]:
    return [{"DATE_MARKET": day, "TICKER": "T", "CLOSE_P": close} for day, close in values.items()]


def stored(engine: Engine) -> dict[str, float | None]:
    with connect(engine) as conn:
        rows = conn.execute(table(conn, "TB_ASSETVALUE_RAW").select()).all()
    return {row.DATE_MARKET: row.CLOSE_P for row in rows}


doubles = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)


@given(values=st.lists(doubles, min_size=1, max_size=100))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_doubles_come_back_to_the_last_bit(engine: Engine, values: list[float]) -> None:
    given_bars = {f"d{i:03d}": value for i, value in enumerate([64123.45, 0.1 + 0.2, *values])}
    with begin(engine) as conn:
        raw = table(conn, "TB_ASSETVALUE_RAW")
        replace(conn, raw, raw.c.TICKER == "T", bars(**given_bars))

    assert stored(engine) == given_bars


def test_an_upsert_repeated_changes_nothing(engine: Engine) -> None:
    for _ in range(2):
        with begin(engine) as conn:
            upsert(conn, table(conn, "TB_ASSETVALUE_RAW"), bars(d1=1.5, d2=2.5))
    with begin(engine) as conn:
        upsert(conn, table(conn, "TB_ASSETVALUE_RAW"), bars(d2=7.0, d3=3.5))

    assert stored(engine) == {"d1": 1.5, "d2": 7.0, "d3": 3.5}


def test_a_column_not_given_keeps_its_value(engine: Engine) -> None:
    with begin(engine) as conn:
        raw = table(conn, "TB_ASSETVALUE_RAW")
        upsert(conn, raw, [{"DATE_MARKET": "d1", "TICKER": "T", "OPEN_P": 1.0, "CLOSE_P": 2.0}])
        upsert(conn, raw, bars(d1=3.0))
        (row,) = conn.execute(raw.select()).all()

    assert (row.OPEN_P, row.CLOSE_P) == (1.0, 3.0)


def test_a_failed_replace_leaves_the_old_rows(engine: Engine) -> None:
    with begin(engine) as conn:
        insert(conn, table(conn, "TB_ASSETVALUE_RAW"), bars(d1=1.0, d2=2.0))

    raw = table(engine, "TB_ASSETVALUE_RAW")
    with pytest.raises(StoreError), begin(engine) as conn:
        replace(conn, raw, raw.c.TICKER == "T", [*bars(d3=3.0), *bars(d3=4.0)])

    assert stored(engine) == {"d1": 1.0, "d2": 2.0}


def test_date_update_is_the_utc_time_of_every_write(engine: Engine) -> None:
    raw = table(engine, "TB_ASSETVALUE_RAW")
    with begin(engine) as conn:
        insert(conn, raw, bars(d1=1.0))
        conn.execute(text("UPDATE TB_ASSETVALUE_RAW SET DATE_UPDATE = '2001-01-01 00:00:00'"))
        upsert(conn, raw, bars(d1=1.0))
        (row,) = conn.execute(raw.select()).all()

    age = datetime.now(UTC).replace(tzinfo=None) - row.DATE_UPDATE
    assert timedelta(0) <= age < timedelta(minutes=1)
    assert row.DATE_UPDATE.microsecond == 0


def test_numpy_scalars_and_nan_are_stored_as_what_they_mean(engine: Engine) -> None:
    with begin(engine) as conn:
        values = bars(d1=np.float64(1.25), d2=np.float32(0.5), d3=float("nan"), d4=None)
        insert(conn, table(conn, "TB_ASSETVALUE_RAW"), values)

    assert stored(engine) == {"d1": 1.25, "d2": 0.5, "d3": None, "d4": None}


def test_an_infinite_number_is_refused(engine: Engine) -> None:
    raw = table(engine, "TB_ASSETVALUE_RAW")
    message = r"TB_ASSETVALUE_RAW.CLOSE_P cannot store inf"
    with pytest.raises(StoreError, match=message), begin(engine) as conn:
        insert(conn, raw, bars(d1=float("inf")))


def test_values_are_bound_and_never_read_as_sql(engine: Engine) -> None:
    note = "'); DROP TABLE TB_TASKSTATUS; -- %s %(x)s :x \\ \" ` 환율 📈"
    with begin(engine) as conn:
        statuses = table(conn, "TB_TASKSTATUS")
        upsert(conn, statuses, [{"CODE_TASK": f"USD-{i:04d}", "NOTE": note} for i in range(3)])
        found = conn.scalars(statuses.select().with_only_columns(statuses.c.NOTE)).all()

    assert found == [note] * 3


def test_many_rows_are_written_in_batches(engine: Engine) -> None:
    many = {f"{i:05d}": float(i) for i in range(2500)}
    with begin(engine) as conn:
        upsert(conn, table(conn, "TB_ASSETVALUE_RAW"), bars(**many))

    assert stored(engine) == many


def test_a_column_that_somebody_dropped_is_named(engine: Engine) -> None:
    with begin(engine) as conn:
        odd = [{"DATE_MARKET": "2020-01-01", "TICKER": "T", "CLOSE_Q": 1.0}]
        for write in (insert, upsert):
            with pytest.raises(StoreError, match="table TB_ASSETVALUE_RAW has no column CLOSE_Q"):
                write(conn, table(conn, "TB_ASSETVALUE_RAW"), odd)
