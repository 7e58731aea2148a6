"""What init-db, status and leaderboard say."""

import csv
import io
import json
import re

import pytest

from lstm_assets_tests.site import Row, Site

TABLES = [
    "TB_ASSETVALUE_RAW",
    "TB_ASSETVALUE_ADJ",
    "TB_HYPERPARAMETER",
    "TB_MODELRESULT",
    "TB_TASKSTATUS",
    "TB_HYPERPARAMETER_EXT",
    "TB_MODELHISTORY",
    "TB_BESTMODEL",
]


def ranked(site: Site) -> list[Row]:
    return sorted(site.rows("TB_MODELRESULT"), key=lambda row: row["MSE"])


def test_init_db_says_what_it_made_and_then_that_it_is_there(site: Site) -> None:
    first, second = site.here("init-db"), site.here("init-db")

    assert (first.status, second.status) == (0, 0)
    for table in TABLES:
        assert f"{table}: created\n" in first.stdout
        assert f"{table}: already exists\n" in second.stdout
    assert site.statuses() == {"SETTING_DBTABLE": "Completed"}


def test_status_shows_stages_and_counts_cells(tuned: Site) -> None:
    done = tuned.here("status", "TINY")

    assert done.status == 0
    for stage in ("TINY-RAW", "TINY-ADJ", "TINY-GRID", "TINY-BEST"):
        assert stage in done.stdout
    assert done.stdout.endswith("4 cells: 4 Completed\n")


def test_the_leaderboard_as_json_holds_the_tables_rows(tuned: Site) -> None:
    done = tuned.here("leaderboard", "--format", "json")

    rows = [row for row in json.loads(done.stdout) if not row["baseline"]]
    [best] = tuned.rows("TB_BESTMODEL")
    cells = {row["CODE_TASK"]: row for row in tuned.rows("TB_HYPERPARAMETER")}
    assert [row["rank"] for row in rows] == [1, 2, 3, 4]
    for shown, stored in zip(rows, ranked(tuned), strict=True):
        cell = cells[stored["CODE_TASK"]]
        for name in ("CODE_TASK", "MSE", "LOSS", "ACCURACY", "VERSION_MODEL"):
            assert shown[name.lower()] == stored[name]
        for name in ("EPOCH", "BATCH_SIZE", "LEARNING_RATE", "SIZE_UNIT_HIDDEN"):
            assert shown[name.lower()] == cell[name]
        assert shown["mse_naive"] == best["MSE_NAIVE"]


def test_the_leaderboard_as_csv_holds_the_same(tuned: Site) -> None:
    as_json = json.loads(tuned.here("leaderboard", "--format", "json").stdout)

    done = tuned.here("leaderboard", "--format", "csv")

    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    shown = [{name: each for name, each in row.items() if each is not None} for row in as_json]
    assert [{name: each for name, each in row.items() if each} for row in rows] == [
        {name: str(each) for name, each in row.items()} for row in shown
    ]


def test_the_leaderboard_as_table_names_the_winner_first(tuned: Site) -> None:
    done = tuned.here("leaderboard", "--top", "3")

    table, _, winner = done.stdout.partition("Winner: ")
    best, *others = [row["CODE_TASK"] for row in ranked(tuned)[:3]]
    assert re.findall(r"TINY-\d+", table) == [best, *others]
    assert winner.startswith(f"{best} (version 1), MSE ")


def test_top_cuts_the_list(tuned: Site) -> None:
    done = tuned.here("leaderboard", "--top", "2", "--format", "json")

    rows = json.loads(done.stdout)
    codes = [row["code_task"] for row in rows if not row["baseline"]]
    assert codes == [row["CODE_TASK"] for row in ranked(tuned)[:2]]
    assert not rows[-1]["baseline"]  # nothing stands after the last one shown


@pytest.mark.parametrize("command", ["status", "leaderboard", "report"])
def test_what_reads_a_home_that_is_not_there_creates_nothing(site: Site, command: str) -> None:
    done = site.here(command)

    assert done.status == 1
    assert done.stderr == (
        f"Error: there is no database {site.home / 'lstm_assets.db'} yet. "
        "Run `lstm-assets tune` or `lstm-assets init-db`.\n"
    )
    assert not site.home.exists()


@pytest.mark.parametrize("arguments", [["status"], ["leaderboard"], ["report", "-o", "/dev/null"]])
def test_what_reads_changes_no_file(copy: Site, arguments: list[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in copy.home.rglob("*")}

    done = copy.here(*arguments)

    assert (done.status, done.stderr) == (0, "")
    assert {path: path.stat().st_mtime_ns for path in copy.home.rglob("*")} == before


def test_a_study_that_was_never_tuned_has_no_cells(site: Site) -> None:
    site.here("init-db")

    done = site.here("status")

    assert done.status == 0
    assert done.stdout.endswith("0 cells\n")


def test_the_leaderboard_of_a_study_without_results_says_so(site: Site) -> None:
    site.here("init-db")

    done = site.here("leaderboard")

    assert done.status == 0
    assert done.stdout == "Study TINY has no results yet. Run `lstm-assets tune TINY`.\n"


def test_a_leaderboard_without_results_is_still_json_and_csv(site: Site) -> None:
    site.here("init-db")

    assert json.loads(site.here("leaderboard", "--format", "json").stdout) == []
    assert (
        list(csv.DictReader(io.StringIO(site.here("leaderboard", "--format", "csv").stdout))) == []
    )
