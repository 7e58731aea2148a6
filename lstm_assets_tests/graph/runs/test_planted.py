"""One cell of a range of 64 fails: it alone is red, says why, and is trained alone."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lstm_assets_tests.cli.processes import wait_until
from lstm_assets_tests.graph.runs.service import Service, serving
from lstm_assets_tests.site import Site
from lstm_assets_tests.studies import write_study

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

RATES = [number / 1000 for number in range(1, 65)]
CELLS = [f"PLANTED-{number:04}" for number in range(1, 65)]
BAD = "PLANTED-0037"
PARTITIONS = """
query ($asset: AssetKeyInput!) { assetNodeOrError(assetKey: $asset) { ... on AssetNode {
    assetPartitionStatuses { ... on DefaultPartitionStatuses {
        materializedPartitions failedPartitions
} } } } }
"""
FAILURE = """
query ($run: ID!) { logsForRun(runId: $run) { ... on EventConnection { events {
    ... on ExecutionStepFailureEvent { failureMetadata { description } }
} } } }
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    space = {"epoch": [1], "size_unit_hidden": [2], "learning_rate": RATES}
    write_study(tmp_path / "studies", space, name="planted")
    with serving(Site(tmp_path), "planted") as service:
        yield service


def partitions(service: Service) -> tuple[list[str], list[str]]:
    """Those that the UI shows green, and those that it shows red."""
    asset = {"path": ["planted", "model_results"]}
    node = service.ui.ask(PARTITIONS, asset=asset)["assetNodeOrError"]
    shown = node["assetPartitionStatuses"]
    return sorted(shown["materializedPartitions"]), shown["failedPartitions"]


def told(service: Service, run: str) -> str:
    """What the page of a run says of its failed step."""
    events = service.ui.ask(FAILURE, run=run)["logsForRun"]["events"]
    [failure] = [event["failureMetadata"] for event in events if "failureMetadata" in event]
    return str(failure["description"])


def test_the_rest_is_green_and_the_rerun_trains_one(service: Service) -> None:
    site = service.site
    column = f"SET LEARNING_RATE = {{}} WHERE CODE_TASK = '{BAD}'"
    site.execute("UPDATE TB_HYPERPARAMETER " + column.format(1e30))  # no float32 holds its square

    first = service.launch(CELLS)
    wait_until(lambda: service.run_status(first) == "FAILURE", "the run has ended")

    why = "the loss is nan at epoch 1 of 1. Lower learning_rate for this cell."
    others = [code for code in CELLS if code != BAD]
    assert partitions(service) == (others, [BAD])
    assert site.notes() == {BAD: why}
    assert told(service, first) == f"1 of 64 cells failed, {BAD} first: {why}"
    assert site.versions() == [(code, 1) for code in others]

    site.execute("UPDATE TB_HYPERPARAMETER " + column.format(RATES[36]))
    again = service.launch(CELLS)
    wait_until(lambda: service.run_status(again) == "SUCCESS", "the rerun has ended")

    assert partitions(service) == (CELLS, [])
    assert site.notes() == {}
    assert site.versions() == [(code, 1) for code in CELLS]
