"""Dagster's UI as its pages use it, over GraphQL: a helper of tests."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

SECONDS = 240  # after which a run or a backfill counts as stuck

ASSETS = """
{ repositoriesOrError { ... on RepositoryConnection { nodes {
    name location { name } assetNodes { assetKey { path } groupName }
} } } }
"""
LAUNCH = """
mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
} }
"""
BACKFILL = """
mutation ($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message }
} }
"""
RUN_STATUS = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
BACKFILL_RUNS = """
query ($id: String!) { runsOrError(filter: {tags: [{key: "dagster/backfill", value: $id}]}) {
    ... on Runs { results { status } }
} }
"""
RUNS = """
{ runsOrError { ... on Runs { results {
    status creationTime endTime assetMaterializations { assetKey { path } }
} } } }
"""
ENDS = {"SUCCESS", "FAILURE", "CANCELED"}


class Ui:
    """A running `dagster dev`."""

    def __init__(self, url: str, alive: Callable[[], bool]) -> None:
        self.url = url
        self._alive = alive

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=30) as answer:
            content: dict[str, Any] = json.load(answer)
        assert "errors" not in content, content
        return content["data"]

    def repositories(self) -> list[dict[str, Any]]:
        """The code locations that are loaded; none while the UI still starts."""
        try:
            return list(self.ask(ASSETS)["repositoriesOrError"].get("nodes", []))
        except URLError:
            return []

    def materialize(
        self, study: str, assets: Sequence[str], partition: str = "", **config: Any
    ) -> str:
        """Press the button; returns the status in which the run ended.

        Args:
            study: its folder's name.
            assets: of the study.
            partition: of the asset, if it has some.
            config: of the asset, as the launchpad takes it.
        """
        [repository] = self.repositories()
        selector = {
            "repositoryLocationName": repository["location"]["name"],
            "repositoryName": repository["name"],
            "jobName": "__ASSET_JOB",
            "assetSelection": [{"path": [study, asset]} for asset in assets],
        }
        params: dict[str, Any] = {"selector": selector, "runConfigData": {}, "mode": "default"}
        if config:
            params["runConfigData"] = {"ops": {f"{study}__{assets[0]}": {"config": config}}}
        if partition:
            tags = [{"key": "dagster/partition", "value": partition}]
            params["executionMetadata"] = {"tags": tags}
        launched = self.ask(LAUNCH, params=params)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        run = launched["run"]["runId"]
        return self._ends(lambda: [self.ask(RUN_STATUS, id=run)["runOrError"]])[0]

    def backfill(self, study: str, asset: str, partitions: Sequence[str]) -> list[str]:
        """Materialize partitions; returns the statuses in which the backfill's runs ended.

        The backfill itself ends later: its daemon looks every 30 s.
        """
        selection = [{"path": [study, asset]}]
        params = {"assetSelection": selection, "partitionNames": partitions}
        launched = self.ask(BACKFILL, params=params)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        backfill = launched["backfillId"]
        return self._ends(lambda: self.ask(BACKFILL_RUNS, id=backfill)["runsOrError"]["results"])

    def wait_until_followed(self, first: str, then: str) -> None:
        """Wait until an asset was materialized after another by itself, and no run is under way."""

        def followed() -> bool:
            runs = self.ask(RUNS)["runsOrError"]["results"]
            ends = max(run["endTime"] or 0 for run in runs if _materialized(run, first))
            after = [run for run in runs if run["creationTime"] > ends]
            return {run["status"] for run in runs} <= ENDS and any(
                _materialized(run, then) for run in after
            )

        self.wait_until(followed, f"{then} has followed {first}")

    def wait_until(self, happened: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not happened():
            assert self._alive(), f"dagster dev ended before {what}"
            assert time.monotonic() < deadline, f"waited {SECONDS} s until {what}"
            time.sleep(0.2)

    def _ends(self, runs: Callable[[], list[dict[str, str]]]) -> list[str]:
        """The statuses of these runs, once there are some and all have ended."""
        seen: list[str] = []

        def ended() -> bool:
            seen[:] = [run["status"] for run in runs()]
            return bool(seen) and set(seen) <= ENDS

        self.wait_until(ended, "the runs have ended")
        return seen


def _materialized(run: dict[str, Any], asset: str) -> bool:
    keys = [event["assetKey"]["path"] for event in run["assetMaterializations"]]
    return any(key[-1] == asset for key in keys)
