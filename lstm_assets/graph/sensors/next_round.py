"""next_round: takes a search from one round to the next until it has ended.

Each tick takes at most one step: it trains what is open of the search, or, if nothing is,
materializes hyperparameter_grid, which proposes the next round. The sensor remembers nothing. How
the search stands is in the tables, and how often a step was tried, in the tags of its runs; so a
tick that crashed half-way is made up for by the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from lstm_assets.cells.proposal import Proposal
from lstm_assets.graph.failures import reason_of_run
from lstm_assets.graph.jobs import BUILD_GRID, TUNE, Jobs
from lstm_assets.graph.keys import HYPERPARAMETER_GRID, MODEL_RESULTS, job_name
from lstm_assets.graph.partitions import partitions_of
from lstm_assets.graph.runs.queries import ranges, unfinished
from lstm_assets.graph.sensors.one_line import Told, in_one_line
from lstm_assets.graph.tags import RANGE_END, RANGE_START, ROUND
from lstm_assets.records.next_round import OpenCells, read_search_state
from lstm_assets.store.engine import connect
from lstm_assets.store.setup import database
from lstm_assets.study import Study

SECONDS_BETWEEN_TICKS = 15
MOST_TRIES = 3  # of a round's proposal, and of the same cells in a row


def next_round_sensor(study: Study, jobs: Jobs) -> dg.SensorDefinition:
    """Make the sensor that carries out the study's search; see the module."""

    @dg.sensor(
        name=f"{study.name}__next_round",
        description="Takes the search from a finished round to the next until it has ended. "
        "A grid is one round, which is left to new_codes.",
        jobs=[jobs[BUILD_GRID], jobs[TUNE]],
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    @in_one_line
    def tick(context: dg.SensorEvaluationContext) -> Told:
        if study.search.has_one_round:
            yield dg.SkipReason(
                f"method {study.search.name} is one round: materialize hyperparameter_grid, and "
                f"let the sensor {study.name}__new_codes train it"
            )
            return
        for asset in (HYPERPARAMETER_GRID, MODEL_RESULTS):
            if under_way := unfinished(context.instance, study, asset):
                yield dg.SkipReason(f"{len(under_way)} runs of {asset} are under way")
                return
        with connect(database()) as conn:
            state = read_search_state(conn, study)
        yield from _Step(context.instance, study, jobs, state.next, state.open).requests()

    return tick


@dataclass(frozen=True, slots=True)
class _Step:
    """The next step of a search, while no run of it is under way."""

    instance: dg.DagsterInstance
    study: Study
    jobs: Jobs
    proposal: Proposal
    cells: OpenCells

    def requests(self) -> Told:
        partitions = self.instance.get_dynamic_partitions(str(partitions_of(self.study).name))
        if set(self.cells.to_train) - set(partitions):
            yield self._propose()  # a run died between the round's codes and their partitions
        elif self.cells.to_train:
            yield from self._train()
        elif self.cells.canceled or self.cells.stale:
            yield dg.SkipReason(self._waiting())
        elif self.proposal.is_repeated:
            yield dg.SkipReason(f"the search has ended: {self.proposal.ended}")
        else:
            yield self._propose()

    def _propose(self) -> dg.RunRequest | dg.SkipReason:
        """Materialize hyperparameter_grid, unless that was stopped or fails again and again."""
        job = job_name(self.study, BUILD_GRID.name)
        runs = self.instance.get_runs(dg.RunsFilter(job_name=job, tags=self._tags))
        told = f"the proposal of round {self.proposal.round}"
        go_on = "Materialize hyperparameter_grid to go on"
        if runs and runs[0].status is dg.DagsterRunStatus.CANCELED:
            return dg.SkipReason(f"{told} was canceled. {go_on}")
        if failed := _failed_too_often(runs):
            why = reason_of_run(self.instance, failed)
            return dg.SkipReason(f"{told} failed {MOST_TRIES} times: {why} {go_on}")
        return dg.RunRequest(job_name=self.jobs[BUILD_GRID].name, tags=self._tags)

    def _train(self) -> Told:
        """Train what is open, but for ranges of which runs die and finish nothing."""
        in_vain = []
        requested = False
        for first, last in ranges(self.instance, self.study, self.cells.to_train):
            tags = {**self._tags, RANGE_START: first, RANGE_END: last}
            failed = _failed_too_often(self.instance.get_runs(dg.RunsFilter(tags=tags)))
            if failed:
                why = reason_of_run(self.instance, failed)
                cells = first if first == last else f"{first} to {last}"
                in_vain.append(f"{MOST_TRIES} runs of {cells} died and finished nothing: {why}")
            else:
                requested = True
                yield dg.RunRequest(job_name=self.jobs[TUNE].name, tags=tags)
        if not requested:
            yield dg.SkipReason(f"{'; '.join(in_vain)}. Materialize model_results of them to go on")

    def _waiting(self) -> str:
        """Say what the search waits for that this sensor does not do."""
        told = []
        if canceled := self.cells.canceled:
            told.append(f"{_counted(canceled)} that somebody stopped")
        if stale := self.cells.stale:
            told.append(f"{_counted(stale)} of the search with results on other prices only")
        return f"the next round waits for {' and '.join(told)}. Materialize model_results of them"

    @property
    def _tags(self) -> dict[str, str]:
        """The tag of what is done now: another in each round, also of a search begun anew."""
        round_ = self.proposal
        return {ROUND: f"{self.study.code} {round_.method} {round_.round} {round_.known}"}


def _failed_too_often(runs: Sequence[dg.DagsterRun]) -> dg.DagsterRun | None:
    """Return the newest of these runs, newest first, if too many of them failed."""
    failed = [run for run in runs if run.status is dg.DagsterRunStatus.FAILURE]
    return failed[0] if len(failed) >= MOST_TRIES else None


def _counted(codes: Sequence[str]) -> str:
    """Say how many cells, and the first of them."""
    return codes[0] if len(codes) == 1 else f"{len(codes)} cells ({codes[0]} first)"
