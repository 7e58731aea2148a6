"""The status of each task: TB_TASKSTATUS. The caller commits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Table, or_, select, update

from lstm_assets.errors import StoreError
from lstm_assets.store.fitting import fitted
from lstm_assets.store.refusals import TransientError
from lstm_assets.store.tables import of_study, table
from lstm_assets.store.writes import Row, upsert

T = TypeVar("T")

SETTING_DBTABLE = "SETTING_DBTABLE"  # CODE_TASK of the task that creates the tables
CODES_PER_QUERY = 1000  # SQLite limits how many values a statement binds


class Status(StrEnum):
    """The values of STATUS that this package writes. Other programs may write others."""

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
    status: Status | str  # a value of another program is a text, as it is stored
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
    change = _change(conn, status, note) | {n: v for n, v in given.items() if v is not None}
    upsert(conn, table(conn, "TB_TASKSTATUS"), [{"CODE_TASK": code_task} | change])


def set_statuses(conn: Connection, codes: Sequence[str], status: Status, note: str = "") -> None:
    """Write the status of several tasks; their tickers and indices keep their values."""
    change = _change(conn, status, note) if codes else {}
    upsert(conn, table(conn, "TB_TASKSTATUS"), [{"CODE_TASK": code} | change for code in codes])


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
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    change = _change(conn, status, note) | {"DATE_UPDATE": now}
    for start in range(0, len(codes), CODES_PER_QUERY):
        in_chunk = statuses.c["CODE_TASK"].in_(codes[start : start + CODES_PER_QUERY])
        conn.execute(update(statuses).where(in_chunk & _not_executed(statuses)).values(change))


def without_refused_note(write: Callable[[str], T], note: str) -> T:
    """Return the result of a write with this note, or without a note if that is refused.

    Raises:
        StoreError: the write is refused without the note as well, or was interrupted.
    """
    try:
        return write(note)
    except TransientError:
        raise
    except StoreError:
        if not note:
            raise
        return write("")


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
            status=_status(row.STATUS),
            note=row.NOTE or "",
            date_update=row.DATE_UPDATE,
        )
        for row in conn.execute(query.order_by(c.IDX_TASK, c.CODE_TASK))
    ]


def _status(stored: str | None) -> Status | str:
    """Return a STATUS as it is stored; NULL and an empty text are NotExecuted."""
    if not stored:
        return Status.NOT_EXECUTED
    return Status(stored) if stored in list(Status) else str(stored)


def _not_executed(statuses: Table) -> ColumnElement[bool]:
    status = statuses.c["STATUS"]
    return or_(status.is_(None), status.in_(["", str(Status.NOT_EXECUTED)]))


def _change(conn: Connection, status: Status, note: str) -> Row:
    column = table(conn, "TB_TASKSTATUS").c["NOTE"]
    return {"STATUS": str(status), "NOTE": fitted(conn, column, note)}
