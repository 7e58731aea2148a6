"""The assets of TINY, materialized in this process on a real instance: a helper of tests."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import dagster as dg

from lstm_assets.components.tuning_study import definitions_of
from lstm_assets.graph.instance import open_instance
from lstm_assets.settings import settings
from lstm_assets.study.file import read_study
from lstm_assets.tracking.listener import Listener
from lstm_assets_tests.site import Site

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
GRID = ["raw_prices", "adjusted_prices", "hyperparameter_grid"]


@dataclass(frozen=True)
class Graph:
    """A run for each call."""

    site: Site
    instance: dg.DagsterInstance
    listeners: Sequence[Listener] = ()  # who follows its training

    def run(
        self, assets: Sequence[str], config: dict[str, Any] | None = None, **tags: str
    ) -> dg.ExecuteInProcessResult:
        """Materialize these assets; `config` is that of the last."""
        keys = [dg.AssetKey(["tiny", asset]) for asset in assets]
        job = self.definitions.resolve_implicit_job_def_def_for_assets(keys)
        ops = {"ops": {f"tiny__{assets[-1]}": {"config": config}}} if config else {}
        return job.execute_in_process(
            instance=self.instance,
            asset_selection=keys,
            run_config=QUIET | ops,
            tags={f"dagster/asset_partition_range_{name}": value for name, value in tags.items()},
            raise_on_error=False,
        )

    def train(self, start: str, end: str, **config: Any) -> dg.ExecuteInProcessResult:
        """Materialize model_results of a range of CODE_TASKs, in this process."""
        return self.run(["model_results"], {"workers": 0} | config, start=start, end=end)

    @property
    def definitions(self) -> dg.Definitions:
        return definitions_of(read_study(self.site.studies / "tiny/defs.yaml"), self.listeners)

    @property
    def partitions(self) -> Sequence[str]:
        return self.instance.get_dynamic_partitions("CODE_TASK_TINY")


def metadata(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """What the run's materialization of an asset says."""
    [event] = result.asset_materializations_for_node(f"tiny__{asset}")
    return {name: value.value for name, value in event.metadata.items()}


def failure(result: dg.ExecuteInProcessResult) -> str:
    """What the run's one failed step says."""
    [event] = [event for event in result.all_events if event.is_step_failure]
    return str(event.step_failure_data.user_failure_data.description)


def grid_of(site: Site, space: dict[str, Any]) -> bool:
    """Materialize a grid in a process of its own; whether it succeeded."""
    with (
        patch.dict(os.environ, site.environment, clear=True),
        open_instance(settings()) as instance,
    ):
        return Graph(site, instance).run(["hyperparameter_grid"], {"space": space}).success
