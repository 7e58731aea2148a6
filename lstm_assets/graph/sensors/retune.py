"""retune: trains the best cells again when new market data lands.

One retune goes through three stages, each the run or runs of one job: `refresh` fetches and adjusts
the new bars, `tune` trains the best cells on them, `select` lets the best of these challenge the
champion. Each tick takes at most one step. What was launched is known by the tags of the runs, so
a tick that crashed half-way launches nothing twice.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import dagster as dg
from pydantic import TypeAdapter

from lstm_assets.errors import SourceError
from lstm_assets.graph.failures import reason_of_run
from lstm_assets.graph.jobs import REFRESH, SELECT, TUNE, Job, Jobs
from lstm_assets.graph.keys import MODEL_RESULTS, op_name
from lstm_assets.graph.runs.queries import ENDED, ranges
from lstm_assets.graph.sensors.one_line import Told, in_one_line
from lstm_assets.graph.tags import RANGE_END, RANGE_START, RETUNE
from lstm_assets.records.cells import known_cells
from lstm_assets.records.retuning import best_codes, new_bars
from lstm_assets.store.engine import connect
from lstm_assets.store.results import newest_bar_seen, read_best, read_results
from lstm_assets.store.setup import database
from lstm_assets.study import Study

MOST_TRIES = 3  # of a stage of one retune
HOPE = "newer bars, or a cursor that is reset, let it try again"

Stage: TypeAlias = Literal["refresh", "tune", "select"]


@dataclass(frozen=True, slots=True)
class State:
    """What the sensor's cursor says: the retune that is under way, if one is."""

    tuned_to: str = ""  # newest bar of the last retune, YYYY-MM-DD
    to: str = ""  # newest bar of the one under way
    stage: Stage | None = None  # launched last


def retune_sensor(study: Study, jobs: Jobs) -> dg.SensorDefinition:
    """Make the sensor that retunes the study; see the module."""

    @dg.sensor(
        name=f"{study.name}__retune",
        description=f"Retunes when {study.source.kind} has at least {study.retune.min_new_bars} "
        "bars that the results have not seen.",
        jobs=[jobs[REFRESH], jobs[TUNE], jobs[SELECT]],
        minimum_interval_seconds=study.retune.interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING
        if study.retune.enabled
        else dg.DefaultSensorStatus.STOPPED,
    )
    @in_one_line
    def tick(context: dg.SensorEvaluationContext) -> Told:
        state = TypeAdapter(State).validate_json(context.cursor) if context.cursor else State()
        yield from _Tick(context, study, jobs, state).told()

    return tick


@dataclass
class _Tick:
    """One step of a retune."""

    context: dg.SensorEvaluationContext
    study: Study
    jobs: Jobs
    state: State

    def told(self) -> Told:
        if self.state.stage is None:
            yield from self._look()
            return
        runs = self._runs(self.state.stage)
        going_on = [run for run in runs if run.status not in ENDED]
        if going_on:
            yield dg.SkipReason(f"{self._name}: run {going_on[0].run_id[:8]} is under way")
        elif self.state.stage == "refresh":
            yield from self._refreshed(runs)
        elif self.state.stage == "tune":
            yield from self._launch("select")
        else:
            yield from self._selected(runs)

    def _look(self) -> Told:
        """Begin a retune if the source has enough new bars."""
        until = self.state.tuned_to or self._newest_bar_seen()
        if not until:
            yield dg.SkipReason("there is no result to train again; tune the study first")
            return
        self._save(State(tuned_to=until))
        try:
            self.study.source.tick()
            bars = self._new_bars(until)
        except SourceError as error:
            yield dg.SkipReason(f"the source failed, the next tick tries again: {error}")
            return
        enough = self.study.retune.min_new_bars
        if len(bars) < enough:
            found = f"{len(bars)} of {enough} new bars" if bars else "no new data"
            yield dg.SkipReason(f"{found}: the results have seen every bar up to {until}")
            return
        self.state = replace(self.state, to=bars[-1].isoformat())
        failed = self._failed("refresh")
        if len(failed) >= MOST_TRIES:
            why = reason_of_run(self.context.instance, failed[0])
            yield dg.SkipReason(f"{self._name} failed {len(failed)} times, {HOPE}: {why}")
            return
        yield from self._launch("refresh")

    def _newest_bar_seen(self) -> str:
        with connect(database()) as conn:
            seen = newest_bar_seen(conn, self.study.code)
        return f"{seen[:4]}-{seen[4:6]}-{seen[6:8]}" if seen else ""

    def _failed(self, stage: Stage) -> list[dg.DagsterRun]:
        """Return the runs of a stage of this retune that failed, the newest first."""
        return [run for run in self._runs(stage) if run.status is dg.DagsterRunStatus.FAILURE]

    def _new_bars(self, until: str) -> list[datetime.date]:
        study = self.study
        after = datetime.date.fromisoformat(until)
        return new_bars(study.source, study.ticker, after, study.date_end)

    def _refreshed(self, runs: list[dg.DagsterRun]) -> Told:
        newest = runs[0] if runs else None
        if newest is None or newest.status is not dg.DagsterRunStatus.SUCCESS:
            why = (
                reason_of_run(self.context.instance, newest) if newest else "it was never launched"
            )
            self._save(replace(self.state, stage=None))
            yield dg.SkipReason(f"{self._name} failed, the next tick tries again: {why}")
            return
        yield from self._launch("tune")

    def _selected(self, runs: list[dg.DagsterRun]) -> Told:
        failed = self._failed("select")
        if runs and runs[0] in failed and len(failed) < MOST_TRIES:
            yield self._request(self.jobs[SELECT])
            return
        if runs and runs[0].status is not dg.DagsterRunStatus.SUCCESS:
            why = reason_of_run(self.context.instance, runs[0])
            told = f"{self._name} has trained, and no winner was chosen: {why}"
            self._save(State(tuned_to=self.state.to))
            yield dg.SkipReason(told)
            return
        with connect(database()) as conn:
            best = read_best(conn, self.study.code)
        told = f"{self._name} has ended: {best.note if best else 'there is no winner'}"
        self._save(State(tuned_to=self.state.to))
        yield dg.SkipReason(told)

    def _launch(self, stage: Stage) -> Told:
        """Request the runs of a stage, unless a tick that crashed has launched them."""
        self._save(replace(self.state, stage=stage))
        launched = self._runs(stage)
        if any(run.status in _TO_GO_ON_WITH for run in launched):
            yield dg.SkipReason(f"{self._name}: its {stage} was launched before")
        elif stage == "tune":
            yield from self._training()
        else:
            yield self._request(self.jobs[REFRESH if stage == "refresh" else SELECT])

    def _training(self) -> Told:
        retune = self.study.retune
        with connect(database()) as conn:
            cells = known_cells(conn, self.study)
            partial = {code for code, cell in cells.items() if cell.is_partial}
            codes = best_codes(read_results(conn, self.study.code), retune.top_k, partial)
        config = {"warm_start": retune.warm_start}
        ops = {op_name(self.study, MODEL_RESULTS): {"config": config}}
        for first, last in ranges(self.context.instance, self.study, codes):
            tags = {RANGE_START: first, RANGE_END: last}
            yield self._request(self.jobs[TUNE], tags, {"ops": ops})

    def _request(
        self,
        job: Job,
        tags: dict[str, str] | None = None,
        run_config: dict[str, Any] | None = None,
    ) -> dg.RunRequest:
        told = {**(tags or {}), RETUNE: self._tag(str(self.state.stage))}
        return dg.RunRequest(job_name=job.name, tags=told, run_config=run_config)

    def _runs(self, stage: Stage) -> list[dg.DagsterRun]:
        """Return the runs of a stage of this retune, the newest first."""
        filters = dg.RunsFilter(tags={RETUNE: self._tag(stage)})
        return list(self.context.instance.get_runs(filters))

    def _tag(self, stage: str) -> str:
        return f"{self.study.code} {self.state.to} {stage}"

    def _save(self, state: State) -> None:
        self.state = state
        self.context.update_cursor(TypeAdapter(State).dump_json(state).decode())

    @property
    def _name(self) -> str:
        return f"the retune to {self.state.to}"


# A stage with such a run is not launched again; one that failed may be.
_TO_GO_ON_WITH = [
    status
    for status in dg.DagsterRunStatus
    if status not in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
]
