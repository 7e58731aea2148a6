"""Runs of a study's assets, as the Dagster instance has them."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from lstm_assets.io_managers.cells import partitions_of
from lstm_assets.keys import JOBS, MODEL_RESULTS, job_name
from lstm_assets.run_tags import PARTITION, RANGE_END, RANGE_START
from lstm_assets.study import Study

ENDED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]
# Hosts' clocks differ, and a run is visible a moment after it has ended.
SECONDS_OVERLAP = 120
RUNS_A_TICK = 200


def assets_of(study: Study, run: dg.DagsterRun) -> set[str]:
    """Return the names of the study's assets that a run was asked to materialize."""
    if run.asset_selection is not None:
        return {key.path[-1] for key in run.asset_selection if key.path[0] == study.name}
    # A run of a whole job does not say what is in it.
    jobs = [job for job in JOBS if run.job_name == job_name(study, job)]
    return {asset for job in jobs for asset in JOBS[job]}


def selects(run: dg.DagsterRun, study: Study, asset: str) -> bool:
    """Whether a run materializes one of the study's assets."""
    return asset in assets_of(study, run)


def unfinished(instance: dg.DagsterInstance, study: Study, asset: str) -> list[dg.DagsterRun]:
    """Return the runs of an asset that are queued or in progress."""
    statuses = [status for status in dg.DagsterRunStatus if status not in ENDED]
    runs = instance.get_runs(dg.RunsFilter(statuses=statuses))
    return [run for run in runs if selects(run, study, asset)]


def codes_of(instance: dg.DagsterInstance, study: Study, run: dg.DagsterRun) -> list[str]:
    """Return the CODE_TASKs that a run was asked to train, in the order of the partitions."""
    if not selects(run, study, MODEL_RESULTS):
        return []
    if PARTITION in run.tags:
        return [run.tags[PARTITION]]
    first, last = run.tags.get(RANGE_START), run.tags.get(RANGE_END)
    keys = list(instance.get_dynamic_partitions(str(partitions_of(study).name)))
    if first not in keys or last not in keys:
        return []
    return keys[keys.index(first) : keys.index(last) + 1]


def ranges(
    instance: dg.DagsterInstance, study: Study, codes: Sequence[str]
) -> list[tuple[str, str]]:
    """Return the fewest ranges of partitions, in Dagster's order, of these codes only."""
    wanted = set(codes)
    found: list[tuple[str, str]] = []
    unbroken = False
    for key in instance.get_dynamic_partitions(str(partitions_of(study).name)):
        if key in wanted:
            found.append((found.pop()[0] if unbroken else key, key))
        unbroken = key in wanted
    return found


@dataclass(frozen=True, slots=True)
class EndedRuns:
    """The runs that have ended since a sensor last looked."""

    runs: list[dg.DagsterRun]  # the first to end first
    cursor: str  # for the next look


def ended_since(
    instance: dg.DagsterInstance, statuses: Sequence[dg.DagsterRunStatus], cursor: str | None
) -> EndedRuns:
    """Return each run once that ends in one of these statuses.

    Args:
        instance: whose runs.
        statuses: of runs that are over.
        cursor: of the last look; None is the first, which sees all.
    """
    last, seen = json.loads(cursor) if cursor else (0.0, [])
    after = datetime.datetime.fromtimestamp(max(last - SECONDS_OVERLAP, 0.0), datetime.UTC)
    records = instance.get_run_records(
        dg.RunsFilter(statuses=list(statuses), updated_after=after),
        order_by="update_timestamp",
        ascending=True,
        limit=RUNS_A_TICK + len(seen),
    )
    new = [each for each in records if each.dagster_run.run_id not in seen]
    until = max([each.update_timestamp.timestamp() for each in records], default=last)
    recent = [each.dagster_run.run_id for each in records if _is_recent(each, until)]
    new.sort(key=lambda each: each.end_time or 0.0)
    return EndedRuns([each.dagster_run for each in new], json.dumps([until, recent]))


def _is_recent(record: dg.RunRecord, until: float) -> bool:
    return record.update_timestamp.timestamp() >= until - SECONDS_OVERLAP
