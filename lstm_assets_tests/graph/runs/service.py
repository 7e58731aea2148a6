"""`lstm-assets dev` under attack, its runs, processes and UI: a helper of tests."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError

import psutil

from lstm_assets_tests.cli.processes import members, wait_until
from lstm_assets_tests.site import Row, Site, command
from lstm_assets_tests.ui.graphql import BACKFILL, BACKFILL_RUNS, LAUNCH, RUN_STATUS, Ui

BACKFILL_STATUS = """
query ($id: String!) { partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill { status }
} }
"""
PARTITIONS = """
query ($asset: AssetKeyInput!) { assetNodeOrError(assetKey: $asset) { ... on AssetNode {
    assetPartitionStatuses { ... on DefaultPartitionStatuses { materializedPartitions } }
} } }
"""
SENSOR = """
query ($sensor: SensorSelector!) { sensorOrError(sensorSelector: $sensor) {
    ... on Sensor { sensorState { id } }
} }
"""
STOP_SENSOR = """
mutation ($id: String!) { stopSensor(id: $id) {
    ... on StopSensorMutationResult { instigationState { status } }
} }
"""
GRID = ["raw_prices", "adjusted_prices", "hyperparameter_grid"]
SPAWNED = "multiprocessing.spawn"  # in the command line of a run's process, and of its workers
CODE_SERVER = "grpc"  # in that of the process that starts the runs' processes


@dataclass(frozen=True)
class Service:
    """A running `lstm-assets dev` with one study, whose grid is materialized."""

    site: Site
    ui: Ui
    study: str  # the study's folder name
    group: int  # of its processes

    def switch_off(self, sensor: str) -> None:
        """Switch one of the study's sensors off."""
        selector = self._repository | {"sensorName": f"{self.study}__{sensor}"}
        state = self.ui.ask(SENSOR, sensor=selector)["sensorOrError"]["sensorState"]
        stopped = self.ui.ask(STOP_SENSOR, id=state["id"])["stopSensor"]
        assert stopped["instigationState"]["status"] == "STOPPED", stopped

    def launch(self, codes: Sequence[str]) -> str:
        """Materialize model_results for a range of cells; returns the run's id."""
        ends = {"start": codes[0], "end": codes[-1]}
        tags = [
            {"key": f"dagster/asset_partition_range_{end}", "value": code}
            for end, code in ends.items()
        ]
        params = {
            "selector": self._repository
            | {"jobName": "__ASSET_JOB", "assetSelection": [self._asset]},
            "runConfigData": {},
            "mode": "default",
            "executionMetadata": {"tags": tags},
        }
        launched = self.ui.ask(LAUNCH, params=params)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def backfill(self, codes: Sequence[str]) -> str:
        """Backfill cells; returns the backfill's id."""
        params = {"assetSelection": [self._asset], "partitionNames": codes}
        launched = self.ui.ask(BACKFILL, params=params)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        return str(launched["backfillId"])

    def run_status(self, run: str) -> str | None:
        answer = self._answer(RUN_STATUS, id=run)
        return str(answer["runOrError"]["status"]) if answer else None

    def backfill_status(self, backfill: str) -> str | None:
        answer = self._answer(BACKFILL_STATUS, id=backfill)
        return str(answer["partitionBackfillOrError"]["status"]) if answer else None

    def backfill_runs(self, backfill: str) -> list[str]:
        """The statuses of a backfill's runs."""
        answer = self._answer(BACKFILL_RUNS, id=backfill)
        return [run["status"] for run in answer["runsOrError"]["results"]] if answer else []

    def materialized(self) -> list[str] | None:
        """The partitions of model_results that the UI shows as materialized."""
        answer = self._answer(PARTITIONS, asset=self._asset)
        if answer is None:
            return None
        statuses = answer["assetNodeOrError"]["assetPartitionStatuses"]
        return sorted(statuses["materializedPartitions"])

    def run_processes(self) -> list[psutil.Process]:
        """The processes of runs, from the moment they are started."""
        return [each for each in self.spawned() if CODE_SERVER in _command_line(each.parent())]

    def spawned(self) -> list[psutil.Process]:
        """The processes of runs, and their workers."""
        processes = []
        for number in members(self.group):
            with suppress(psutil.NoSuchProcess):
                processes.append(psutil.Process(number))
        return [each for each in processes if SPAWNED in _command_line(each)]

    def results(self) -> list[Row]:
        return self.site.rows("TB_MODELRESULT")

    def history(self) -> list[Row]:
        return self.site.rows("TB_MODELHISTORY")

    def cell_statuses(self) -> dict[str, str]:
        """STATUS of each CODE_TASK that is a cell."""
        prefix = f"{self.study.upper()}-0"  # no stage begins so
        statuses = self.site.statuses()
        return {code: status for code, status in statuses.items() if code.startswith(prefix)}

    @property
    def _repository(self) -> dict[str, str]:
        [repository] = self.ui.repositories()
        return {
            "repositoryLocationName": repository["location"]["name"],
            "repositoryName": repository["name"],
        }

    @property
    def _asset(self) -> dict[str, list[str]]:
        return {"path": [self.study, "model_results"]}

    def _answer(self, query: str, **variables: Any) -> dict[str, Any] | None:
        """What the UI answers; None while it cannot, because its storage is away."""
        try:
            return self.ui.ask(query, **variables)
        except (URLError, TimeoutError):
            return None


@contextmanager
def serving(site: Site, study: str) -> Iterator[Service]:
    """Run `lstm-assets dev` on a site, and materialize the study up to its grid.

    Leaves none of its processes behind.
    """
    port = _free_port()
    with (site.folder / "dev.log").open("a") as log:
        process = subprocess.Popen(
            [*command(), "dev", "--port", str(port)],
            env=site.environment,
            cwd=site.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            ui = Ui(f"http://127.0.0.1:{port}", lambda: process.poll() is None)
            ui.wait_until(ui.repositories, "the UI shows the study")
            assert ui.materialize(study, GRID) == "SUCCESS"
            service = Service(site, ui, study, process.pid)
            wait_until(lambda: not service.spawned(), "the process of that run has ended")
            yield service
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            wait_until(lambda: not members(process.pid), "the service has left no process behind")


def _command_line(process: psutil.Process | None) -> str:
    try:
        return " ".join(process.cmdline()) if process else ""
    except psutil.Error:
        return ""  # it has just ended


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
