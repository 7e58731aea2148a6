"""What Dagster is told of a cell: one materialization of its partition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dagster as dg

from lstm_assets.keys import HYPERPARAMETER_GRID, MODEL_RESULTS, asset_key
from lstm_assets.plots.loss_curve import loss_curve
from lstm_assets.store.results import Result
from lstm_assets.study import Study
from lstm_assets.training.series import code_version


def materialization(
    study: Study,
    result: Result,
    provenance: dict[str, str],
    *,
    reused: bool,
    losses: Sequence[float] = (),
) -> dg.AssetMaterialization:
    """Return the event that says that a cell has this result.

    Args:
        study: of the cell.
        result: as stored.
        provenance: see below.
        reused: whether it was there before its run.
        losses: training loss of each epoch, in window units squared; none where it is not known.
    """
    numbers = {
        "mse": result.mse,
        "loss": result.loss,
        "accuracy": result.accuracy,
        "seconds": result.seconds_train,
    }
    metadata: dict[str, Any] = {name: value for name, value in numbers.items() if value is not None}
    if losses:
        metadata["loss_curve"] = dg.MetadataValue.md(loss_curve(losses))
    return dg.AssetMaterialization(
        asset_key(study, MODEL_RESULTS),
        partition=result.code_task,
        metadata={**metadata, "version_model": result.version_model, "reused": reused},
        tags={
            "dagster/data_version": result.data_version or "",
            "dagster/data_version_is_user_provided": "true",
            "dagster/code_version": code_version(study.model),
            **provenance,
        },
    )


def provenance(instance: dg.DagsterInstance, study: Study) -> dict[str, str]:
    """Return the tags by which Dagster tells whether a cell is in sync with its grid.

    It adds them to outputs, and not to events that an asset logs itself.
    """
    key = asset_key(study, HYPERPARAMETER_GRID)
    newest = instance.fetch_materializations(key, limit=1).records
    if not newest:
        return {}
    event = newest[0].asset_materialization
    tags = (event.tags if event else None) or {}
    name = key.to_user_string()
    return {
        f"dagster/input_data_version/{name}": str(tags.get("dagster/data_version", "")),
        f"dagster/input_event_pointer/{name}": str(newest[0].storage_id),
    }
