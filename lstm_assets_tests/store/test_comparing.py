"""Tables that exist are looked at before anything is written."""

import json
import re

import pytest
from sqlalchemy import Engine, inspect, make_url, text

from lstm_assets.errors import StoreError
from lstm_assets.store.engine import begin, connect, open_engine
from lstm_assets.store.hyperparameters import register_cells
from lstm_assets.store.migrations import check, migrate
from lstm_assets.store.prices import read_adjusted, read_raw
from lstm_assets.store.results import read_results, read_version, read_versions
from lstm_assets.store.status import read_statuses
from lstm_assets.store.widening import widen
from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.store.existing import DECIMAL_TABLES, FLOAT_TABLES, make, run_sql
from lstm_assets_tests.store.proposals import proposal

WIDEN = r"Run `lstm-assets init-db --widen`, which keeps every value, or "
COPY = r"SQLite cannot change it in place: rename the table, run `lstm-assets init-db`, and copy"


def refused(engine: Engine) -> str:
    """The one line with which the tables are refused; nothing may be written before."""
    before = tables(engine)
    with pytest.raises(StoreError) as error:
        migrate(engine)
    assert tables(engine) == before
    assert "\n" not in str(error.value)
    return str(error.value)


def tables(engine: Engine) -> list[str]:
    with connect(engine) as conn:
        return inspect(conn).get_table_names()


REAL = "LEARNING_RATE DOUBLE"


@pytest.mark.mysql
@pytest.mark.parametrize(
    ("table", "old", "new", "told"),
    [
        ("TB_HYPERPARAMETER", REAL, "LEARNING_RATE FLOAT",
         r"TB_HYPERPARAMETER\.LEARNING_RATE in .* is FLOAT, expected DOUBLE: .*"
         + WIDEN + r"`ALTER TABLE TB_HYPERPARAMETER MODIFY LEARNING_RATE DOUBLE`\.$"),
        ("TB_HYPERPARAMETER", REAL, "LEARNING_RATE FLOAT(7,2)", r"is FLOAT\(7,2\).*" + WIDEN),
        ("TB_HYPERPARAMETER", REAL, "LEARNING_RATE DOUBLE(9,3)", r"is DOUBLE\(9,3\).*" + WIDEN),
        ("TB_HYPERPARAMETER", REAL, "LEARNING_RATE DOUBLE UNSIGNED", "UNSIGNED.*" + WIDEN),
        ("TB_HYPERPARAMETER", REAL, "LEARNING_RATE NUMERIC(20,8)", r"is DECIMAL\(20,8\).*" + WIDEN),
        ("TB_HYPERPARAMETER", REAL, "LEARNING_RATE INT", r"is INT.* Run `ALTER TABLE"),
        ("TB_HYPERPARAMETER", "EPOCH INT", "EPOCH SMALLINT", r"is SMALLINT.*" + WIDEN),
        ("TB_HYPERPARAMETER", "EPOCH INT", "EPOCH DOUBLE", r"is DOUBLE, expected INT.*Run `ALTER"),
        ("TB_TASKSTATUS", "IDX_TASK INT", "IDX_TASK INT UNSIGNED", r"UNSIGNED.*Run `ALTER"),
        ("TB_TASKSTATUS", "CODE_TASK VARCHAR(20)", "CODE_TASK VARCHAR(10)",
         r"is VARCHAR\(10\), expected VARCHAR\(20\).*MODIFY CODE_TASK VARCHAR\(20\) NOT NULL`"),
        ("TB_TASKSTATUS", "DATE_UPDATE DATETIME", "DATE_UPDATE DATE", r"is DATE, expected"),
        ("TB_TASKSTATUS", "DATE_UPDATE DATETIME", "DATE_UPDATE TIMESTAMP", r"is TIMESTAMP"),
        ("TB_ASSETVALUE_RAW", "DATE_MARKET VARCHAR(20)", "DATE_MARKET DATE", r"expected VARCHAR"),
        ("TB_TASKSTATUS", "STATUS VARCHAR(20)", "STATUS ENUM('Completed')", r"is ENUM.*Run `ALTER"),
        ("TB_TASKSTATUS", "STATUS VARCHAR(20)", "STATUS VARBINARY(20)", r"is VARBINARY"),
        ("TB_TASKSTATUS", "TICKER VARCHAR(20)", "TICKER VARCHAR(30) NOT NULL",
         r"TICKER in .* NOT NULL.*MODIFY TICKER VARCHAR\(30\) NULL`"),
        ("TB_HYPERPARAMETER_EXT", "PARAMS TEXT", "PARAMS VARCHAR(200)", r"expected TEXT.*" + WIDEN),
        ("TB_TASKSTATUS", "(CODE_TASK)", "(CODE_TASK(5))", r"has no primary key"),
    ],
)  # fmt: skip
def test_what_would_change_or_refuse_a_value_is_refused_with_the_change(
    mysql_url: str, table: str, old: str, new: str, told: str
) -> None:
    engine = open_engine(mysql_url)
    make(engine, table, old, new)

    message = refused(engine)
    engine.dispose()

    assert message.startswith(f"{table}")
    assert re.search(told, message), message


@pytest.mark.parametrize(
    ("table", "old", "new", "told"),
    [
        ("TB_TASKSTATUS", ",\n    PRIMARY KEY (CODE_TASK)", "",
         r"TB_TASKSTATUS in .* has no primary key, expected \(CODE_TASK\)"),
        ("TB_ASSETVALUE_RAW", "KEY (DATE_MARKET, TICKER)", "KEY (DATE_MARKET)",
         r"has the primary key \(DATE_MARKET\), expected \(DATE_MARKET, TICKER\)"),
        ("TB_HYPERPARAMETER", "EPOCH INT,", "", r"EPOCH in .* is missing.*ADD COLUMN EPOCH INT`"),
        ("TB_HYPERPARAMETER", "EPOCH INT", "epoch INT", r"missing.*RENAME COLUMN epoch TO EPOCH`"),
        ("TB_HYPERPARAMETER", "EPOCH INT", "OWNER VARCHAR(9) NOT NULL, EPOCH INT",
         r"OWNER in .* NOT NULL without a default"),
        ("TB_MODELRESULT", "LOSS DOUBLE", "LOSS DOUBLE NOT NULL", r"LOSS in .* NOT NULL"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_of_rows_is_refused_on_every_database(
    empty_engine: Engine, table: str, old: str, new: str, told: str
) -> None:
    make(empty_engine, table, old, new)

    message = refused(empty_engine)

    assert re.search(told, message), message


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("TB_HYPERPARAMETER", REAL, "LEARNING_RATE TEXT"),
        ("TB_HYPERPARAMETER", REAL, "LEARNING_RATE DATETIME"),
        ("TB_HYPERPARAMETER", "EPOCH INT", "EPOCH VARCHAR(9)"),
        ("TB_ASSETVALUE_RAW", "TICKER VARCHAR(20)", "TICKER NUMERIC"),
        ("TB_TASKSTATUS", "DATE_UPDATE DATETIME", "DATE_UPDATE TEXT"),
        ("TB_TASKSTATUS", "CODE_TASK VARCHAR(20)", "CODE_TASK VARCHAR(20) COLLATE NOCASE"),
    ],
)
def test_sqlite_tables_that_would_change_a_value_are_refused(
    sqlite_url: str, table: str, old: str, new: str
) -> None:
    engine = open_engine(sqlite_url)
    make(engine, table, old, new)

    assert COPY in refused(engine)
    engine.dispose()


@pytest.mark.mysql
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
         r"TB_TASKSTATUS\.CODE_TASK in .* has collation utf8mb4_general_ci, .*GOLD"),
        ("MODIFY TICKER VARCHAR(20) CHARACTER SET latin1", r"character set latin1"),
    ],
)  # fmt: skip
def test_a_table_that_was_altered_later_is_refused_at_the_next_start(
    mysql_url: str, change: str, told: str
) -> None:
    engine = open_engine(mysql_url)
    migrate(engine)
    check(engine)
    run_sql(engine, f"ALTER TABLE TB_TASKSTATUS {change}")

    remedy = "`ALTER TABLE TB_TASKSTATUS CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`"
    with pytest.raises(StoreError, match=told) as error:
        check(engine)
    engine.dispose()
    assert remedy in str(error.value)


@pytest.mark.mysql
def test_several_mistakes_are_counted_and_what_only_its_owner_can_change_comes_first(
    mysql_url: str,
) -> None:
    engine = open_engine(mysql_url)
    run_sql(engine, FLOAT_TABLES)
    assert "14 more to change." in refused(engine)
    run_sql(engine, "ALTER TABLE TB_TASKSTATUS DROP PRIMARY KEY")

    message = refused(engine)
    engine.dispose()

    assert message.startswith("TB_TASKSTATUS in ")
    assert "15 more to change." in message


ROWS = FLOAT_TABLES.partition("INSERT")[1] + FLOAT_TABLES.partition("INSERT")[2]
BARS = "INSERT INTO TB_ASSETVALUE_{} VALUES ('2023-01-02', 'T', 43238.38, 3, 2, NULL, 1e11, NULL);"


@pytest.mark.parametrize("script", [FLOAT_TABLES, DECIMAL_TABLES + ROWS], ids=["float", "decimal"])
def test_reference_tables_with_rows_in_all_five_are_taken_over(
    empty_engine: Engine, script: str
) -> None:
    run_sql(empty_engine, script + BARS.format("RAW") + BARS.format("ADJ"))
    values = {
        "epoch": 1, "batch_size": 32, "ratio_train_set": 0.8, "size_sequence": 5,
        "size_unit_input": 4, "size_unit_hidden": 4, "size_unit_output": 1,
    }  # fmt: skip
    tuples = [values | {"learning_rate": r} for r in (0.001, 0.01, 0.0012345678, 0.00123456781)]
    widened = widen(empty_engine)

    check(empty_engine)
    assert (len(widened) == 0) is (empty_engine.dialect.name == "sqlite")
    for news in ([False, False, True, True], [False] * 4):
        cells = register_cells(empty_engine, "FT", "T", proposal(*tuples)).cells
        assert [cell.code_task for cell in cells] == ["FT-0001", "FT-0002", "FT-0010", "FT-0011"]
        assert [cell.new for cell in cells] == news
    with connect(empty_engine) as conn:
        results = read_results(conn, "FT")
        statuses = read_statuses(conn, "FT")
        bars = read_raw(conn, "T", None, None).bars
        adjusted = read_adjusted(conn, "T", None, None)
        kept = [read_version(conn, "FT-0001", 3), read_version(conn, "FT-0009", 0)]
        versions = read_versions(conn, "FT")
    assert [round(each.mse or 0, 6) for each in kept if each] == [1.5, 0.1]
    assert versions == {}  # nothing is known of how they were trained
    assert [(r.code_task, r.loss, r.mse) for r in results] == [
        ("FT-0001", 0.5, 1.5),
        ("FT-0009", None, 0.1),
    ]
    assert json.dumps([r.mse for r in results]) == "[1.5, 0.1]"  # no Decimal
    assert [row.status for row in statuses if row.code_task == "FT-0002"] == ["Error"]
    assert bars.iloc[0]["open"] == adjusted.iloc[0]["open"] == 43238.38
    assert bars.iloc[0]["volume"] == 1e11 or "FLOAT" in script


def test_a_column_that_others_added_does_no_harm(engine: Engine) -> None:
    run_sql(engine, "ALTER TABLE TB_TASKSTATUS ADD COLUMN OWNER VARCHAR(9) DEFAULT 'me' NOT NULL")

    check(engine)
    with begin(engine) as conn:
        conn.execute(text("INSERT INTO TB_TASKSTATUS (CODE_TASK) VALUES ('A')"))


@pytest.mark.mysql
def test_a_right_that_is_missing_is_one_line(mysql_server: Server, mysql_url: str) -> None:
    engine = open_engine(mysql_url)
    run_sql(engine, FLOAT_TABLES.replace("FLOAT", "DOUBLE"))
    engine.dispose()
    url = make_url(mysql_url)
    mysql_server.run(
        "CREATE OR REPLACE USER reader@'%'",
        f"GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON {url.database}.* TO reader@'%'",
    )
    engine = open_engine(
        url.set(username="reader", password=None).render_as_string(hide_password=False)
    )
    with pytest.raises(StoreError, match=r"reader@.* lacks a privilege .* ALTER"):
        migrate(engine)
    engine.dispose()
    mysql_server.run("DROP USER reader@'%'")
