"""Settle runs that have ended: correct what they left in the tables and in Dagster.

A run that ends normally settles its own rows. A run that was killed, or never began, cannot. Here
its rows get the right status, and Dagster gets the materializations of results that the run stored
but did not materialize. Settling can be repeated, and does not change what another run has taken
over.

A run or a row that cannot be settled does not stop the others: one line is logged. The claims stay,
so it is tried again.
"""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import dagster as dg
from sqlalchemy import Connection

from lstm_assets.cells.codes import Stage, by_number, cell_number, stage_code
from lstm_assets.cells.result import Result
from lstm_assets.errors import StoreError
from lstm_assets.graph.failures import PROCESS_ENDED, reason, reason_of_run
from lstm_assets.graph.instance import storage_refusals
from lstm_assets.graph.processes import has_ended, has_process, lived_at
from lstm_assets.graph.runs.materializations import add_materializations, missing_materializations
from lstm_assets.graph.runs.queries import ENDED, assets_of, codes_of
from lstm_assets.graph.tags import SERVER
from lstm_assets.records.scored import read_scored_cells
from lstm_assets.store.claims import Claims, holders, read_claims, release, release_task
from lstm_assets.store.engine import connect, in_transaction
from lstm_assets.store.locks import training_lock
from lstm_assets.store.refusals import TransientError
from lstm_assets.store.setup import database
from lstm_assets.store.status import (
    Status,
    read_statuses,
    set_if_not_executed,
    set_unless_completed,
    without_refused_note,
)
from lstm_assets.study import Study

_logger = logging.getLogger(__name__)

UNKNOWN = "its run is unknown to this Dagster instance and is not training"
# NOT_STARTED: a run that a command makes is not queued, and the command may be killed before the
# run starts.
BEGUN = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
MATERIALIZATIONS_PER_CALL = 300  # a tick of a sensor may take only a minute
HOURS_UNKNOWN = 1  # after this time, the claims of an unknown run may be released


def reconcile(instance: dg.DagsterInstance, study: Study) -> list[str]:
    """Settle every run of the study that has ended and still has claims.

    First, runs whose process has died are set to failed in Dagster.

    Returns:
        The ids of the runs that were settled.

    Raises:
        StoreError: the claims cannot be read, so nothing can be settled.
    """
    _fail_dead_runs(instance, study)
    return [
        each.run_id
        for each in _claims(study)
        if _tried(study, each.run_id, partial(_settle_if_ended, instance, study, each)) is _ALL
    ]


def settle_claims_of(instance: dg.DagsterInstance, study: Study, run_id: str) -> None:
    """Settle a run that has ended, if it still has claims; it raises no error."""

    def work() -> bool:
        held = [each for each in _claims(study) if each.run_id == run_id]
        return all(_settle_if_ended(instance, study, each) for each in held)

    _tried(study, run_id, work)


def settle_step(study: Study, run_id: str, stage: Stage | None, status: Status, note: str) -> None:
    """Settle what a step of a run still holds when the step has failed; it raises no error.

    Args:
        study: the study of the step's asset.
        run_id: the run, which may go on with other steps.
        stage: of the step's asset; None: its tasks are cells.
        status: Error or Canceled.
        note: why it failed.
    """

    def work() -> bool:
        claimed = next((each.codes for each in _claims(study) if each.run_id == run_id), [])
        own = stage_code(study.code, stage) if stage else None
        held = [code for code in claimed if code == own or (not own and cell_number(code))]
        for code in _settle_tasks(_Tasks(held, []), run_id, status, note):
            in_transaction(database(), partial(release_task, code_task=code))
        return True

    _tried(study, run_id, work)


def settle_run(instance: dg.DagsterInstance, study: Study, run: dg.DagsterRun) -> bool:
    """Settle a run that has ended.

    Tasks that it holds and that are not Completed become Error, or Canceled, with the reason in
    NOTE. So do cells that it was asked to train and that no run ever began. Cells that have a
    result and that it did not materialize are materialized: otherwise Dagster would show them as
    failed, even those that an earlier run had materialized.

    It raises no error.

    Returns:
        Whether the next tick has nothing to do for this run; False if there are more
        materializations than a tick has time for, or if the database could not be reached.
    """
    return _tried(study, run.run_id, partial(_settle_run, instance, study, run)) is not _LATER


def _settle_run(instance: dg.DagsterInstance, study: Study, run: dg.DagsterRun) -> bool:
    """Settle a run; return whether all of it is settled."""
    run = instance.get_run_by_id(run.run_id) or run
    if run.status not in ENDED:
        return True  # canceled at the moment when it was launched; such a run continues
    canceled = run.status is dg.DagsterRunStatus.CANCELED
    status = Status.CANCELED if canceled else Status.ERROR
    note = "" if canceled else f"run {run.run_id[:8]}: {reason_of_run(instance, run)}"
    requested = codes_of(instance, study, run)
    settled = _settle_rows(study, run.run_id, requested, status, note)
    # Dagster does not show partitions of a canceled run as failed.
    codes = settled.completed & set(settled.held) if canceled else settled.completed
    missing = missing_materializations(instance, study, run, _current_results(study, codes))
    add_materializations(instance, study, missing[:MATERIALIZATIONS_PER_CALL])
    if len(missing) > MATERIALIZATIONS_PER_CALL:
        return False
    if settled.refused:
        raise StoreError("the database refuses some of its rows, which stay as they are")
    if settled.held:
        _release(study, run.run_id)
    return True


def _fail_dead_runs(instance: dg.DagsterInstance, study: Study) -> None:
    """Set runs of the study whose process has died to failed in Dagster, and settle them.

    Normally the server that started a process does this. It cannot if it was ended as well, or
    could not reach Dagster's storage at that moment.
    """
    for run in instance.get_runs(dg.RunsFilter(statuses=BEGUN)):
        if assets_of(study, run):
            _tried(study, run.run_id, partial(_fail_if_dead, instance, study, run))


def _fail_if_dead(instance: dg.DagsterInstance, study: Study, run: dg.DagsterRun) -> bool:
    """Set a run to failed if its process has died, and settle it; return whether it was settled."""
    if not _is_dead(instance, run):
        return False
    now = instance.get_run_by_id(run.run_id)
    if now is None or now.status not in BEGUN:  # it has ended normally in the meantime
        return False
    instance.report_run_failed(now, PROCESS_ENDED)
    return _settle_run(instance, study, now)


def _is_dead(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Return whether the process of a run has died, as far as is known on this host."""
    if has_process(run.run_id, run.tags):
        return has_ended(run.run_id, run.tags)
    # The run did not reach its first asset. Dagster's server says which process it started.
    if not _is_local(run.tags.get(SERVER, "")):
        return False
    records = instance.get_records_for_run(
        run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT, ascending=False
    ).records
    for record in records:
        event = record.event_log_entry.dagster_event
        process = event.engine_event_data.metadata.get("pid") if event else None
        if process is not None:
            return not lived_at(int(str(process.value)), record.timestamp)
    return False


def _is_local(server: str) -> bool:
    """Return whether the code server that started a run is, or was, on this host, by its socket."""
    socket = json.loads(server).get("socket") if server else None
    return isinstance(socket, str) and Path(socket).exists()


def _settle_if_ended(instance: dg.DagsterInstance, study: Study, claims: Claims) -> bool:
    """Settle the run of these claims if it has ended; return whether all of it is settled."""
    run = instance.get_run_by_id(claims.run_id)
    if run is None:
        return _settle_unknown(study, claims)
    return run.status in ENDED and _settle_run(instance, study, run)


def _settle_unknown(study: Study, claims: Claims) -> bool:
    """Settle an unknown run if it is not training; return whether it was settled.

    Such a run belongs to another Dagster instance, or was deleted.
    """
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    if now - claims.newest < datetime.timedelta(hours=HOURS_UNKNOWN):
        return False
    with training_lock(database(), study.code) as idle:
        if not idle or _settle_rows(study, claims.run_id, [], Status.ERROR, UNKNOWN).refused:
            return False
        _release(study, claims.run_id)
    return True


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a run, after they were settled."""

    held: list[str]  # the tasks that the run holds
    completed: set[str]  # its Completed cells
    refused: bool  # whether the database refused a row


def _settle_rows(
    study: Study, run_id: str, requested: Sequence[str], status: Status, note: str
) -> _Rows:
    """Settle the rows of a run: all in one transaction, or each alone if the database refuses."""
    claimed = next((each.codes for each in _claims(study) if each.run_id == run_id), [])
    tasks = _Tasks(claimed, requested)
    refused = False
    try:
        held = _settle_tasks(tasks, run_id, status, note)
    except TransientError:
        raise
    except StoreError:
        held = []
        for task, alone in tasks.each():
            try:
                held += _settle_tasks(alone, run_id, status, note)
            except StoreError as error:
                _logger.warning("%s cannot be settled: %s", task, error)
                refused = True
    with connect(database()) as conn:
        rows = read_statuses(conn, study.code)
    completed = {row.code_task for row in rows if row.status is Status.COMPLETED}
    return _Rows(held, completed & {*held, *requested}, refused)


@dataclass(frozen=True, slots=True)
class _Tasks:
    """The tasks of a run: those that it claimed, and cells that it was asked to train."""

    claimed: Sequence[str]
    requested: Sequence[str]

    def each(self) -> Iterator[tuple[str, _Tasks]]:
        """Yield each task, and the same tasks with only this one."""
        for task in dict.fromkeys([*self.claimed, *self.requested]):
            claimed = [task] if task in self.claimed else []
            yield task, _Tasks(claimed, [task] if task in self.requested else [])


def _settle_tasks(tasks: _Tasks, run_id: str, status: Status, note: str) -> list[str]:
    """Settle the rows of these tasks in one transaction; return the tasks that the run holds."""

    def work(conn: Connection, text: str) -> list[str]:
        holder = holders(conn, list({*tasks.claimed, *tasks.requested}))
        held = [code for code in tasks.claimed if holder.get(code) == run_id]
        set_unless_completed(conn, held, status, text)
        untried = [code for code in tasks.requested if code not in holder]
        set_if_not_executed(conn, untried, status, text)
        return held

    def write(text: str) -> list[str]:
        return in_transaction(database(), partial(work, text=text))

    return without_refused_note(write, note)


def _current_results(study: Study, codes: set[str]) -> list[Result]:
    """Return the results of these cells that today's prices and code would give again.

    Other results are not materialized, because Dagster would show them as in sync with the newest
    grid.
    """
    if not codes:
        return []
    try:
        with connect(database()) as conn:
            scored = read_scored_cells(conn, study)
    except StoreError:
        return []  # the study has no cells or no prices any more
    return [scored.results[code] for code in sorted(codes & scored.current, key=by_number)]


def _claims(study: Study) -> list[Claims]:
    with connect(database()) as conn:
        return read_claims(conn, study.code)


_ALL, _LATER, _FAILED = "all is settled", "the next tick settles the rest", "it cannot be settled"


def _tried(study: Study, run_id: str, work: Callable[[], bool]) -> str:
    """Do the work that settles a run, and return how it ended; an error is logged in one line."""
    try:
        with storage_refusals():
            return _ALL if work() else _LATER
    except Exception as error:
        _logger.warning("study %s: run %s is not settled: %s", study.code, run_id, reason(error))
        return _LATER if isinstance(error, TransientError) else _FAILED


def _release(study: Study, run_id: str) -> None:
    in_transaction(database(), lambda conn: release(conn, study.code, run_id))
