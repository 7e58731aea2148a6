"""The jobs of a study."""

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
    retries: int = 0  # how often a run that died is tried again


INGEST = JobKind("ingest", "Fetch the newest bars and adjust them.", RETRIES_OF_FETCHING)
REFRESH = JobKind(
    "refresh", "Fetch and adjust the newest bars, then build the grid on them.", RETRIES_OF_FETCHING
)
BUILD_GRID = JobKind("build_grid", "Turn the search's next round into CODE_TASKs.")
TUNE = JobKind("tune", "Train and score the CODE_TASKs that you pick.")
SELECT = JobKind("select", "Name the winner and compare it with the naive forecast.")

Jobs: TypeAlias = Mapping[JobKind, Job]  # of one study


def define_job(
    study: Study, kind: JobKind, assets: Sequence[str], launchpad: Mapping[str, Any]
) -> Job:
    """Return one of a study's jobs.

    Args:
        study: the job materializes assets of this study.
        kind: which job.
        assets: names of the assets that it materializes.
        launchpad: the run config that the launchpad shows at first, by asset; not all have one.
    """
    ops = {
        op_name(study, asset): {"config": launchpad[asset]}
        for asset in assets
        if asset in launchpad
    }
    return dg.define_asset_job(
        name=job_name(study, kind.name),
        selection=[asset_key(study, asset) for asset in assets],
        description=kind.description,
        config={"ops": ops} if ops else None,
        tags={RETRIES: str(kind.retries)},
    )
