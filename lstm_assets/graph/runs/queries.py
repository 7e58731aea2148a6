"""Runs of a study's assets, as the Dagster instance has them."""

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
# Hosts' clocks differ, and a run is visible a moment after it has ended.
SECONDS_OVERLAP = 30
RUNS_A_TICK = 200


def assets_of(study: Study, run: dg.DagsterRun) -> set[str]:
    """Return the names of the study's assets that a run was asked to materialize."""
    if run.asset_selection is not None:
        return {key.path[-1] for key in run.asset_selection if key.path[0] == study.name}
    # A run of a whole job does not say what is in it.
    return {
        asset
        for kind, assets in assets_by_job().items()
        if run.job_name == job_name(study, kind.name)
        for asset in assets
    }


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

    records: list[dg.RunRecord]  # the first to change first
    last: float  # when the newest of those handled before changed, in seconds
    seen: dict[str, float]  # those handled lately, and when they changed

    @property
    def runs(self) -> list[dg.DagsterRun]:
        """The runs themselves."""
        return [each.dagster_run for each in self.records]

    def cursor(self, handled: int) -> str:
        """Return the cursor for the next look, when the first so many are handled."""
        done = {_short(each): each.update_timestamp.timestamp() for each in self.records[:handled]}
        until = max(done.values(), default=self.last)
        known = {**self.seen, **done}
        recent = {run: at for run, at in known.items() if at >= until - SECONDS_OVERLAP}
        return json.dumps([until, recent], separators=(",", ":"))


def ended_since(
    instance: dg.DagsterInstance, statuses: Sequence[dg.DagsterRunStatus], cursor: str | None
) -> EndedRuns:
    """Return each run once that ends in one of these statuses.

    Args:
        instance: whose runs.
        statuses: of runs that are over.
        cursor: of the last look; None is the first, which sees all.
    """
    last, seen = json.loads(cursor) if cursor else (0.0, {})
    after = datetime.datetime.fromtimestamp(max(last - SECONDS_OVERLAP, 0.0), datetime.UTC)
    records = instance.get_run_records(
        dg.RunsFilter(statuses=list(statuses), updated_after=after),
        order_by="update_timestamp",
        ascending=True,
        limit=RUNS_A_TICK + len(seen),
    )
    return EndedRuns([each for each in records if _short(each) not in seen], last, seen)


def _short(record: dg.RunRecord) -> str:
    """Return enough of a run's id: what a cursor holds is limited."""
    return record.dagster_run.run_id[:8]
