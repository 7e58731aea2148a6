"""A tune that is stopped half-way, however it is stopped: nothing finished is lost or redone."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy.exc import OperationalError

from lstm_assets_tests.cli.processes import members, wait_until
from lstm_assets_tests.site import Done, Row, Site
from lstm_assets_tests.studies import write_study

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# 6 trajectories of 2 cells each, every cell of some tenths of a second.
SPACE = {
    "epoch": [400, 800],
    "batch_size": [5],
    "learning_rate": [0.001, 0.002, 0.003, 0.004, 0.005, 0.006],
    "size_unit_hidden": [2],
}
CELLS = [f"SLOW-{number:04}" for number in range(1, 13)]


@pytest.fixture
def slow(tmp_path: Path) -> Site:
    return slow_site(tmp_path)


def slow_site(folder: Path) -> Site:
    """The study SLOW of 12 cells, not tuned yet."""
    write_study(folder / "studies", SPACE, name="slow")
    return Site(folder)


@contextmanager
def half_way(site: Site) -> Iterator["subprocess.Popen[str]"]:
    """A tune that has some of its cells, but not all; ended with all its processes at the end."""
    tune = site.start("tune", "--workers", "2")
    try:
        wait_until(lambda: len(finished(site)) >= 3, "3 cells have a result")
        yield tune
    finally:
        for process in members(tune.pid):
            os.kill(process, signal.SIGKILL)
        tune.communicate()


def finished(site: Site) -> list[Row]:
    try:
        return site.rows("TB_MODELHISTORY")
    except OperationalError:
        return []  # no table, or no database, yet


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, list[Row], Done]:
    """SLOW after a tune that was killed and one that was not; what the first left of results."""
    site = slow_site(tmp_path_factory.mktemp("killed"))
    with half_way(site) as tune:
        tune.kill()
        wait_until(lambda: not members(tune.pid), "the workers have ended")
    return site, finished(site), site.here("tune", "--workers", "0")


def test_after_a_kill_the_next_tune_trains_only_what_is_missing(
    killed: tuple[Site, list[Row], Done],
) -> None:
    site, before, done = killed

    after = finished(site)
    assert done.status == 0
    assert 3 <= len(before) < 12
    assert f"{12 - len(before)} cells to train" in done.stderr
    assert [row for row in after if row in before] == before
    assert site.versions() == [(code, 1) for code in CELLS]
    assert set(site.statuses().values()) == {"Completed"}


def test_a_killed_run_is_not_in_progress_for_ever(killed: tuple[Site, list[Row], Done]) -> None:
    with killed[0].instance() as instance:
        runs = instance.get_runs()

    [failed] = [run for run in runs if run.status == dg.DagsterRunStatus.FAILURE]
    assert all(run.is_finished for run in runs)
    assert [key.path[-1] for key in failed.asset_selection] == ["model_results"]


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(slow: Site) -> None:
    with half_way(slow) as tune:
        os.killpg(tune.pid, signal.SIGINT)
        stdout, stderr = tune.communicate(timeout=60)
        wait_until(lambda: not members(tune.pid), "the workers have ended")

    counts = Counter(status for code, status in slow.statuses().items() if code in CELLS)
    kept = len(finished(slow))
    assert tune.returncode == 130
    assert stdout.endswith(
        "Stopped. Every finished cell is stored. Repeat the command to continue.\n"
    )
    assert "Error" not in stderr
    assert "Traceback" not in stderr
    assert 3 <= kept < 12
    assert counts == {"Completed": kept, "Canceled": 12 - kept}
    with slow.instance() as instance:
        (newest,) = instance.get_runs(limit=1)
    assert newest.status == dg.DagsterRunStatus.CANCELED


def test_a_study_is_tuned_by_one_command_at_a_time(slow: Site) -> None:
    with half_way(slow) as tune:
        second = slow.here("tune")
        first_goes_on = tune.poll() is None

    assert first_goes_on
    assert second == Done(
        1,
        "",
        f"Error: another process is tuning study SLOW in {slow.home}. "
        "Wait until it has finished, or stop it.\n",
    )
