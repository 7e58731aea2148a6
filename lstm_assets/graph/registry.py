"""The assets of a study: one line per asset here, and a file of the same name in assets/."""

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

    name: str  # also the name of its file in assets/
    table: str  # where its IO manager stores it
    jobs: Sequence[JobKind]  # the jobs that materialize it
    stage: Stage | None = None  # its row in TB_TASKSTATUS; None: each partition has its own row
    launchpad: Mapping[str, Any] = field(default_factory=dict)  # run config that launchpads show


# In the order of the graph. The index of a new stage must be below 1: 1 to 4 are taken, and cells
# follow.
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
    """Return the asset with this name; raises KeyError if there is none."""
    return {asset.name: asset for asset in ASSETS}[name]


def assets_by_job() -> dict[JobKind, list[str]]:
    """Return the names of the assets that each job materializes, in the order of the graph."""
    names: dict[JobKind, list[str]] = {}
    for asset in ASSETS:
        for kind in asset.jobs:
            names.setdefault(kind, []).append(asset.name)
    return names


def jobs_of(study: Study) -> dict[JobKind, Job]:
    """Return the jobs of a study. Their launchpads show run config that works unchanged."""
    launchpad = {asset.name: asset.launchpad for asset in ASSETS if asset.launchpad}
    return {
        kind: define_job(study, kind, assets, launchpad) for kind, assets in assets_by_job().items()
    }
