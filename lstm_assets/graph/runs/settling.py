"""Settle runs that have ended: correct what they left in the tables and in Dagster.

A run that ends normally settles its own rows. A run that was killed, or never began, cannot. Here
its rows get the right status, and Dagster gets the materializations of results that the run stored
but did not materialize. Settling can be repeated, and does not change what another run has taken
over.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
from sqlalchemy import Connection

from lstm_assets.cells.codes import by_number
from lstm_assets.cells.result import Result
from lstm_assets.errors import StoreError
from lstm_assets.graph.failures import PROCESS_ENDED, reason_of_run
from lstm_assets.graph.processes import has_ended, has_process, lived_at
from lstm_assets.graph.runs.materializations import add_materializations, missing_materializations
from lstm_assets.graph.runs.queries import ENDED, assets_of, codes_of
from lstm_assets.graph.tags import SERVER
from lstm_assets.records.scored import read_scored_cells
from lstm_assets.store.claims import Claims, holders, read_claims, release
from lstm_assets.store.engine import connect, in_transaction
from lstm_assets.store.locks import training_lock
from lstm_assets.store.setup import database
from lstm_assets.store.status import (
    Status,
    read_statuses,
    set_if_not_executed,
    set_unless_completed,
)
from lstm_assets.study import Study

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
    """
    _fail_dead_runs(instance, study)
    with connect(database()) as conn:
        claims = read_claims(conn, study.code)
    return [each.run_id for each in claims if _settle_if_ended(instance, study, each)]


def settle_run(instance: dg.DagsterInstance, study: Study, run: dg.DagsterRun) -> bool:
    """Settle a run that has ended.

    Tasks that it holds and that are not Completed become Error, or Canceled, with the reason in
    NOTE. So do cells that it was asked to train and that no run ever began. Cells that have a
    result and that it did not materialize are materialized: otherwise Dagster would show them as
    failed, even those that an earlier run had materialized.

    Returns:
        Whether all is settled; False if there are more materializations than a tick has time for.
    """
    run = instance.get_run_by_id(run.run_id) or run
    if run.status not in ENDED:
        return True  # canceled at the moment when it was launched; such a run continues
    canceled = run.status is dg.DagsterRunStatus.CANCELED
    status = Status.CANCELED if canceled else Status.ERROR
    note = "" if canceled else f"run {run.run_id[:8]}: {reason_of_run(instance, run)}"
    requested = codes_of(instance, study, run)
    held, completed = _settle_rows(study, run.run_id, requested, status, note)
    # Dagster does not show partitions of a canceled run as failed.
    codes = completed & set(held) if canceled else completed
    missing = missing_materializations(instance, study, run, _current_results(study, codes))
    add_materializations(instance, study, missing[:MATERIALIZATIONS_PER_CALL])
    if len(missing) > MATERIALIZATIONS_PER_CALL:
        return False
    if held:
        _release(study, run.run_id)
    return True


def _fail_dead_runs(instance: dg.DagsterInstance, study: Study) -> None:
    """Set runs of the study whose process has died to failed in Dagster, and settle them.

    Normally the server that started a process does this. It cannot if it was ended as well, or
    could not reach Dagster's storage at that moment.
    """
    for run in instance.get_runs(dg.RunsFilter(statuses=BEGUN)):
        if not assets_of(study, run) or not _is_dead(instance, run):
            continue
        now = instance.get_run_by_id(run.run_id)
        if now is not None and now.status in BEGUN:  # it has not ended normally in the meantime
            instance.report_run_failed(now, PROCESS_ENDED)
            settle_run(instance, study, now)


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
    return run.status in ENDED and settle_run(instance, study, run)


def _settle_unknown(study: Study, claims: Claims) -> bool:
    """Settle an unknown run if it is not training; return whether it was settled.

    Such a run belongs to another Dagster instance, or was deleted.
    """
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    if now - claims.newest < datetime.timedelta(hours=HOURS_UNKNOWN):
        return False
    with training_lock(database(), study.code) as idle:
        if idle:
            _settle_rows(study, claims.run_id, [], Status.ERROR, UNKNOWN)
            _release(study, claims.run_id)
    return idle


def _settle_rows(
    study: Study, run_id: str, requested: Sequence[str], status: Status, note: str
) -> tuple[list[str], set[str]]:
    """Settle the rows of a run; return the tasks that it holds, and its Completed cells."""

    def work(conn: Connection) -> tuple[list[str], set[str]]:
        claimed = next((c.codes for c in read_claims(conn, study.code) if c.run_id == run_id), [])
        holder = holders(conn, list({*claimed, *requested}))
        held = [code for code in claimed if holder.get(code) == run_id]
        set_unless_completed(conn, held, status, note)
        set_if_not_executed(conn, [code for code in requested if code not in holder], status, note)
        rows = read_statuses(conn, study.code)
        completed = {row.code_task for row in rows if row.status is Status.COMPLETED}
        return held, completed & {*held, *requested}

    return in_transaction(database(), work)


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


def _release(study: Study, run_id: str) -> None:
    in_transaction(database(), lambda conn: release(conn, study.code, run_id))
