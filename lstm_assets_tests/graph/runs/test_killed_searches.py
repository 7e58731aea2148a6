"""kill -9 of `lstm-assets tune`, again and again over one search: it goes on where it was."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from lstm_assets_tests.cli.processes import members, wait_until
from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.site import Row, Site
from lstm_assets_tests.studies import SPACE, write_study

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

RATES = {"learning_rate": {"low": 1e-4, "high": 1e-2, "scale": "log"}, "batch_size": [5]}
# Every cell, and every rung, trains for a tenth of a second or more.
SEARCHES: dict[str, dict[str, Any]] = {
    "bayesian": {
        "method": "bayesian",
        "n_trials": 12,
        "parallel": 3,
        "startup": 3,
        "seed": 3,
        "space": SPACE | RATES | {"epoch": [200, 400]},
    },
    "halving": {
        "method": "halving",
        "n_trials": 9,
        "eta": 2,
        "seed": 3,
        "space": SPACE | RATES | {"epoch": [200, 400, 800]},
    },
}
CELLS = {"bayesian": 12, "halving": 9 + 4 + 2}
KILLS = 4
STEPS_LEFT = 8  # codes and results that are to come after the last kill, at least
SECONDS_TO_LIVE = 0.5  # at most, once it has come so far as it may
SEED = 20240229

Searched = dict[str, list[Row]]  # what a search has left, by table


@pytest.fixture
def databases(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """URLs of the study's tables and of Dagster's storage; none where they are SQLite files."""
    if request.param == "sqlite":
        yield []
        return
    server: Server = request.getfixturevalue("mysql_server")
    with server.database() as tables, server.database() as storage:
        yield [tables, storage]


def site_of(folder: Path, search: str, databases: list[str]) -> Site:
    """A study named as its search, not tuned yet."""
    write_study(folder / "studies", name=search, search=SEARCHES[search])
    return Site(folder, *databases)


def uninterrupted(folder: Path, search: str) -> Searched:
    """The same search, in one go."""
    site = site_of(folder, search, [])
    assert site.here("tune", "--workers", "0").status == 0
    return searched(site)


def searched(site: Site) -> Searched:
    """Tuples, codes, rounds, reasons and scores; not when, nor how long it took."""
    tables = ("TB_HYPERPARAMETER", "TB_HYPERPARAMETER_EXT", "TB_MODELRESULT")
    return {
        table: [{k: v for k, v in row.items() if k != "DATE_UPDATE"} for row in site.rows(table)]
        for table in tables
    }


@pytest.mark.parametrize(
    ("search", "databases"),
    [("halving", "sqlite"), pytest.param("bayesian", "mysql", marks=pytest.mark.mysql)],
    indirect=["databases"],
)
def test_a_killed_search_ends_as_one_that_was_left_alone(
    tmp_path: Path, search: str, databases: list[str]
) -> None:
    site = site_of(tmp_path, search, databases)
    moments = random.Random(SEED)
    part = (2 * CELLS[search] - STEPS_LEFT) // KILLS
    for kill in range(KILLS):
        step = kill * part + moments.randrange(part)
        _kill(site, step, moments.uniform(0.0, SECONDS_TO_LIVE), workers=2 * (kill % 2))
    before = _rows(site, "TB_MODELHISTORY")

    done = site.here("tune", "--workers", "0")

    assert done.status == 0, done.stderr
    assert [row for row in _rows(site, "TB_MODELHISTORY") if row in before] == before
    assert searched(site) == uninterrupted(tmp_path / "alone", search)
    assert site.versions() == [(f"{search.upper()}-{n + 1:04}", 1) for n in range(CELLS[search])]
    assert set(site.statuses().values()) == {"Completed"}
    with site.instance() as instance:
        assert all(run.is_finished for run in instance.get_runs())


def test_a_search_that_somebody_stopped_goes_on(tmp_path: Path) -> None:
    site = site_of(tmp_path, "bayesian", [])
    tune = site.start("tune", "--workers", "2")
    try:
        wait_until(lambda: _steps(site) >= 3 + 3 + 3 + 1, "a cell of the second round is finished")
        os.killpg(tune.pid, signal.SIGINT)
        stdout, stderr = tune.communicate(timeout=60)
    finally:
        _end(tune)
    kept = _rows(site, "TB_MODELHISTORY")

    done = site.here("tune", "--workers", "0")

    assert tune.returncode == 130
    assert stdout.endswith("Repeat the command to continue.\n")
    assert "Error" not in stderr
    assert 4 <= len(kept) < 12
    assert done.status == 0
    assert [row for row in _rows(site, "TB_MODELHISTORY") if row in kept] == kept
    assert searched(site) == uninterrupted(tmp_path / "alone", "bayesian")
    assert {version for _, version in site.versions()} == {1}


def _kill(site: Site, step: int, seconds: float, workers: int) -> None:
    """Tune, and kill it with all its processes.

    Args:
        site: where.
        step: how far it may come: so many codes and results, those of earlier tunes included.
        seconds: how long it lives on then.
        workers: processes that train.
    """
    before = _rows(site, "TB_MODELHISTORY")
    tune = site.start("tune", "--workers", str(workers))
    try:
        wait_until(lambda: _steps(site) >= step or tune.poll() is not None, f"{step} steps")
        time.sleep(seconds)
        assert tune.poll() is None, f"it ended before it was killed: {tune.communicate()}"
    finally:
        _end(tune)
    print(f"killed {seconds:.2f} s after step {step}, at {_steps(site)}, with {workers} workers")
    history = _rows(site, "TB_MODELHISTORY")
    assert [row for row in history if row in before] == before
    assert len({row["CODE_TASK"] for row in history}) == len(history)


def _end(tune: "subprocess.Popen[str]") -> None:
    for process in members(tune.pid):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    tune.communicate()
    wait_until(lambda: not members(tune.pid), "no process is left")


def _steps(site: Site) -> int:
    return len(_rows(site, "TB_HYPERPARAMETER")) + len(_rows(site, "TB_MODELHISTORY"))


def _rows(site: Site, table: str) -> list[Row]:
    try:
        return site.rows(table)
    except (OperationalError, ProgrammingError):
        return []  # no table, or no database, yet
