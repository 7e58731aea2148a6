"""Read from the Dagster instance which runs of a study there are, and what they materialize."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from lstm_assets.graph.keys import MODEL_RESULTS, job_name
from lstm_assets.graph.partitions import partitions_of
from lstm_assets.graph.registry import assets_by_job
from lstm_assets.graph.tags import PARTITION, RANGE_END, RANGE_START
from lstm_assets.study import Study

ENDED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]
# The clocks of hosts differ, and a run becomes visible a moment after it has ended.
SECONDS_OVERLAP = 30
RUNS_PER_TICK = 200


def assets_of(study: Study, run: dg.DagsterRun) -> set[str]:
    """Return the names of the study's assets that a run was asked to materialize."""
    if run.asset_selection is not None:
        return {key.path[-1] for key in run.asset_selection if key.path[0] == study.name}
    # A run of a whole job does not list its assets.
    return {
        asset
        for kind, assets in assets_by_job().items()
        if run.job_name == job_name(study, kind.name)
        for asset in assets
    }


def selects(run: dg.DagsterRun, study: Study, asset: str) -> bool:
    """Return whether a run materializes this asset of the study."""
    return asset in assets_of(study, run)


def unfinished(instance: dg.DagsterInstance, study: Study, asset: str) -> list[dg.DagsterRun]:
    """Return the runs of an asset that have not ended."""
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
    """Return these codes as the smallest number of ranges of partitions, in Dagster's order."""
    wanted = set(codes)
    result: list[tuple[str, str]] = []
    unbroken = False
    for key in instance.get_dynamic_partitions(str(partitions_of(study).name)):
        if key in wanted:
            result.append((result.pop()[0] if unbroken else key, key))
        unbroken = key in wanted
    return result


@dataclass(frozen=True, slots=True)
class EndedRuns:
    """The runs that have ended since the last tick of a sensor."""

    records: list[dg.RunRecord]  # in the order in which they changed
    last: float  # when the newest run of earlier ticks changed, in seconds since 1970
    seen: dict[str, float]  # by short run id, when the latest runs of earlier ticks changed

    @property
    def runs(self) -> list[dg.DagsterRun]:
        """The runs themselves."""
        return [each.dagster_run for each in self.records]

    def cursor(self, handled: int) -> str:
        """Return the cursor for the next tick, after the first `handled` runs were handled."""
        done = {_short(each): each.update_timestamp.timestamp() for each in self.records[:handled]}
        until = max(done.values(), default=self.last)
        known = {**self.seen, **done}
        recent = {run: at for run, at in known.items() if at >= until - SECONDS_OVERLAP}
        return json.dumps([until, recent], separators=(",", ":"))


def ended_since(
    instance: dg.DagsterInstance, statuses: Sequence[dg.DagsterRunStatus], cursor: str | None
) -> EndedRuns:
    """Return the runs that have ended in one of these statuses since the last tick.

    Each run is returned only once, if the cursor is kept.

    Args:
        instance: the Dagster instance with the runs.
        statuses: statuses of runs that have ended.
        cursor: the cursor after the last tick; None: the first tick, which returns all runs.
    """
    last, seen = json.loads(cursor) if cursor else (0.0, {})
    after = datetime.datetime.fromtimestamp(max(last - SECONDS_OVERLAP, 0.0), datetime.UTC)
    records = instance.get_run_records(
        dg.RunsFilter(statuses=list(statuses), updated_after=after),
        order_by="update_timestamp",
        ascending=True,
        limit=RUNS_PER_TICK + len(seen),
    )
    return EndedRuns([each for each in records if _short(each) not in seen], last, seen)


def _short(record: dg.RunRecord) -> str:
    """Return the first part of a run's id, because the size of a cursor is limited."""
    return record.dagster_run.run_id[:8]
