"""`lstm-assets dev` that is killed with all its processes, and started again."""

import os
import signal
import sys
from pathlib import Path

import pytest

from lstm_assets_tests.cli.processes import members, wait_until
from lstm_assets_tests.cli.slow import CELLS, slow_site
from lstm_assets_tests.graph.runs.service import serving

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_what_was_running_is_settled_at_the_next_start(tmp_path: Path) -> None:
    site = slow_site(tmp_path)
    with serving(site, "slow") as service:
        run = service.launch(CELLS)
        wait_until(lambda: len(service.history()) >= 3, "3 cells have a result")
        os.killpg(service.group, signal.SIGKILL)
        wait_until(lambda: not members(service.group), "every process has ended")
    kept = service.history()
    assert "Running" in site.statuses().values()

    with serving(site, "slow") as service:
        wait_until(lambda: service.run_status(run) == "FAILURE", "the run is known to be over")
        wait_until(lambda: "Running" not in site.statuses().values(), "no row is Running")
        stored = sorted(row["CODE_TASK"] for row in service.results())
        wait_until(lambda: service.materialized() == stored, f"the UI shows {stored}")
        again = service.launch(CELLS)
        wait_until(lambda: service.run_status(again) == "SUCCESS", "the rerun completes the grid")

        assert [row for row in service.history() if row in kept] == kept
        assert site.versions() == [(code, 1) for code in CELLS]
        assert service.materialized() == CELLS
