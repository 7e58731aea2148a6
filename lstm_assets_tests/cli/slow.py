"""A study slow enough to be stopped half-way: a helper of the tests that stop its tune."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import OperationalError

from lstm_assets_tests.cli.processes import members, wait_until
from lstm_assets_tests.site import Row, Site
from lstm_assets_tests.studies import write_study

# 6 trajectories of 2 cells each, every cell of some tenths of a second.
SPACE = {
    "epoch": [400, 800],
    "batch_size": [5],
    "learning_rate": [0.001, 0.002, 0.003, 0.004, 0.005, 0.006],
    "size_unit_hidden": [2],
}
CELLS = [f"SLOW-{number:04}" for number in range(1, 13)]


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
    """The results that the site has, of every version."""
    try:
        return site.rows("TB_MODELHISTORY")
    except OperationalError:
        return []  # no table, or no database, yet
