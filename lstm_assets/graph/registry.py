"""What the assets of a study are: one line an asset, and a file of its name in assets/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lstm_assets.cells.codes import Stage
from lstm_assets.graph.jobs import (
    BUILD_GRID,
    INGEST,
    REFRESH,
    SELECT,
    TUNE,
    Job,
    JobKind,
    define_job,
)
from lstm_assets.graph.keys import (
    ADJUSTED_PRICES,
    BEST_MODEL,
    HYPERPARAMETER_GRID,
    MODEL_RESULTS,
    RAW_PRICES,
)
from lstm_assets.study import Study


@dataclass(frozen=True, slots=True)
class StudyAsset:
    """One of the assets that every study has."""

    name: str  # also of its file in assets/
    table: str  # that its IO manager persists it in
    jobs: Sequence[JobKind]  # that materialize it
    stage: Stage | None = None  # its row in TB_TASKSTATUS; None: each of its partitions has one
    launchpad: Mapping[str, Any] = field(default_factory=dict)  # run config that launchpads show


# In the order of the graph. The index of a new stage is below 1, since no other is left.
ASSETS = (
    StudyAsset(RAW_PRICES, "TB_ASSETVALUE_RAW", [INGEST, REFRESH], Stage("RAW", 1)),
    StudyAsset(ADJUSTED_PRICES, "TB_ASSETVALUE_ADJ", [INGEST, REFRESH], Stage("ADJ", 2)),
    StudyAsset(
        HYPERPARAMETER_GRID,
        "TB_HYPERPARAMETER",
        [REFRESH, BUILD_GRID],
        Stage("GRID", 3),
        launchpad={"space": {}},
    ),
    StudyAsset(
        MODEL_RESULTS,
        "TB_MODELRESULT",
        [TUNE],
        launchpad={"retrain": False, "warm_start": False},
    ),
    StudyAsset(BEST_MODEL, "TB_BESTMODEL", [SELECT], Stage("BEST", 4)),
)


def asset_named(name: str) -> StudyAsset:
    """Return the asset of this name; raises KeyError."""
    return {each.name: each for each in ASSETS}[name]


def assets_by_job() -> dict[JobKind, list[str]]:
    """Return the names of the assets that each job materializes, in the order of the graph."""
    found: dict[JobKind, list[str]] = {}
    for asset in ASSETS:
        for kind in asset.jobs:
            found.setdefault(kind, []).append(asset.name)
    return found


def jobs_of(study: Study) -> dict[JobKind, Job]:
    """Make the jobs of a study; their launchpads hold settings that run as they stand."""
    launchpad = {each.name: each.launchpad for each in ASSETS if each.launchpad}
    return {
        kind: define_job(study, kind, assets, launchpad) for kind, assets in assets_by_job().items()
    }
