"""The sensor retune: it trains the best cells again when new market data lands.

A retune has three stages. Each consists of the runs of one job: `refresh` fetches and adjusts the
new bars, `tune` trains the best cells on them, and `select` lets the best of these challenge the
champion. Each tick takes at most one step. The tags of the runs say what was launched, so after a
tick that crashed halfway nothing is launched twice.
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
from lstm_assets.graph.sensors.one_line import Requests, in_one_line
from lstm_assets.graph.tags import RANGE_END, RANGE_START, RETUNE
from lstm_assets.records.cells import known_cells, outside_codes
from lstm_assets.records.prices import bars_with_holdout
from lstm_assets.records.retuning import best_codes, new_bars
from lstm_assets.store.engine import connect
from lstm_assets.store.results import newest_bar_seen, read_best, read_results
from lstm_assets.store.setup import database
from lstm_assets.study import Study

MOST_TRIES = 3  # of a stage of one retune
REMEDY = "It is tried again when newer bars land or the sensor's cursor is reset"

Stage: TypeAlias = Literal["refresh", "tune", "select"]


@dataclass(frozen=True, slots=True)
class RetuneState:
    """What the sensor's cursor contains: the retune in progress, if there is one."""

    tuned_to: str = ""  # newest bar of the last retune, YYYY-MM-DD
    to: str = ""  # newest bar of the retune in progress
    stage: Stage | None = None  # the stage that was launched last; None: no retune in progress


def retune_sensor(study: Study, jobs: Jobs) -> dg.SensorDefinition:
    """Return the sensor that retunes the study; see the module."""

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
    def tick(context: dg.SensorEvaluationContext) -> Requests:
        adapter = TypeAdapter(RetuneState)
        state = adapter.validate_json(context.cursor) if context.cursor else RetuneState()
        yield from _Tick(context, study, jobs, state).requests()

    return tick


@dataclass
class _Tick:
    """One tick of the sensor: it takes at most one step of a retune."""

    context: dg.SensorEvaluationContext
    study: Study
    jobs: Jobs
    state: RetuneState

    def requests(self) -> Requests:
        """Return the runs of the next step, or why there are none."""
        if self.state.stage is None:
            yield from self._begin()
            return
        runs = self._runs(self.state.stage)
        under_way = [run for run in runs if run.status not in ENDED]
        if under_way:
            yield dg.SkipReason(f"{self._name}: run {under_way[0].run_id[:8]} has not ended yet")
        elif self.state.stage == "refresh":
            yield from self._after_refresh(runs)
        elif self.state.stage == "tune":
            yield from self._launch("select")
        else:
            yield from self._after_select(runs)

    def _begin(self) -> Requests:
        """Begin a retune if the source has enough new bars."""
        until = self.state.tuned_to or self._newest_bar_seen()
        if not until:
            yield dg.SkipReason("there is no result yet; tune the study first")
            return
        self._save(RetuneState(tuned_to=until))
        try:
            self.study.source.tick()
            bars = self._new_bars(until)
        except SourceError as error:
            yield dg.SkipReason(f"the source failed, the next tick tries again: {error}")
            return
        enough = self.study.retune.min_new_bars
        if len(bars) < enough:
            available = f"{len(bars)} of {enough} new bars" if bars else "no new data"
            yield dg.SkipReason(f"{available}: the results have seen every bar up to {until}")
            return
        self.state = replace(self.state, to=bars[-1].isoformat())
        failed = self._failed("refresh")
        if len(failed) >= MOST_TRIES:
            reason = reason_of_run(self.context.instance, failed[0]).removesuffix(".")
            yield dg.SkipReason(f"{self._name} failed {len(failed)} times: {reason}. {REMEDY}")
            return
        yield from self._launch("refresh")

    def _newest_bar_seen(self) -> str:
        """Return the date up to which the results know the bars; empty if there is no result.

        The bars of a holdout follow the newest one that a result has seen, and are no news.
        """
        with connect(database()) as conn:
            seen = newest_bar_seen(conn, self.study.code)
            dates = bars_with_holdout(conn, self.study)["date"].to_list()
        if not seen:
            return ""
        until = f"{seen[:4]}-{seen[4:6]}-{seen[6:8]}"
        searched = dates[: self.study.holdout_start(dates)]
        return str(dates[-1]) if searched and searched[-1] == until else until

    def _failed(self, stage: Stage) -> list[dg.DagsterRun]:
        """Return the runs of a stage of this retune that failed, the newest first."""
        return [run for run in self._runs(stage) if run.status is dg.DagsterRunStatus.FAILURE]

    def _new_bars(self, until: str) -> list[datetime.date]:
        """Return the dates of the source's bars after a date."""
        study = self.study
        after = datetime.date.fromisoformat(until)
        return new_bars(study.source, study.ticker, after, study.date_end)

    def _after_refresh(self, runs: list[dg.DagsterRun]) -> Requests:
        """Launch the training if the new bars were fetched; else end the retune."""
        newest = runs[0] if runs else None
        if newest is None or newest.status is not dg.DagsterRunStatus.SUCCESS:
            reason = (
                reason_of_run(self.context.instance, newest) if newest else "it was never launched"
            )
            self._save(replace(self.state, stage=None))
            yield dg.SkipReason(f"{self._name} failed, the next tick tries again: {reason}")
            return
        yield from self._launch("tune")

    def _after_select(self, runs: list[dg.DagsterRun]) -> Requests:
        """End the retune; request its last run again first, if it failed and may be tried again."""
        failed = self._failed("select")
        if runs and runs[0] in failed and len(failed) < MOST_TRIES:
            yield self._request(self.jobs[SELECT])
            return
        if runs and runs[0].status is not dg.DagsterRunStatus.SUCCESS:
            reason = reason_of_run(self.context.instance, runs[0])
            outcome = f"{self._name} has trained the cells, but no winner was chosen: {reason}"
            self._save(RetuneState(tuned_to=self.state.to))
            yield dg.SkipReason(outcome)
            return
        with connect(database()) as conn:
            best = read_best(conn, self.study.code)
        outcome = f"{self._name} has ended: {best.note if best else 'there is no winner'}"
        self._save(RetuneState(tuned_to=self.state.to))
        yield dg.SkipReason(outcome)

    def _launch(self, stage: Stage) -> Requests:
        """Request the runs of a stage, unless an earlier tick that crashed has launched them."""
        self._save(replace(self.state, stage=stage))
        launched = self._runs(stage)
        if any(run.status in _NOT_FAILED for run in launched):
            yield dg.SkipReason(f"{self._name}: an earlier tick has launched its {stage}")
        elif stage == "tune":
            yield from self._training()
        else:
            yield self._request(self.jobs[REFRESH if stage == "refresh" else SELECT])

    def _training(self) -> Requests:
        """Request the runs that train the best cells again."""
        retune = self.study.retune
        with connect(database()) as conn:
            cells = known_cells(conn, self.study)
            partial = {code for code, cell in cells.items() if cell.is_partial}
            left_out = partial | outside_codes(self.study, cells)
            results = read_results(conn, self.study.code)
            codes = best_codes(self.study, results, retune.top_k, left_out)
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
        all_tags = {**(tags or {}), RETUNE: self._tag(str(self.state.stage))}
        return dg.RunRequest(job_name=job.name, tags=all_tags, run_config=run_config)

    def _runs(self, stage: Stage) -> list[dg.DagsterRun]:
        """Return the runs of a stage of this retune, the newest first."""
        filters = dg.RunsFilter(tags={RETUNE: self._tag(stage)})
        return list(self.context.instance.get_runs(filters))

    def _tag(self, stage: str) -> str:
        return f"{self.study.code} {self.state.to} {stage}"

    def _save(self, state: RetuneState) -> None:
        self.state = state
        self.context.update_cursor(TypeAdapter(RetuneState).dump_json(state).decode())

    @property
    def _name(self) -> str:
        return f"the retune to {self.state.to}"


# A stage with a run in one of these statuses is not launched again.
_NOT_FAILED = [
    status
    for status in dg.DagsterRunStatus
    if status not in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
]
