"""Which Dagster run works on which task: TB_TASKRUN. The caller commits.

A run claims a task before it starts the task, and releases it when it ends normally. The claims of
a run that is over are therefore the tasks that it did not finish.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func

from lstm_assets.cells.codes import by_number
from lstm_assets.store.status import CODES_PER_QUERY
from lstm_assets.store.tables import of_study, table
from lstm_assets.store.writes import upsert

LONG_AGO = datetime(1970, 1, 1)  # noqa: DTZ001 - UTC, without a zone, as DATE_UPDATE


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of one run."""

    run_id: str
    codes: list[str]  # CODE_TASKs, in order of their numbers
    newest: datetime  # the time of its newest claim, UTC, without a zone


def claim(conn: Connection, codes: Sequence[str], run_id: str) -> None:
    """Write a run's claims of tasks; they replace the claims of other runs."""
    rows = [{"CODE_TASK": code, "RUN_ID": run_id} for code in codes]
    upsert(conn, table(conn, "TB_TASKRUN"), rows)


def release(conn: Connection, study_code: str, run_id: str) -> None:
    """Delete a run's claims of a study's tasks."""
    claims = table(conn, "TB_TASKRUN")
    holder = func.coalesce(claims.c["RUN_ID"], "")
    own = of_study(claims.c.CODE_TASK, study_code) & (holder == run_id)
    conn.execute(delete(claims).where(own))


def release_task(conn: Connection, code_task: str) -> None:
    """Delete the claim of a task that has ended, of whatever run."""
    claims = table(conn, "TB_TASKRUN")
    conn.execute(delete(claims).where(claims.c["CODE_TASK"] == code_task))


def holders(conn: Connection, codes: Sequence[str]) -> dict[str, str]:
    """Return the run that holds each of these tasks, without the tasks that no run holds.

    The rows are locked: until the transaction ends, no other run can claim these tasks.
    """
    claims = table(conn, "TB_TASKRUN")
    run_ids: dict[str, str] = {}
    for start in range(0, len(codes), CODES_PER_QUERY):
        in_chunk = claims.c["CODE_TASK"].in_(codes[start : start + CODES_PER_QUERY])
        for row in conn.execute(claims.select().where(in_chunk).with_for_update()):
            run_ids[row.CODE_TASK] = row.RUN_ID or ""
    return run_ids


def read_claims(conn: Connection, study_code: str) -> list[Claims]:
    """Return each run's claims of a study's tasks.

    A claim without a run belongs to the run "", which no Dagster instance knows. A claim without a
    time is the oldest.
    """
    claims = table(conn, "TB_TASKRUN")
    query = claims.select().where(of_study(claims.c.CODE_TASK, study_code))
    held: dict[str, list[str]] = {}
    newest: dict[str, datetime] = {}
    for row in conn.execute(query):
        run_id, date_update = row.RUN_ID or "", row.DATE_UPDATE or LONG_AGO
        held.setdefault(run_id, []).append(row.CODE_TASK)
        newest[run_id] = max(newest.get(run_id, date_update), date_update)
    return [
        Claims(run_id, sorted(codes, key=by_number), newest[run_id])
        for run_id, codes in held.items()
    ]
