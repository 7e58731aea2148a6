"""A tune that is stopped half-way, however it is stopped: nothing finished is lost or redone."""

import os
import signal
import sys
from collections import Counter
from pathlib import Path

import dagster as dg
import pytest

from lstm_assets_tests.cli.processes import members, wait_until
from lstm_assets_tests.cli.slow import CELLS, finished, half_way, slow_site
from lstm_assets_tests.site import Done, Row, Site

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def slow(tmp_path: Path) -> Site:
    return slow_site(tmp_path)


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
