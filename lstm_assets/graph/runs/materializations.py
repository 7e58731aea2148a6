"""Materializations: the events that tell Dagster which result a cell has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from lstm_assets.cells.result import Result
from lstm_assets.graph.keys import HYPERPARAMETER_GRID, MODEL_RESULTS, asset_key
from lstm_assets.plots.loss_curve import loss_curve
from lstm_assets.study import Study
from lstm_assets.training.series import code_version

RECORDS_PER_PAGE = 1000
PARTITIONS_PER_QUERY = 500


def materialization(
    study: Study,
    result: Result,
    provenance: dict[str, str],
    *,
    reused: bool,
    losses: Sequence[float] = (),
    epoch_full: int | None = None,
) -> dg.AssetMaterialization:
    """Return the event that says that a cell has this result.

    Args:
        study: the study of the cell.
        result: the result as it is stored.
        provenance: the tags that the function `provenance` returns.
        reused: whether the result was stored before its run.
        losses: training loss of each epoch, in window units squared; empty if it is not known.
        epoch_full: if the search stopped the cell early, the number of epochs it would have had.
    """
    numbers = {
        "mse": result.mse,
        "loss": result.loss,
        "accuracy": result.accuracy,
        "relative_mse": result.relative_mse if study.rank_by == "relative_mse" else None,
        "folds_mean": result.folds_mean,
        "folds_sd": result.folds_sd,
        "seconds": result.seconds_train,
    }
    metadata: dict[str, Any] = {name: value for name, value in numbers.items() if value is not None}
    if epoch_full is not None:
        metadata["stopped_before_epoch"] = epoch_full
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
    """Return the tags by which Dagster knows whether a cell is in sync with its grid.

    Dagster adds them to outputs, but not to events that an asset logs itself.
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


@dataclass(frozen=True, slots=True)
class MissingMaterialization:
    """A result for which Dagster has no materialization since the run began."""

    result: Result
    reused: bool  # whether an earlier run has materialized it


def missing_materializations(
    instance: dg.DagsterInstance, study: Study, run: dg.DagsterRun, results: Sequence[Result]
) -> list[MissingMaterialization]:
    """Return the results for which Dagster has no materialization since the run's first event.

    Args:
        instance: the Dagster instance of the run.
        study: the study of the run.
        run: a run of model_results that has ended.
        results: the newest result of each of its cells.
    """
    key = asset_key(study, MODEL_RESULTS)
    first = instance.get_records_for_run(run.run_id, limit=1).records
    materialized = _newest_versions(
        instance, dg.AssetRecordsFilter(key, after_timestamp=first[0].timestamp if first else None)
    )
    missing = [each for each in results if materialized.get(each.code_task) != each.version_model]
    codes = [each.code_task for each in missing]
    ever_materialized: dict[str, int] = {}
    for start in range(0, len(codes), PARTITIONS_PER_QUERY):
        chunk = codes[start : start + PARTITIONS_PER_QUERY]
        ever_materialized |= _newest_versions(
            instance, dg.AssetRecordsFilter(key, asset_partitions=chunk)
        )
    return [
        MissingMaterialization(
            each, reused=ever_materialized.get(each.code_task) == each.version_model
        )
        for each in missing
    ]


def add_materializations(
    instance: dg.DagsterInstance, study: Study, missing: Sequence[MissingMaterialization]
) -> None:
    """Write these materializations to Dagster's storage, outside of a run."""
    tags = provenance(instance, study) if missing else {}
    for each in missing:
        event = materialization(study, each.result, tags, reused=each.reused)
        instance.report_runless_asset_event(event)


def _newest_versions(
    instance: dg.DagsterInstance, filters: dg.AssetRecordsFilter
) -> dict[str, int]:
    """Return, by CODE_TASK, the VERSION_MODEL of the newest of the filtered materializations."""
    versions: dict[str, int] = {}
    cursor, more = None, True
    while more:
        page = instance.fetch_materializations(filters, RECORDS_PER_PAGE, cursor, ascending=True)
        for record in page.records:
            event = record.asset_materialization
            version = event.metadata.get("version_model") if event else None
            if record.partition_key and version is not None:
                versions[record.partition_key] = int(str(version.value))
        cursor, more = page.cursor, page.has_more
    return versions
