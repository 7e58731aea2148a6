"""What Dagster is told of a cell: one materialization of its partition."""

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

RECORDS_A_PAGE = 1000
PARTITIONS_A_QUERY = 500


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
        study: of the cell.
        result: as stored.
        provenance: see below.
        reused: whether it was there before its run.
        losses: training loss of each epoch, in window units squared; none where it is not known.
        epoch_full: epochs that a cell was to have that its search has stopped early.
    """
    numbers = {
        "mse": result.mse,
        "loss": result.loss,
        "accuracy": result.accuracy,
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


@dataclass(frozen=True, slots=True)
class Unreported:
    """A result that Dagster has no materialization of."""

    result: Result
    reused: bool  # whether an earlier run has reported it


def unreported_results(
    instance: dg.DagsterInstance, study: Study, run: dg.DagsterRun, results: Sequence[Result]
) -> list[Unreported]:
    """Return those of a run's results of which Dagster has not heard since the run's first event.

    Args:
        instance: that Dagster.
        study: whose run.
        run: one of model_results that is over.
        results: the newest of each of its cells.
    """
    key = asset_key(study, MODEL_RESULTS)
    first = instance.get_records_for_run(run.run_id, limit=1).records
    told = _newest_versions(
        instance, dg.AssetRecordsFilter(key, after_timestamp=first[0].timestamp if first else None)
    )
    unheard = [each for each in results if told.get(each.code_task) != each.version_model]
    codes = [each.code_task for each in unheard]
    before: dict[str, int] = {}
    for start in range(0, len(codes), PARTITIONS_A_QUERY):
        some = codes[start : start + PARTITIONS_A_QUERY]
        before |= _newest_versions(instance, dg.AssetRecordsFilter(key, asset_partitions=some))
    return [
        Unreported(each, reused=before.get(each.code_task) == each.version_model)
        for each in unheard
    ]


def report_results(
    instance: dg.DagsterInstance, study: Study, unreported: Sequence[Unreported]
) -> None:
    """Report results to Dagster outside of a run."""
    tags = provenance(instance, study) if unreported else {}
    for each in unreported:
        event = materialization(study, each.result, tags, reused=each.reused)
        instance.report_runless_asset_event(event)


def _newest_versions(
    instance: dg.DagsterInstance, filters: dg.AssetRecordsFilter
) -> dict[str, int]:
    """Return VERSION_MODEL of the newest of these materializations of each cell."""
    found: dict[str, int] = {}
    cursor, more = None, True
    while more:
        page = instance.fetch_materializations(filters, RECORDS_A_PAGE, cursor, ascending=True)
        for record in page.records:
            event = record.asset_materialization
            version = event.metadata.get("version_model") if event else None
            if record.partition_key and version is not None:
                found[record.partition_key] = int(str(version.value))
        cursor, more = page.cursor, page.has_more
    return found
