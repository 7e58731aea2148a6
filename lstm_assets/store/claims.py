"""Which Dagster run has taken up which task: TB_TASKRUN. The caller commits.

A claim is made before a task is begun and released when its run has ended in order, so the claims
of a run that is over are what it left behind.
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
    """What one run holds."""

    run_id: str
    codes: list[str]  # CODE_TASKs, in order of their numbers
    newest: datetime  # when it took up the last of them, UTC, without a zone


def claim(conn: Connection, codes: Sequence[str], run_id: str) -> None:
    """Take tasks up, over those of any other run."""
    rows = [{"CODE_TASK": code, "RUN_ID": run_id} for code in codes]
    upsert(conn, table(conn, "TB_TASKRUN"), rows)


def release(conn: Connection, study_code: str, run_id: str) -> None:
    """Give up what a run still holds of a study's tasks."""
    claims = table(conn, "TB_TASKRUN")
    own = of_study(claims.c.CODE_TASK, study_code) & (claims.c["RUN_ID"] == run_id)
    conn.execute(delete(claims).where(own))


def release_task(conn: Connection, code_task: str) -> None:
    """Give up one task, whoever holds it: it has ended."""
    claims = table(conn, "TB_TASKRUN")
    conn.execute(delete(claims).where(claims.c["CODE_TASK"] == code_task))


def holders(conn: Connection, codes: Sequence[str]) -> dict[str, str]:
    """The run that holds each of these tasks, for those that are held.

    Inside a transaction that then writes, they stay the holders.
    """
    claims = table(conn, "TB_TASKRUN")
    found: dict[str, str] = {}
    for start in range(0, len(codes), CODES_PER_QUERY):
        some = claims.c["CODE_TASK"].in_(codes[start : start + CODES_PER_QUERY])
        for row in conn.execute(claims.select().where(some).with_for_update()):
            found[row.CODE_TASK] = row.RUN_ID
    return found


def read_claims(conn: Connection, study_code: str) -> list[Claims]:
    """What each run holds of a study's tasks."""
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
