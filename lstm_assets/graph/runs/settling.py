"""What a run that is over left behind, set right.

A run that ends in order settles its own rows. One that was killed, or never began, cannot: here
its rows get the status that is true, and Dagster is told of what it stored and could not report.
All of it can be repeated, and leaves alone what another run has taken over.
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
from lstm_assets.graph.processes import has_ended, is_named, lived_at
from lstm_assets.graph.runs.materializations import missing_reports, report
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

UNKNOWN = "its run is unknown to this Dagster instance and trains no more"
# A command's own run is not in the queue before it starts; it may be killed just then.
BEGUN = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
MOST_REPORTS = 300  # at a time: a tick of a sensor may take a minute
HOURS_UNKNOWN = 1  # after which the claims of such a run count as left behind


def reconcile(instance: dg.DagsterInstance, study: Study) -> list[str]:
    """Settle every run of the study that is over and left something behind.

    A run whose process is gone is reported to Dagster as failed first.

    Returns:
        The ids of the runs that were settled.
    """
    _report_dead(instance, study)
    with connect(database()) as conn:
        claims = read_claims(conn, study.code)
    return [each.run_id for each in claims if _settled(instance, study, each)]


def settle_run(instance: dg.DagsterInstance, study: Study, run: dg.DagsterRun) -> bool:
    """Settle a run that is over.

    Its tasks that are not Completed become Error, or Canceled, with the reason in NOTE; so do
    those it was asked for and nobody ever began. Its cells that have a result and that it did not
    report are reported: Dagster shows every partition as failed that a failed run was to
    materialize and did not, also one that an earlier run had materialized.

    Returns:
        Whether all is settled; False if there was more to report than a tick has time for.
    """
    run = instance.get_run_by_id(run.run_id) or run
    if run.status not in ENDED:
        return True  # taken out of the queue in the moment it was launched, it goes on all the same
    canceled = run.status is dg.DagsterRunStatus.CANCELED
    status = Status.CANCELED if canceled else Status.ERROR
    note = "" if canceled else f"run {run.run_id[:8]}: {reason_of_run(instance, run)}"
    asked = codes_of(instance, study, run)
    held, completed = _settle_rows(study, run.run_id, asked, status, note)
    # Of a canceled run Dagster shows no partition as failed.
    wanted = completed & set(held) if canceled else completed
    missing = missing_reports(instance, study, run, _current(study, wanted))
    report(instance, study, missing[:MOST_REPORTS])
    if len(missing) > MOST_REPORTS:
        return False
    if held:
        _release(study, run.run_id)
    return True


def _report_dead(instance: dg.DagsterInstance, study: Study) -> None:
    """Report the runs of the study as failed whose process is gone, and settle them.

    The server that started a process sees it end, unless it was ended as well, or could not reach
    Dagster's storage just then.
    """
    for run in instance.get_runs(dg.RunsFilter(statuses=BEGUN)):
        if not assets_of(study, run) or not _is_dead(instance, run):
            continue
        now = instance.get_run_by_id(run.run_id)
        if now is not None and now.status in BEGUN:  # it did not just end in order
            instance.report_run_failed(now, PROCESS_ENDED)
            settle_run(instance, study, now)


def _is_dead(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    if is_named(run.run_id, run.tags):
        return has_ended(run.run_id, run.tags)
    # It had not come to its first asset. Dagster's own server says which process it started.
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
    """Whether the code server that started a run is, or was, on this machine: by its socket."""
    socket = json.loads(server).get("socket") if server else None
    return isinstance(socket, str) and Path(socket).exists()


def _settled(instance: dg.DagsterInstance, study: Study, claims: Claims) -> bool:
    """Settle the run of these claims if it is over; returns whether it was."""
    run = instance.get_run_by_id(claims.run_id)
    if run is None:
        return _settled_unknown(study, claims)
    return run.status in ENDED and settle_run(instance, study, run)


def _settled_unknown(study: Study, claims: Claims) -> bool:
    """Settle a run of another instance, or one that was deleted, if it cannot be training."""
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    if now - claims.newest < datetime.timedelta(hours=HOURS_UNKNOWN):
        return False
    with training_lock(database(), study.code) as idle:
        if idle:
            _settle_rows(study, claims.run_id, [], Status.ERROR, UNKNOWN)
            _release(study, claims.run_id)
    return idle


def _settle_rows(
    study: Study, run_id: str, asked: Sequence[str], status: Status, note: str
) -> tuple[list[str], set[str]]:
    """Settle the rows of a run; returns what it holds, and its cells that are Completed."""

    def work(conn: Connection) -> tuple[list[str], set[str]]:
        own = next((c.codes for c in read_claims(conn, study.code) if c.run_id == run_id), [])
        holder = holders(conn, list({*own, *asked}))
        held = [code for code in own if holder.get(code) == run_id]
        set_unless_completed(conn, held, status, note)
        set_if_not_executed(conn, [code for code in asked if code not in holder], status, note)
        rows = read_statuses(conn, study.code)
        done = {row.code_task for row in rows if row.status is Status.COMPLETED}
        return held, done & {*held, *asked}

    return in_transaction(database(), work)


def _current(study: Study, codes: set[str]) -> list[Result]:
    """Return the results of these cells that today's prices and code would give again.

    Others are not reported: Dagster would take them for in sync with the newest grid.
    """
    if not codes:
        return []
    try:
        with connect(database()) as conn:
            scored = read_scored_cells(conn, study)
    except StoreError:
        return []  # no cells or no prices are left
    return [scored.results[code] for code in sorted(codes & scored.current, key=by_number)]


def _release(study: Study, run_id: str) -> None:
    in_transaction(database(), lambda conn: release(conn, study.code, run_id))
