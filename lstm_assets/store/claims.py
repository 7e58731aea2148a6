"""Which Dagster run works on which task: TB_TASKRUN. The caller commits.

A run claims a task before it starts the task, and releases it when it ends normally. The claims of
a run that is over are therefore the tasks that it did not finish.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete

from lstm_assets.cells.codes import by_number
from lstm_assets.store.status import CODES_PER_QUERY
from lstm_assets.store.tables import of_study, table
from lstm_assets.store.writes import upsert


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
    own = of_study(claims.c.CODE_TASK, study_code) & (claims.c["RUN_ID"] == run_id)
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
            run_ids[row.CODE_TASK] = row.RUN_ID
    return run_ids


def read_claims(conn: Connection, study_code: str) -> list[Claims]:
    """Return each run's claims of a study's tasks."""
    claims = table(conn, "TB_TASKRUN")
    query = claims.select().where(of_study(claims.c.CODE_TASK, study_code))
    held: dict[str, list[str]] = {}
    newest: dict[str, datetime] = {}
    for row in conn.execute(query):
        held.setdefault(row.RUN_ID, []).append(row.CODE_TASK)
        newest[row.RUN_ID] = max(newest.get(row.RUN_ID, row.DATE_UPDATE), row.DATE_UPDATE)
    return [
        Claims(run_id, sorted(codes, key=by_number), newest[run_id])
        for run_id, codes in held.items()
    ]
