"""The status of each task: TB_TASKSTATUS. The caller commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection, select, update

from lstm_assets.store.tables import of_study, table
from lstm_assets.store.writes import Row, upsert

SETTING_DBTABLE = "SETTING_DBTABLE"  # CODE_TASK of the task that creates the tables
CHARACTERS_NOTE = 300  # the width of NOTE
CODES_PER_QUERY = 1000  # SQLite limits how many values a statement binds


class Status(StrEnum):
    """The values of STATUS."""

    NOT_EXECUTED = "NotExecuted"
    RUNNING = "Running"
    COMPLETED = "Completed"
    ERROR = "Error"
    CANCELED = "Canceled"


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One row of TB_TASKSTATUS."""

    code_task: str
    ticker: str | None
    idx_task: int | None  # orders a study's rows
    status: Status
    note: str  # empty, or the error
    date_update: datetime | None  # UTC, without a zone


def set_status(
    conn: Connection,
    code_task: str,
    status: Status,
    *,
    ticker: str | None = None,
    idx_task: int | None = None,
    note: str = "",
) -> None:
    """Write one task's status. A ticker or index that is None keeps its stored value."""
    given = {"TICKER": ticker, "IDX_TASK": idx_task}
    row = _row(code_task, status, note) | {n: v for n, v in given.items() if v is not None}
    upsert(conn, table(conn, "TB_TASKSTATUS"), [row])


def set_statuses(conn: Connection, codes: Sequence[str], status: Status, note: str = "") -> None:
    """Write the status of several tasks; their tickers and indices keep their values."""
    rows = [_row(code, status, note) for code in codes]
    upsert(conn, table(conn, "TB_TASKSTATUS"), rows)


def set_unless_completed(
    conn: Connection, codes: Sequence[str], status: Status, note: str = ""
) -> None:
    """Write the status of tasks that their run did not finish; Completed tasks do not change."""
    statuses = table(conn, "TB_TASKSTATUS")
    done = set[str]()
    for start in range(0, len(codes), CODES_PER_QUERY):
        in_chunk = statuses.c["CODE_TASK"].in_(codes[start : start + CODES_PER_QUERY])
        completed = statuses.c["STATUS"] == str(Status.COMPLETED)
        done.update(conn.scalars(select(statuses.c["CODE_TASK"]).where(in_chunk & completed)))
    set_statuses(conn, [code for code in codes if code not in done], status, note)


def set_if_not_executed(
    conn: Connection, codes: Sequence[str], status: Status, note: str = ""
) -> None:
    """Write the status of tasks that were not started; tasks started meanwhile do not change."""
    statuses = table(conn, "TB_TASKSTATUS")
    row = _row("", status, note)
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    change = {"STATUS": row["STATUS"], "NOTE": row["NOTE"], "DATE_UPDATE": now}
    for start in range(0, len(codes), CODES_PER_QUERY):
        in_chunk = statuses.c["CODE_TASK"].in_(codes[start : start + CODES_PER_QUERY])
        not_executed = statuses.c["STATUS"] == str(Status.NOT_EXECUTED)
        conn.execute(update(statuses).where(in_chunk & not_executed).values(change))


def read_statuses(conn: Connection, study_code: str) -> list[StatusRow]:
    """Return a study's rows: its stages first, then its cells."""
    statuses = table(conn, "TB_TASKSTATUS")
    c = statuses.c
    query = statuses.select().where(of_study(c.CODE_TASK, study_code))
    return [
        StatusRow(
            code_task=row.CODE_TASK,
            ticker=row.TICKER,
            idx_task=row.IDX_TASK,
            status=Status(row.STATUS or Status.NOT_EXECUTED),
            note=row.NOTE or "",
            date_update=row.DATE_UPDATE,
        )
        for row in conn.execute(query.order_by(c.IDX_TASK, c.CODE_TASK))
    ]


def _row(code_task: str, status: Status, note: str) -> Row:
    # Texts of the operating system may contain surrogates, which a database cannot store.
    storable = note.encode("utf-8", "replace").decode()
    return {"CODE_TASK": code_task, "STATUS": str(status), "NOTE": storable[:CHARACTERS_NOTE]}
