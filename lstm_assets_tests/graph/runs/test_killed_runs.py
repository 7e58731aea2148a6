"""kill -9 of a run's process, again and again over one grid: nothing is lost or done twice."""

import random
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from lstm_assets_tests.graph.runs.service import Service, serving
from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.site import Row, Site
from lstm_assets_tests.studies import write_study

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# 50 trajectories of 2 cells each, every cell of about a tenth of a second.
SPACE: dict[str, list[Any]] = {
    "epoch": [150, 300],
    "batch_size": [5],
    "learning_rate": [number / 10_000 for number in range(1, 51)],
    "size_unit_hidden": [2],
}
CELLS = [f"CHAOS-{number:04}" for number in range(1, 101)]
KILLS = 8
WHILE_TRAINING = 0.4  # share of the kills that wait for a first finished cell of the run
SECONDS_TO_LIVE = 1.5  # at most, from the run's start or from that cell
SEED = 20240229


@pytest.fixture(scope="module", params=["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The study CHAOS, its tables and Dagster's storage in SQLite files or on a server."""
    folder = tmp_path_factory.mktemp("chaos")
    write_study(folder / "studies", SPACE, name="chaos")
    if request.param == "sqlite":
        with serving(Site(folder), "chaos") as service:
            yield service
        return
    server: Server = request.getfixturevalue("mysql_server")
    with server.database() as url, serving(Site(folder, url, url), "chaos") as service:
        yield service


def test_kills_lose_nothing_and_train_nothing_twice(service: Service) -> None:
    service.switch_off("best_model")  # so that the runs below are the only ones
    moments = random.Random(SEED)
    for kill in range(1, KILLS + 1):
        training = moments.random() < WHILE_TRAINING
        seconds = moments.uniform(0.0, SECONDS_TO_LIVE)
        before = service.history()
        run = service.launch(CELLS)
        print(f"kill {kill}: run {run}, {seconds:.2f} s after", end=" ")
        print("a first cell" if training else "its process began", end=", ", flush=True)
        _kill(service, run, seconds, len(before) + 1 if training else 0)
        _check(service, before)
        print(f"{len(service.history())} cells are finished")

    before = service.history()
    run = service.launch(CELLS)
    service.ui.wait_until(
        lambda: service.run_status(run) == "SUCCESS", "the last run completes the grid"
    )
    _check(service, before)
    assert [row["CODE_TASK"] for row in service.results()] == CELLS


def _kill(service: Service, run: str, seconds: float, cells: int) -> None:
    """Kill a run's process, and wait until Dagster knows.

    Args:
        service: that launched it.
        run: its id.
        seconds: how long it lives on once it has come so far.
        cells: how far: so many cells are finished, if they are not all.
    """
    service.ui.wait_until(service.run_processes, "the run's process is started")
    [process] = service.run_processes()
    service.ui.wait_until(
        lambda: len(service.history()) >= min(cells, len(CELLS)) or not process.is_running(),
        "the run has finished a cell",
    )
    time.sleep(seconds)
    assert process.is_running(), "the run ended before it was killed"
    process.kill()
    service.ui.wait_until(
        lambda: service.run_status(run) == "FAILURE", "Dagster knows that the run died"
    )


def _check(service: Service, before: list[Row]) -> None:
    """What holds when a run is over, whatever ended it.

    Args:
        service: whose run.
        before: the rows of TB_MODELHISTORY before the run.
    """
    service.ui.wait_until(lambda: not service.spawned(), "no process of the run is left")
    service.ui.wait_until(
        lambda: "Running" not in service.cell_statuses().values(), "no row is Running"
    )
    history = service.history()
    finished = sorted(row["CODE_TASK"] for row in service.results())
    assert [row for row in history if row in before] == before
    assert sorted((row["CODE_TASK"], row["VERSION_MODEL"]) for row in history) == [
        (code, 1) for code in finished
    ]
    completed = [c for c, status in service.cell_statuses().items() if status == "Completed"]
    assert completed == finished
    service.ui.wait_until(lambda: service.materialized() == finished, f"the UI shows {finished}")
