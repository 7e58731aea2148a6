import shutil
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from lstm_assets.errors import StoreError
from lstm_assets.store.engine import begin, connect, open_engine
from lstm_assets.store.hyperparameters import register_cells
from lstm_assets.store.migrations import migrate, pending
from lstm_assets.store.results import read_best, read_repeats, read_results, write_result
from lstm_assets.store.sql_files import sql_folder
from lstm_assets.store.tables import table
from lstm_assets_tests.store.processes import at_once
from lstm_assets_tests.store.proposals import proposal
from lstm_assets_tests.store.results import RESULT

REFERENCE = [
    "TB_ASSETVALUE_RAW",
    "TB_ASSETVALUE_ADJ",
    "TB_HYPERPARAMETER",
    "TB_MODELRESULT",
    "TB_TASKSTATUS",
]
PLATFORM = [
    "TB_ASSETACTION",
    "TB_HYPERPARAMETER_EXT",
    "TB_MODELHISTORY",
    "TB_BESTMODEL",
    "TB_TASKRUN",
    "TB_BESTHISTORY",
    "TB_BASELINE",
]
ALL = REFERENCE + PLATFORM


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(sql_folder(), tmp_path / "sql"))


def migrate_at(url: str) -> dict[str, str]:
    return dict(migrate(open_engine(url)))


def test_a_first_run_creates_and_a_second_finds(empty_engine: Engine) -> None:
    files = [
        "0001_reference_tables",
        "0002_platform_tables",
        "0003_task_runs",
        "0004_search_rounds",
        "0005_kept_tables",
        "0006_failures",
        "0007_holdout",
        "0008_results",
    ]
    assert pending(empty_engine) == files
    assert migrate(empty_engine) == dict.fromkeys(ALL, "created")
    assert pending(empty_engine) == []
    assert migrate(empty_engine) == dict.fromkeys(ALL, "already exists")


def test_two_processes_migrate_at_once(database_url: str) -> None:
    first, second = at_once(migrate_at, (database_url,), (database_url,))

    assert list(first) == list(second) == ALL
    assert sorted({*first.values(), *second.values()}) == ["already exists", "created"]


def test_a_legacy_database_keeps_its_rows(empty_engine: Engine) -> None:
    with begin(empty_engine) as conn:
        for part in (sql_folder() / "0001_reference_tables.sql").read_text().split(";")[:-1]:
            conn.exec_driver_sql(part.replace(" IF NOT EXISTS", ""))
        conn.execute(
            text(
                "INSERT INTO TB_TASKSTATUS VALUES "
                "('USDKRW-0001', 'USD/KRW', 5, 'Completed', '', '2023-01-02 03:04:05')"
            )
        )

    created = migrate(empty_engine)

    assert created == dict.fromkeys(REFERENCE, "already exists") | dict.fromkeys(
        PLATFORM, "created"
    )
    with connect(empty_engine) as conn:
        (row,) = conn.execute(table(conn, "TB_TASKSTATUS").select()).all()
    kept = ("USDKRW-0001", "USD/KRW", 5, "Completed", "", datetime(2023, 1, 2, 3, 4, 5))  # noqa: DTZ001
    assert tuple(row) == kept


def test_an_old_database_gains_the_columns_of_results_and_claims_nothing(
    empty_engine: Engine, folder: Path
) -> None:
    for later in ("0007_holdout.sql", "0008_results.sql"):
        (folder / later).unlink()
    migrate(empty_engine, folder)
    with begin(empty_engine) as conn:
        row = {name.upper(): value for name, value in asdict(RESULT).items()}
        for name in ("TB_MODELRESULT", "TB_MODELHISTORY"):
            old = table(conn, name)
            conn.execute(old.insert().values({n: v for n, v in row.items() if n in old.columns}))
        conn.execute(
            table(conn, "TB_BESTMODEL")
            .insert()
            .values(CODE_STUDY="USD", CODE_TASK="USD-0001", VERSION_MODEL=1, MSE=4, MSE_NAIVE=5)
        )

    assert pending(empty_engine) == ["0007_holdout", "0008_results"]
    migrate(empty_engine)

    with connect(empty_engine) as conn:
        best, [result] = read_best(conn, "USD"), read_results(conn, "USD")
        assert read_repeats(conn, "USD") == []
    assert best is not None
    assert (best.verdict, best.tries, best.mse) == ("no holdout: nothing is claimed", None, 4)
    assert (result.mse, result.seed, result.relative_mse) == (RESULT.mse, RESULT.seed, None)


@pytest.mark.mysql
def test_legacy_tables_of_another_collation_work_beside_the_new(mysql_url: str) -> None:
    engine = open_engine(mysql_url)
    with begin(engine) as conn:
        ddl = (sql_folder() / "0001_reference_tables.sql").read_text()
        for part in ddl.replace("utf8mb4 */", "utf8mb4 COLLATE utf8mb4_unicode_ci */").split(";"):
            if "CREATE" in part:
                conn.exec_driver_sql(part)
    migrate(engine)

    tuples: list[dict[str, object]] = [{"epoch": 20, "learning_rate": 0.001}]
    for _ in range(2):
        (cell,) = register_cells(engine, "USD", "T", proposal(*tuples)).cells
    with begin(engine) as conn:
        write_result(conn, RESULT)
        (result,) = read_results(conn, "USD")
    engine.dispose()

    assert (cell.code_task, cell.new) == ("USD-0001", False)
    assert result.seed == RESULT.seed


def test_a_dropped_table_is_made_again_with_all_later_changes(
    empty_engine: Engine, folder: Path
) -> None:
    migrate(empty_engine)
    assert "EXTRA" not in table(empty_engine, "TB_BESTMODEL").c
    (folder / "0009_more.sql").write_text(
        "ALTER TABLE TB_BESTMODEL ADD COLUMN EXTRA INT;\n"
        "ALTER TABLE TB_MODELHISTORY ADD COLUMN EXTRA INT;\n"
    )
    migrate(empty_engine, folder)
    with begin(empty_engine) as conn:
        conn.exec_driver_sql("DROP TABLE TB_BESTMODEL")

    assert pending(empty_engine, folder) == ["0002_platform_tables"]
    assert migrate(empty_engine, folder)["TB_BESTMODEL"] == "created"
    assert "EXTRA" in table(empty_engine, "TB_BESTMODEL").c


def test_a_migration_killed_in_its_middle_goes_on(empty_engine: Engine, folder: Path) -> None:
    migrate(empty_engine)
    with begin(empty_engine) as conn:  # as MySQL has it, which commits at every ALTER TABLE
        conn.exec_driver_sql("ALTER TABLE TB_BESTMODEL ADD COLUMN FIRST_COLUMN INT")
    (folder / "0009_more.sql").write_text(
        "ALTER TABLE TB_BESTMODEL ADD COLUMN FIRST_COLUMN INT;\n"
        "ALTER TABLE TB_BESTMODEL ADD COLUMN SECOND_COLUMN INT;\n"
    )

    migrate(empty_engine, folder)

    assert {"FIRST_COLUMN", "SECOND_COLUMN"} <= set(table(empty_engine, "TB_BESTMODEL").c.keys())
    assert pending(empty_engine, folder) == []


def test_a_changed_file_is_refused(empty_engine: Engine, folder: Path) -> None:
    migrate(empty_engine, folder)
    with (folder / "0002_platform_tables.sql").open("a") as file:
        file.write("DROP TABLE TB_BESTMODEL;\n")

    with pytest.raises(StoreError, match=r"sql/0002_platform_tables\.sql was changed after it ran"):
        migrate(empty_engine, folder)
    assert "TB_BESTMODEL" in table(empty_engine, "TB_BESTMODEL").name


def test_other_line_ends_are_no_change(empty_engine: Engine, folder: Path) -> None:
    migrate(empty_engine, folder)
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert pending(empty_engine, folder) == []


def test_a_newer_database_is_refused(engine: Engine) -> None:
    with begin(engine) as conn:
        conn.execute(text("INSERT INTO TB_MIGRATION VALUES (9, '0009_later', 'x', NULL)"))

    for act in (migrate, pending):
        with pytest.raises(StoreError, match=r"0009_later, which .* not know. Upgrade lstm_assets"):
            act(engine)


def test_a_migration_that_failed_half_way_is_completed(empty_engine: Engine, folder: Path) -> None:
    whole = (folder / "0002_platform_tables.sql").read_text()
    (folder / "0002_platform_tables.sql").write_text(whole + "CREATE NONSENSE;\n")
    with pytest.raises(StoreError):
        migrate(empty_engine, folder)
    (folder / "0002_platform_tables.sql").write_text(whole)

    assert "0002_platform_tables" in pending(empty_engine, folder)
    assert list(migrate(empty_engine, folder)) == ALL
    assert pending(empty_engine, folder) == []


def test_a_missing_table_names_the_remedy(empty_engine: Engine) -> None:
    with pytest.raises(StoreError, match=r"table TB_TASKSTATUS is missing in .*Run `lstm-assets"):
        table(empty_engine, "TB_TASKSTATUS")
