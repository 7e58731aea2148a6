"""MariaDB is stopped for 20 s in the middle of a backfill and started again."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lstm_assets_tests.graph.runs.service import Service, serving
from lstm_assets_tests.mariadb import NoServerError, PrivateServer, open_private_server
from lstm_assets_tests.site import Site
from lstm_assets_tests.studies import write_study

pytestmark = [
    pytest.mark.mysql,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

# 50 trajectories of 2 cells each, every cell of some tenths of a second.
SPACE: dict[str, list[Any]] = {
    "epoch": [500, 1000],
    "batch_size": [5],
    "learning_rate": [number / 10_000 for number in range(1, 51)],
    "size_unit_hidden": [2],
}
CELLS = [f"OUTAGE-{number:04}" for number in range(1, 101)]
SECONDS_AWAY = 20


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[PrivateServer]:
    """A server that nobody else needs, whatever the environment names."""
    try:
        with open_private_server(tmp_path) as server:
            yield server
    except NoServerError:
        request.getfixturevalue("mysql_server")  # says why, or fails where MySQL is required
        raise


@pytest.fixture
def service(server: PrivateServer, tmp_path: Path) -> Iterator[Service]:
    """The study OUTAGE; its tables and Dagster's storage are on the server."""
    write_study(tmp_path / "studies", SPACE, name="outage")
    with server.database() as url, serving(Site(tmp_path, url, url), "outage") as service:
        yield service


def test_a_backfill_goes_on_when_its_database_is_back(
    service: Service, server: PrivateServer
) -> None:
    backfill = service.backfill(CELLS)
    service.ui.wait_until(lambda: len(service.history()) >= 5, "5 cells have a result")

    server.stop()
    time.sleep(SECONDS_AWAY)
    server.start()
    finished_before = len(service.history())
    service.ui.wait_until(
        lambda: service.backfill_status(backfill) not in (None, "REQUESTED"), "the backfill ends"
    )

    assert 5 <= finished_before < len(CELLS)
    assert service.backfill_status(backfill) == "COMPLETED_SUCCESS"
    service.ui.wait_until(
        lambda: service.backfill_runs(backfill) == ["SUCCESS"], "its one run has succeeded"
    )
    assert service.site.versions() == [(code, 1) for code in CELLS]
    assert service.cell_statuses() == dict.fromkeys(CELLS, "Completed")
    # The UI's first answer may still be that a connection was lost.
    service.ui.wait_until(
        lambda: service.materialized() == CELLS, "the UI shows every cell as materialized"
    )
