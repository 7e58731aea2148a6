"""Rows that somebody else's program has written: every command reads them."""

import pytest

from lstm_assets_tests.site import Site

STATUSES = {
    "TINY-0001": "'Finished'",
    "TINY-0002": "' completed '",
    "TINY-0003": "NULL",
    "TINY-0004": "'완료 [red]'",
    "TINY-RAW": "'Done'",
}
ODD = [
    "UPDATE TB_TASKSTATUS SET IDX_TASK = NULL, TICKER = NULL, DATE_UPDATE = NULL",
    "INSERT INTO TB_TASKSTATUS (CODE_TASK, NOTE) VALUES ('TINY-OLD', 'two\nlines [bold]')",
    "UPDATE TB_MODELRESULT SET VERSION_MODEL = NULL, TICKER = NULL WHERE CODE_TASK = 'TINY-0001'",
    "UPDATE TB_MODELRESULT SET MSE = NULL, LOSS = NULL, ACCURACY = NULL "
    "WHERE CODE_TASK = 'TINY-0002'",
    "UPDATE TB_MODELRESULT SET DATE_E_TRAIN = '2020-06-08', DATE_E_TEST = '18.07.2020', "
    "DATE_B_TEST = NULL WHERE CODE_TASK = 'TINY-0003'",
    "INSERT INTO TB_MODELRESULT (CODE_TASK, MSE) VALUES ('TINY-0900', 0.5)",
    "INSERT INTO TB_HYPERPARAMETER (CODE_TASK, EPOCH) VALUES ('TINY-0901', 7)",
    "INSERT INTO TB_HYPERPARAMETER_EXT (CODE_TASK, MODEL, PARAMS, METHOD) "
    "VALUES ('TINY-0901', 'gru', '{\"depth\": 2}', 'magic')",
    "INSERT INTO TB_HYPERPARAMETER (CODE_TASK) VALUES ('TINY-0902')",
    "INSERT INTO TB_HYPERPARAMETER_EXT (CODE_TASK, MODEL, EPOCH_FULL) "
    "VALUES ('TINY-0902', 'lstm', 9)",
    "INSERT INTO TB_TASKRUN (CODE_TASK) VALUES ('TINY-0903')",
    "UPDATE TB_BESTMODEL SET NOTE = NULL, TICKER = NULL, PATH_MODEL = NULL",
]


@pytest.fixture
def foreign(copy: Site) -> Site:
    """A tuned study, of which another program has changed rows in every table."""
    for code, status in STATUSES.items():
        copy.execute(f"UPDATE TB_TASKSTATUS SET STATUS = {status} WHERE CODE_TASK = '{code}'")
    for statement in ODD:
        copy.execute(statement)
    return copy


def test_a_status_is_shown_and_counted_as_it_stands(foreign: Site) -> None:
    done = foreign.here("status", "TINY")

    assert (done.status, done.stderr) == (0, "")
    assert "4 cells: 1 NotExecuted, 1 completed, 1 Finished, 1 완료 [red]" in done.stdout
    assert ["Done" in line for line in done.stdout.splitlines() if "TINY-RAW" in line] == [True]
    assert "two lines [bold]" in done.stdout


@pytest.mark.parametrize(
    "command", [["leaderboard"], ["leaderboard", "--format", "json"], ["report"]]
)
def test_every_reader_reads_them(
    foreign: Site, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(foreign.folder)

    done = foreign.here(*command)

    assert (done.status, done.stderr) == (0, "")


def test_a_winner_without_numbers_is_none(foreign: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(foreign.folder)
    foreign.execute("UPDATE TB_BESTMODEL SET MSE = NULL")

    board, report = foreign.here("leaderboard"), foreign.here("report")

    assert (board.status, report.status) == (0, 0)
    assert "Winner" not in board.stdout


def test_tuning_goes_on_from_them(foreign: Site) -> None:
    done = foreign.here("tune", "--workers", "0")

    assert done.status == 0
    rows = {row["CODE_TASK"]: row["STATUS"] for row in foreign.rows("TB_TASKSTATUS")}
    assert {rows[code] for code in STATUSES} == {"Completed"}


def test_times_that_are_none_do_not_stop_a_reader(foreign: Site) -> None:
    if foreign.database_url:
        pytest.skip("a server refuses such a time itself")
    foreign.execute("UPDATE TB_TASKSTATUS SET DATE_UPDATE = 'yesterday', IDX_TASK = 'first'")
    foreign.execute("UPDATE TB_MODELRESULT SET MSE = 'nan', VERSION_MODEL = 'v1'")

    assert foreign.here("status").status == 0
    assert foreign.here("leaderboard").status == 0
