"""The jobs of a study, by the names that people look for."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from lstm_assets.graph.keys import (
    HYPERPARAMETER_GRID,
    JOBS,
    MODEL_RESULTS,
    asset_key,
    job_name,
)
from lstm_assets.graph.tags import RETRIES
from lstm_assets.study import Study

Job: TypeAlias = UnresolvedAssetJobDefinition

RETRIES_OF_FETCHING = 3

# Settings that launchpads open with, written out.
_DEFAULTS: dict[str, dict[str, Any]] = {
    HYPERPARAMETER_GRID: {"space": {}},
    MODEL_RESULTS: {"retrain": False, "warm_start": False},
}


@dataclass(frozen=True, slots=True)
class Jobs:
    """The jobs of one study, in the order of the graph."""

    ingest: Job
    refresh: Job
    build_grid: Job
    tune: Job
    select: Job

    def all(self) -> list[Job]:
        """Return them in their order."""
        return [getattr(self, field.name) for field in fields(self)]


def jobs_of(study: Study) -> Jobs:
    """Make the jobs of a study; their launchpads hold settings that run as they stand."""
    return Jobs(
        ingest=_job(study, "ingest", "Fetch the newest bars and adjust them."),
        refresh=_job(study, "refresh", "Fetch and adjust the newest bars; build the grid on them."),
        build_grid=_job(study, "build_grid", "Turn the search space into CODE_TASKs."),
        tune=_job(study, "tune", "Train and score the CODE_TASKs you pick."),
        select=_job(study, "select", "Name the winner, beside the naive forecast."),
    )


def _job(study: Study, name: str, description: str) -> Job:
    assets = JOBS[name]
    ops = {
        f"{study.name}__{asset}": {"config": _DEFAULTS[asset]}
        for asset in assets
        if asset in _DEFAULTS
    }
    retries = RETRIES_OF_FETCHING if name in ("ingest", "refresh") else 0
    return dg.define_asset_job(
        name=job_name(study, name),
        selection=[asset_key(study, asset) for asset in assets],
        description=description,
        config={"ops": ops} if ops else None,
        tags={RETRIES: str(retries)},
    )
