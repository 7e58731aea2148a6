"""A run that is terminated from the UI: finished cells stay, the rest are Canceled, workers end."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from lstm_assets_tests.cli.processes import wait_until
from lstm_assets_tests.cli.slow import CELLS, slow_site
from lstm_assets_tests.graph.runs.service import Service, serving

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SECONDS_TO_END = 10
TERMINATE = """
mutation ($run: String!) { terminateRuns(runIds: [$run], terminatePolicy: SAFE_TERMINATE) {
    ... on TerminateRunsResult { terminateRunResults { __typename } }
} }
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with serving(slow_site(tmp_path), "slow") as service:
        yield service


def test_terminating_keeps_what_is_finished_and_a_rerun_trains_the_rest(service: Service) -> None:
    run = service.launch(CELLS)
    wait_until(lambda: len(service.history()) >= 3, "3 cells have a result")

    service.ui.ask(TERMINATE, run=run)
    asked = time.monotonic()
    wait_until(lambda: not service.spawned(), "the run and its workers have ended")
    seconds = time.monotonic() - asked
    wait_until(lambda: service.run_status(run) == "CANCELED", "the run is canceled")

    kept = service.history()
    assert seconds < SECONDS_TO_END
    assert 3 <= len(kept) < len(CELLS)
    assert Counter(service.cell_statuses().values()) == {
        "Completed": len(kept),
        "Canceled": len(CELLS) - len(kept),
    }
    assert service.site.rows("TB_TASKRUN") == []

    again = service.launch(CELLS)
    wait_until(lambda: service.run_status(again) == "SUCCESS", "the rerun completes the grid")
    assert [row for row in service.history() if row in kept] == kept
    assert service.site.versions() == [(code, 1) for code in CELLS]
    assert service.materialized() == CELLS
