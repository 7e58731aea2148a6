"""The sensor next_round: it takes a search from one round to the next until the search has ended.

Each tick takes at most one step. It trains the cells of the search that are open. If none is open,
it materializes hyperparameter_grid, which proposes the next round. The sensor has no cursor: the
search state is in the tables, and the tags of the runs say how often a step was tried. So after a
tick that crashed halfway, the next one does the rest.
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
from lstm_assets.graph.sensors.one_line import Requests, in_one_line
from lstm_assets.graph.tags import RANGE_END, RANGE_START, ROUND, TRIALS
from lstm_assets.records.next_round import OpenCells, SearchState, read_search_state
from lstm_assets.store.engine import connect
from lstm_assets.store.setup import database
from lstm_assets.study import Study

SECONDS_BETWEEN_TICKS = 15
MOST_TRIES = 3  # of proposing a round, and of training a range of cells


def next_round_sensor(study: Study, jobs: Jobs) -> dg.SensorDefinition:
    """Return the sensor that carries out the study's search; see the module."""

    @dg.sensor(
        name=f"{study.name}__next_round",
        description="Takes the search from a finished round to the next until it has ended. "
        "A grid is one round, and is trained by new_codes.",
        jobs=[jobs[BUILD_GRID], jobs[TUNE]],
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    @in_one_line
    def tick(context: dg.SensorEvaluationContext) -> Requests:
        if study.search.has_one_round:
            yield dg.SkipReason(
                f"method {study.search.name} is one round: materialize hyperparameter_grid, and "
                f"let the sensor {study.name}__new_codes train it"
            )
            return
        for asset in (HYPERPARAMETER_GRID, MODEL_RESULTS):
            if under_way := unfinished(context.instance, study, asset):
                yield dg.SkipReason(f"runs of {asset} that have not ended: {len(under_way)}")
                return
        with connect(database()) as conn:
            search_state = read_search_state(conn, study)
        step = _Step(context.instance, study, jobs, search_state)
        yield from step.requests()

    return tick


@dataclass(frozen=True, slots=True)
class _Step:
    """The next step of a search of which no run is in progress."""

    instance: dg.DagsterInstance
    study: Study
    jobs: Jobs
    search_state: SearchState

    @property
    def proposal(self) -> Proposal:
        """The round that is proposed next."""
        return self.search_state.next

    @property
    def cells(self) -> OpenCells:
        """The cells of the search that are open."""
        return self.search_state.open

    def requests(self) -> Requests:
        """Return the runs of the step, or why there are none."""
        partitions = self.instance.get_dynamic_partitions(str(partitions_of(self.study).name))
        if set(self.cells.to_train) - set(partitions):
            yield self._propose()  # a run died after it stored codes and before it added partitions
        elif self.cells.to_train:
            yield from self._train()
        elif self.cells.canceled or self.cells.stale:
            yield dg.SkipReason(self._what_it_waits_for())
        elif self.proposal.is_repeated:
            yield dg.SkipReason(f"the search has ended: {self.proposal.ended}")
        else:
            yield self._propose()

    def _propose(self) -> dg.RunRequest | dg.SkipReason:
        """Return the run of hyperparameter_grid.

        There is none if one was canceled, or if too many failed or changed nothing.
        """
        job = job_name(self.study, BUILD_GRID.name)
        runs = self.instance.get_runs(dg.RunsFilter(job_name=job, tags=self._tags))
        proposal = f"the proposal of round {self.proposal.round}"
        remedy = "Materialize hyperparameter_grid to continue"
        if runs and runs[0].status is dg.DagsterRunStatus.CANCELED:
            return dg.SkipReason(f"{proposal} was canceled. {remedy}")
        if failed := _failed_too_often(runs):
            reason = reason_of_run(self.instance, failed).removesuffix(".")
            return dg.SkipReason(f"{proposal} failed {MOST_TRIES} times: {reason}. {remedy}")
        if self._changes_nothing():
            why = self.search_state.not_stored(self.proposal) or "no cell became part of the search"
            return dg.SkipReason(
                f"{proposal} was built {MOST_TRIES} times, and {why}. Compare the columns of "
                f"TB_HYPERPARAMETER with sql/, and look for triggers and changed rows. {remedy}"
            )
        tags = {**self._tags, TRIALS: self._trials}
        return dg.RunRequest(job_name=self.jobs[BUILD_GRID].name, tags=tags)

    def _changes_nothing(self) -> bool:
        """Return whether the newest runs of hyperparameter_grid added no trial to the search.

        Each was requested by this sensor, with as many trials as there are now.
        """
        job = job_name(self.study, BUILD_GRID.name)
        newest = self.instance.get_runs(dg.RunsFilter(job_name=job), limit=MOST_TRIES)
        return len(newest) == MOST_TRIES and all(
            run.status is dg.DagsterRunStatus.SUCCESS and run.tags.get(TRIALS) == self._trials
            for run in newest
        )

    def _train(self) -> Requests:
        """Return runs of the open cells, without ranges of which runs end and finish no cell."""
        failures = []
        requested = False
        for first, last in ranges(self.instance, self.study, self.cells.to_train):
            tags = {**self._tags, RANGE_START: first, RANGE_END: last}
            runs = self.instance.get_runs(dg.RunsFilter(tags=tags))
            cells = first if first == last else f"{first} to {last}"
            if failed := _failed_too_often(runs):
                reason = reason_of_run(self.instance, failed).removesuffix(".")
                failures.append(f"{MOST_TRIES} runs of {cells} died and finished no cell: {reason}")
            elif len(runs) >= MOST_TRIES and all(_ended_well(run) for run in runs[:MOST_TRIES]):
                failures.append(
                    f"{MOST_TRIES} runs of {cells} ended well, and TB_MODELRESULT has no result of "
                    "it: look for triggers and deleted rows"
                )
            else:
                requested = True
                yield dg.RunRequest(job_name=self.jobs[TUNE].name, tags=tags)
        if not requested:
            remedy = "Materialize these cells of model_results to continue"
            yield dg.SkipReason(f"{'; '.join(failures)}. {remedy}")

    def _what_it_waits_for(self) -> str:
        """Return what the search waits for that this sensor does not do."""
        cells = []
        if canceled := self.cells.canceled:
            cells.append(f"{_counted(canceled)} that somebody stopped")
        if stale := self.cells.stale:
            cells.append(f"{_counted(stale)} of the search with results on other prices only")
        return (
            f"the next round waits for {' and '.join(cells)}. Materialize these cells of "
            "model_results"
        )

    @property
    def _trials(self) -> str:
        """The tag that says how many trials the search has: more after each round."""
        return f"{self.study.code} {len(self.search_state.trials)}"

    @property
    def _tags(self) -> dict[str, str]:
        """The tag of this step's runs: a new one in each round, and if the search starts over."""
        proposal = self.proposal
        return {ROUND: f"{self.study.code} {proposal.method} {proposal.round} {proposal.known}"}


def _ended_well(run: dg.DagsterRun) -> bool:
    return run.status is dg.DagsterRunStatus.SUCCESS


def _failed_too_often(runs: Sequence[dg.DagsterRun]) -> dg.DagsterRun | None:
    """Return the newest failed run if too many failed, or None; `runs` has the newest first."""
    failed = [run for run in runs if run.status is dg.DagsterRunStatus.FAILURE]
    return failed[0] if len(failed) >= MOST_TRIES else None


def _counted(codes: Sequence[str]) -> str:
    """Return the number of cells and the first of them, or the only one."""
    return codes[0] if len(codes) == 1 else f"{len(codes)} cells ({codes[0]} first)"
