"""Columns that were too narrow keep what they hold."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event

from lstm_assets.errors import StoreError
from lstm_assets.store.engine import connect, open_engine
from lstm_assets.store.hyperparameters import read_cells, register_cells
from lstm_assets.store.migrations import check, pending
from lstm_assets.store.status import read_statuses
from lstm_assets.store.widening import widen
from lstm_assets_tests.store.existing import DECIMAL_TABLES, FLOAT_TABLES, make, run_sql
from lstm_assets_tests.store.processes import at_once
from lstm_assets_tests.store.proposals import proposal

VALUES = {
    "epoch": 1, "batch_size": 32, "ratio_train_set": 0.8, "size_sequence": 5,
    "size_unit_input": 4, "size_unit_hidden": 4, "size_unit_output": 1,
}  # fmt: skip
RATES = (0.001, 0.01, 0.0012345678, 0.00123456781)
BARS = """
INSERT INTO TB_ASSETVALUE_RAW VALUES
  ('2023-01-02', 'GOLD', 43238.38, 64123.45, 0.1, NULL, 12345678848, '2023-01-01');
INSERT INTO TB_ASSETVALUE_ADJ VALUES ('2023-01-02', 'GOLD', 1, 2, 3, 4, NULL, '2023-01-01');
"""

HYPERPARAMETERS = ";".join(
    statement for statement in FLOAT_TABLES.split(";") if "TB_HYPERPARAMETER " in statement
)

pytestmark = pytest.mark.mysql


@pytest.fixture
def float_engine(mysql_url: str) -> Iterator[Engine]:
    """The reference system's tables, with rows in all five."""
    engine = open_engine(mysql_url)
    run_sql(engine, FLOAT_TABLES + BARS)
    yield engine
    engine.dispose()


def rows(engine: Engine, statement: str) -> list[tuple[object, ...]]:
    with connect(engine) as conn:
        return [tuple(row) for row in conn.exec_driver_sql(statement)]


def columns(engine: Engine, table: str) -> list[tuple[object, ...]]:
    return [row[:4] for row in rows(engine, f"SHOW COLUMNS FROM {table}")]


def test_floats_become_the_shortest_decimals_that_they_stand_for(float_engine: Engine) -> None:
    names = [name for name, *_ in columns(float_engine, "TB_ASSETVALUE_RAW")]

    widened = widen(float_engine)

    assert len(widened) == 15
    assert (widened[0].table, widened[0].column) == ("TB_ASSETVALUE_ADJ", "OPEN_P")
    assert (widened[0].before, widened[0].after) == ("FLOAT", "DOUBLE")
    assert [name for name, *_ in columns(float_engine, "TB_ASSETVALUE_RAW")] == names
    prices = "SELECT OPEN_P, HIGH_P, LOW_P, CLOSE_P, VOLUME FROM TB_ASSETVALUE_RAW"
    assert rows(float_engine, prices) == [(43238.38, 64123.45, 0.1, None, 12345679000.0)]
    rates = rows(float_engine, "SELECT LEARNING_RATE FROM TB_HYPERPARAMETER")
    assert rates == [(0.001,), (0.01,), (0.5,)]
    assert widen(float_engine) == []
    assert pending(float_engine) == []
    check(float_engine)


def test_old_rows_keep_their_codes_and_new_tuples_get_new_ones(float_engine: Engine) -> None:
    widen(float_engine)
    tuples = [VALUES | {"learning_rate": rate} for rate in RATES]

    first = register_cells(float_engine, "FT", "T", proposal(*tuples)).cells
    second = register_cells(float_engine, "FT", "T", proposal(*tuples)).cells

    codes = ["FT-0001", "FT-0002", "FT-0010", "FT-0011"]
    assert [cell.code_task for cell in first] == [cell.code_task for cell in second] == codes
    assert [cell.new for cell in first] == [False, False, True, True]
    with connect(float_engine) as conn:
        marks = {code: cell.stored_as for code, cell in read_cells(conn, "FT").items()}
        assert len(read_statuses(conn, "FT")) == 5
    assert marks == dict.fromkeys(codes, "") | {
        "FT-0009": "LEARNING_RATE FLOAT; RATIO_TRAIN_SET FLOAT"
    }


def test_a_rounded_row_takes_the_exact_values_of_the_nearest_tuple(mysql_url: str) -> None:
    engine = open_engine(mysql_url)
    run_sql(engine, DECIMAL_TABLES)
    old = "INSERT INTO TB_HYPERPARAMETER VALUES"
    run_sql(engine, f"{old} ('DC-0001', 1, 32, 0.00123457, 0.8, 5, 4, 4, 1, '2023-01-01')")
    widen(engine)
    far, near = (VALUES | {"learning_rate": rate} for rate in (0.0012345651, 0.0012345699))

    cells = register_cells(engine, "DC", "T", proposal(far, near)).cells
    again = register_cells(engine, "DC", "T", proposal(far, near)).cells

    assert [cell.code_task for cell in cells] == ["DC-0002", "DC-0001"]
    assert [cell.code_task for cell in again] == ["DC-0002", "DC-0001"]
    with connect(engine) as conn:
        found = read_cells(conn, "DC")["DC-0001"]
    engine.dispose()
    assert found.hyperparameters["learning_rate"] == 0.0012345699
    assert found.stored_as == ""


def test_a_value_that_no_double_holds_is_refused_and_nothing_changes(mysql_url: str) -> None:
    engine = open_engine(mysql_url)
    run_sql(engine, DECIMAL_TABLES)
    bar = "'2023-01-02', 'GOLD', 123456789012.12345678, 1, 1, 1, 1, '2023-01-01'"
    run_sql(engine, f"INSERT INTO TB_ASSETVALUE_RAW VALUES ({bar})")
    before = rows(engine, "SHOW TABLES"), columns(engine, "TB_ASSETVALUE_ADJ")

    told = r"RAW\.OPEN_P of DATE_MARKET 2023-01-02, TICKER GOLD is 123456789012\.12345678, and no"
    with pytest.raises(StoreError, match=told):
        widen(engine)

    assert (rows(engine, "SHOW TABLES"), columns(engine, "TB_ASSETVALUE_ADJ")) == before
    engine.dispose()


def test_a_process_that_is_killed_at_any_statement_loses_nothing(mysql_url: str) -> None:
    engine = open_engine(mysql_url)
    run_sql(engine, HYPERPARAMETERS)
    before = rows(engine, "SELECT * FROM TB_HYPERPARAMETER")
    assert columns(engine, "TB_HYPERPARAMETER")[3][1] == "float"

    kills = 0
    while killed_at(engine, kills):  # each call goes on where the one before was killed
        kills += 1
        assert rows(engine, "SELECT COUNT(*), SUM(EPOCH) FROM TB_HYPERPARAMETER") == [(3, 3)]

    assert kills == 5  # before ADD, LOCK, INSERT, DROP and UNLOCK
    assert columns(engine, "TB_HYPERPARAMETER")[3] == ("LEARNING_RATE", "double", "YES", "")
    assert rows(engine, "SELECT * FROM TB_HYPERPARAMETER") == before
    assert len(rows(engine, "SELECT * FROM TB_HYPERPARAMETER_EXT WHERE STORED_AS <> ''")) == 3
    engine.dispose()


def killed_at(engine: Engine, number: int) -> bool:
    """Whether a call was killed before it wrote for the time with this number, from 0."""
    left = [number]

    def kill(*told: object) -> None:
        writes = r"ALTER TABLE TB_\w+R |UPDATE TB_HYP|INSERT INTO TB_\w+EXT|LOCK|UNLOCK"
        if re.match(writes, str(told[2])):
            left[0] -= 1
            if left[0] == -1:
                raise KeyboardInterrupt

    event.listen(engine, "before_cursor_execute", kill)
    try:
        widen(engine)
    except KeyboardInterrupt:
        return True
    finally:
        event.remove(engine, "before_cursor_execute", kill)
    return False


def test_what_else_is_said_of_a_column_stays(mysql_url: str) -> None:
    engine = open_engine(mysql_url)
    new = "LOSS FLOAT DEFAULT 0.5 COMMENT '50% of it''s', KEY of_loss (LOSS, ACCURACY)"
    make(engine, "TB_MODELRESULT", "LOSS DOUBLE", new)
    run_sql(engine, "INSERT INTO TB_MODELRESULT (CODE_TASK, LOSS) VALUES ('A-0001', 0.1)")

    widen(engine)

    (made,) = rows(engine, "SHOW CREATE TABLE TB_MODELRESULT")
    assert "`LOSS` double DEFAULT 0.5 COMMENT '50% of it''s'" in str(made[1])
    assert "KEY `of_loss` (`LOSS`,`ACCURACY`)" in str(made[1])
    assert rows(engine, "SELECT LOSS FROM TB_MODELRESULT") == [(0.1,)]
    engine.dispose()


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("TB_TASKSTATUS", "CODE_TASK VARCHAR(20)", "CODE_TASK VARCHAR(10)"),
        ("TB_MODELHISTORY", "PATH_MODEL VARCHAR(500)", "PATH_MODEL TINYTEXT CHARACTER SET latin1"),
        ("TB_HYPERPARAMETER", "EPOCH INT", "EPOCH SMALLINT UNSIGNED DEFAULT 3"),
        ("TB_HYPERPARAMETER", "LEARNING_RATE DOUBLE", "LEARNING_RATE DOUBLE(9,3)"),
        ("TB_HYPERPARAMETER_EXT", "PARAMS TEXT", "PARAMS VARCHAR(200) CHARACTER SET latin1"),
    ],
)
def test_other_narrow_columns_are_widened_too(
    mysql_url: str, table: str, old: str, new: str
) -> None:
    engine = open_engine(mysql_url)
    make(engine, table, old, new)

    widened = [(each.table, each.column) for each in widen(engine)]

    # A TINYTEXT is made wide enough when its character set changes.
    assert widened == ([(table, old.split()[0])] if "TINY" not in new else [])
    assert widen(engine) == []
    check(engine)
    engine.dispose()


def widen_at(url: str) -> int:
    return len(widen(open_engine(url)))


def test_two_processes_that_widen_at_once_wait_for_each_other(mysql_url: str) -> None:
    engine = open_engine(mysql_url)
    run_sql(engine, HYPERPARAMETERS)

    assert sorted(at_once(widen_at, (mysql_url,), (mysql_url,))) == [0, 2]

    assert len(rows(engine, "SELECT * FROM TB_HYPERPARAMETER WHERE LEARNING_RATE = 0.001")) == 1
    engine.dispose()
