"""Cells: tuples of hyperparameters and the codes they keep for ever.

Written to TB_HYPERPARAMETER, and to TB_HYPERPARAMETER_EXT what has no column there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, RowMapping, select

from lstm_assets.errors import StoreError
from lstm_assets.store.codes import by_number, cell_code, cell_number, of_study, task_index
from lstm_assets.store.engine import in_transaction
from lstm_assets.store.status import CODES_PER_QUERY, Status
from lstm_assets.store.tables import table
from lstm_assets.store.tuples import INTEGERS, REALS, identity, join, split
from lstm_assets.store.writes import insert, upsert
from lstm_assets.units import Tuple


@dataclass(frozen=True, slots=True)
class Cell:
    """What a CODE_TASK stands for."""

    code_task: str
    model: str  # empty for a row of the reference system that no grid has claimed
    hyperparameters: Tuple


@dataclass(frozen=True, slots=True)
class Registered:
    """A tuple and its code."""

    code_task: str
    hyperparameters: Tuple  # as given
    new: bool  # whether this call gave it the code


def register_cells(
    engine: Engine,
    study_code: str,
    ticker: str,
    model: str,
    tuples: Sequence[Tuple],
    method: str,
    round: int,  # noqa: A002 - the column's name
) -> list[Registered]:
    """Give each tuple its code: the one it has, or the study's next.

    Safe when several processes register at once: all end with one set of codes. A row without a
    model, as the reference system left them, goes to the first model that asks for its tuple.

    Args:
        engine: of the database; the transaction is this function's own.
        study_code: prefix of the codes.
        ticker: for the cells' status rows.
        model: name of the network; the same tuple of another network is another cell.
        tuples: by lower-case name; 20 and 20.0 are the same.
        method: of the search that proposed them.
        round: of that search, from 0.

    Returns:
        One for each tuple, in the order given.

    Raises:
        StoreError: a value cannot be stored, or the database refused.
    """

    def work(conn: Connection) -> list[Registered]:
        registered, claimed = _assign(conn, study_code, model, tuples)
        new = [cell for cell in registered if cell.new]
        _insert_cells(conn, new)
        _upsert_ext(conn, [*new, *claimed], model, method, round)
        _insert_statuses(conn, study_code, ticker, registered)
        return registered

    return in_transaction(engine, work)


def read_cells(
    conn: Connection, study_code: str, codes: Sequence[str] | None = None
) -> dict[str, Cell]:
    """A study's cells by code, in order of their numbers; only `codes`, if given."""
    rows = _rows(conn, "TB_HYPERPARAMETER", study_code, codes)
    # Joined here: a server refuses to compare columns that were made with different collations,
    # as those of the reference system and of the platform may have been.
    ext = _rows(conn, "TB_HYPERPARAMETER_EXT", study_code, codes)
    wanted = rows.keys() if codes is None else rows.keys() & set(codes)
    cells = sorted((code for code in wanted if cell_number(code) is not None), key=by_number)
    return {code: _cell(rows[code], ext.get(code)) for code in cells}


def _assign(
    conn: Connection, study_code: str, model: str, tuples: Sequence[Tuple]
) -> tuple[list[Registered], list[Registered]]:
    """Codes of all tuples, and those of them whose rows have no model yet."""
    # The number first: of tuples that another process registers after it was read, the codes are
    # known below, or taken, which repeats this transaction. The other way round, the same tuple
    # could get a second code.
    number = _highest(conn, study_code)
    known = {identity(c.model, c.hyperparameters): c for c in _oldest_last(conn, study_code)}
    codes: dict[str, str] = {}
    registered, claimed = [], []
    for values in tuples:
        key = identity(model, values)
        found = known.get(key) or known.get(identity("", values))
        new = key not in codes and found is None
        if new:
            number += 1
        code = codes.setdefault(key, found.code_task if found else cell_code(study_code, number))
        registered.append(Registered(code, values, new))
        if found and not found.model:
            claimed.append(registered[-1])
    return registered, claimed


def _rows(
    conn: Connection, name: str, study_code: str, codes: Sequence[str] | None
) -> dict[str, RowMapping]:
    source = table(conn, name)
    query = source.select().where(of_study(source.c.CODE_TASK, study_code))
    if codes is not None and len(codes) <= CODES_PER_QUERY:
        query = query.where(source.c.CODE_TASK.in_(codes))
    return {row["CODE_TASK"]: row for row in conn.execute(query).mappings()}


def _oldest_last(conn: Connection, study_code: str) -> Iterable[Cell]:
    # Should two rows hold the same tuple, the older one's code counts.
    return reversed(read_cells(conn, study_code).values())


def _highest(conn: Connection, study_code: str) -> int:
    """The highest number ever given, also to cells whose hyperparameters were deleted."""
    names = ("TB_HYPERPARAMETER", "TB_TASKSTATUS", "TB_MODELHISTORY", "TB_MODELRESULT")
    columns = [table(conn, name).c.CODE_TASK for name in names]
    queries = [select(column).where(of_study(column, study_code)) for column in columns]
    codes = [code for query in queries for code in conn.scalars(query)]
    return max((cell_number(code) or 0 for code in codes), default=0)


def _insert_cells(conn: Connection, new: list[Registered]) -> None:
    rows = [{"CODE_TASK": c.code_task} | split(c.hyperparameters)[0] for c in new]
    insert(conn, table(conn, "TB_HYPERPARAMETER"), rows)


def _upsert_ext(
    conn: Connection, cells: list[Registered], model: str, method: str, number: int
) -> None:
    rows = [
        {
            "CODE_TASK": cell.code_task,
            "MODEL": model,
            "PARAMS": split(cell.hyperparameters)[1],
            "METHOD": method,
            "ROUND": number,
        }
        for cell in cells
    ]
    upsert(conn, table(conn, "TB_HYPERPARAMETER_EXT"), rows)


def _insert_statuses(
    conn: Connection, study_code: str, ticker: str, cells: list[Registered]
) -> None:
    """A NotExecuted row for each cell that has no row."""
    statuses = table(conn, "TB_TASKSTATUS")
    c = statuses.c
    present = set(conn.scalars(select(c.CODE_TASK).where(of_study(c.CODE_TASK, study_code))))
    rows = [
        {
            "CODE_TASK": code,
            "TICKER": ticker,
            "IDX_TASK": task_index(code),
            "STATUS": str(Status.NOT_EXECUTED),
            "NOTE": "",
        }
        for code in dict.fromkeys(cell.code_task for cell in cells)
        if code not in present
    ]
    insert(conn, statuses, rows)


def _cell(row: RowMapping, ext: RowMapping | None) -> Cell:
    code = row["CODE_TASK"]
    columns = {name: row[name.upper()] for name in (*INTEGERS, *REALS)}
    if ext is None:
        return Cell(code, "", join(columns, None))
    try:
        return Cell(code, ext["MODEL"] or "", join(columns, ext["PARAMS"]))
    except ValueError as error:
        raise StoreError(
            f"TB_HYPERPARAMETER_EXT.PARAMS of {code} is no JSON object: {error}. "
            "Correct it, or delete the row."
        ) from error
