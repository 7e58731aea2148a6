"""The jobs of a study, by the names that people look for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from lstm_assets.graph.keys import asset_key, job_name, op_name
from lstm_assets.graph.tags import RETRIES
from lstm_assets.study import Study

Job: TypeAlias = UnresolvedAssetJobDefinition

RETRIES_OF_FETCHING = 3


@dataclass(frozen=True, slots=True)
class JobKind:
    """A job that every study has."""

    name: str
    description: str
    retries: int = 0  # how often a run is tried again that died


INGEST = JobKind("ingest", "Fetch the newest bars and adjust them.", RETRIES_OF_FETCHING)
REFRESH = JobKind(
    "refresh", "Fetch and adjust the newest bars; build the grid on them.", RETRIES_OF_FETCHING
)
BUILD_GRID = JobKind("build_grid", "Turn the search space into CODE_TASKs.")
TUNE = JobKind("tune", "Train and score the CODE_TASKs you pick.")
SELECT = JobKind("select", "Name the winner, beside the naive forecast.")

Jobs: TypeAlias = Mapping[JobKind, Job]  # of one study


def define_job(
    study: Study, kind: JobKind, assets: Sequence[str], launchpad: Mapping[str, Any]
) -> Job:
    """Make one of a study's jobs.

    Args:
        study: whose job.
        kind: which.
        assets: names of those that it materializes.
        launchpad: run config of some of them that the launchpad opens with, by name.
    """
    ops = {
        op_name(study, each): {"config": launchpad[each]} for each in assets if each in launchpad
    }
    return dg.define_asset_job(
        name=job_name(study, kind.name),
        selection=[asset_key(study, each) for each in assets],
        description=kind.description,
        config={"ops": ops} if ops else None,
        tags={RETRIES: str(kind.retries)},
    )
