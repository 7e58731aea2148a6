"""Cells: their values and their CODE_TASKs, which never change.

TB_HYPERPARAMETER stores the values; TB_HYPERPARAMETER_EXT stores those without a column there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, RowMapping, select

from lstm_assets.cells.cell import Cell
from lstm_assets.cells.codes import by_number, cell_code, cell_index, cell_number
from lstm_assets.cells.values import INTEGERS, REALS, Values, identity, join, split
from lstm_assets.errors import StoreError
from lstm_assets.store.engine import in_transaction
from lstm_assets.store.fitting import fitted
from lstm_assets.store.status import CODES_PER_QUERY, Status
from lstm_assets.store.tables import of_study, table
from lstm_assets.store.writes import insert, upsert

if TYPE_CHECKING:
    from lstm_assets.cells.proposal import Proposal, Proposed


@dataclass(frozen=True, slots=True)
class Registered:
    """The values of a cell and its code."""

    code_task: str
    hyperparameters: Values  # as given
    new: bool  # whether this call created the code


@dataclass(frozen=True, slots=True)
class Registration:
    """The result of registering a proposal."""

    cells: list[Registered]
    round: int
    adopted: bool = False  # the cells are of a round that another process registered meanwhile


def register_cells(
    engine: Engine, study_code: str, ticker: str, proposal: Proposal
) -> Registration:
    """Return the cells of a round, each with its existing code or the study's next code.

    Several processes may register at the same time: all get the same codes. If the history has
    grown since the round was proposed, the round is not registered, and the newest round is
    returned. A row of the reference system has no model; the first model that proposes its values
    takes it. A cell that another method has proposed moves to this round.

    Args:
        engine: of the database; this function opens and commits its own transaction.
        study_code: prefix of the codes.
        ticker: for the cells' status rows.
        proposal: values by lower-case name; 20 and 20.0 are the same. The same values of another
            network are another cell.

    Returns:
        One cell for each of the proposal's values, in the same order.

    Raises:
        StoreError: a value cannot be stored, or the database refused a statement.
    """

    def work(conn: Connection) -> Registration:
        # Read the number before the cells. If another process registers cells after the number was
        # read, either their codes are among the cells read next, or a new code below already
        # exists, which repeats this transaction. In the other order, the same values could get
        # a second code.
        number = _highest_number(conn, study_code)
        cells = read_cells(conn, study_code)
        search = proposal.model, proposal.method
        own = [cell for cell in cells.values() if (cell.model, cell.method) == search]
        if proposal.known is not None and proposal.known != len(own):
            return _newest_round(own)
        registered = _assign(study_code, proposal, cells, number)
        new = [cell for cell in registered if cell.new]
        _insert_cells(conn, new)
        _upsert_ext(conn, proposal, registered, cells)
        _raise_epoch_full(conn, proposal, own)
        _insert_statuses(conn, study_code, ticker, registered)
        return Registration(registered, proposal.round)

    return in_transaction(engine, work)


def mark_failed(
    conn: Connection, code_task: str, data_version: str, *, recurs: bool = False
) -> None:
    """Write that a cell's own training failed on this data version, and whether it would again."""
    row = {
        "CODE_TASK": code_task,
        "FAILED_DATA_VERSION": data_version,
        "FAILURE_RECURS": int(recurs),
    }
    upsert(conn, table(conn, "TB_HYPERPARAMETER_EXT"), [row])


def read_cells(
    conn: Connection, study_code: str, codes: Sequence[str] | None = None
) -> dict[str, Cell]:
    """Return a study's cells by code, in order of their numbers; only `codes`, if given."""
    rows = _rows(conn, "TB_HYPERPARAMETER", study_code, codes)
    # Joined here, not in SQL: the tables of the reference system and of the platform may have
    # different collations, and a server refuses to compare such columns.
    ext = _rows(conn, "TB_HYPERPARAMETER_EXT", study_code, codes)
    wanted = rows.keys() if codes is None else rows.keys() & set(codes)
    cells = sorted((code for code in wanted if cell_number(code) is not None), key=by_number)
    return {code: _cell(rows[code], ext.get(code)) for code in cells}


def _newest_round(own: Sequence[Cell]) -> Registration:
    newest = max((cell.round for cell in own), default=0)
    cells = [
        Registered(cell.code_task, cell.hyperparameters, new=False)
        for cell in own
        if cell.round == newest
    ]
    return Registration(cells, newest, adopted=True)


def _assign(
    study_code: str, proposal: Proposal, cells: Mapping[str, Cell], number: int
) -> list[Registered]:
    """Return a code for each of the proposal's values; `number` is the highest used so far."""
    model = proposal.model
    # If two rows have the same values, the older row's code is used.
    known = {identity(c.model, c.hyperparameters): c for c in reversed(list(cells.values()))}
    codes: dict[str, str] = {}
    registered = []
    for values in (proposed.values for proposed in proposal.cells):
        key = identity(model, values)
        cell = known.get(key) or known.get(identity("", values))
        new = key not in codes and cell is None
        if new:
            number += 1
        code = codes.setdefault(key, cell.code_task if cell else cell_code(study_code, number))
        registered.append(Registered(code, values, new))
    return registered


def _rows(
    conn: Connection, name: str, study_code: str, codes: Sequence[str] | None
) -> dict[str, RowMapping]:
    source = table(conn, name)
    query = source.select().where(of_study(source.c.CODE_TASK, study_code))
    if codes is not None and len(codes) <= CODES_PER_QUERY:
        query = query.where(source.c.CODE_TASK.in_(codes))
    return {row["CODE_TASK"]: row for row in conn.execute(query).mappings()}


def _highest_number(conn: Connection, study_code: str) -> int:
    """Return the highest number of any cell, also of one whose hyperparameters were deleted."""
    names = ("TB_HYPERPARAMETER", "TB_TASKSTATUS", "TB_MODELHISTORY", "TB_MODELRESULT")
    columns = [table(conn, name).c.CODE_TASK for name in names]
    queries = [select(column).where(of_study(column, study_code)) for column in columns]
    codes = [code for query in queries for code in conn.scalars(query)]
    return max((cell_number(code) or 0 for code in codes), default=0)


def _insert_cells(conn: Connection, new: list[Registered]) -> None:
    rows = [{"CODE_TASK": c.code_task} | split(c.hyperparameters)[0] for c in new]
    insert(conn, table(conn, "TB_HYPERPARAMETER"), rows)


def _upsert_ext(
    conn: Connection,
    proposal: Proposal,
    registered: Sequence[Registered],
    before: Mapping[str, Cell],
) -> None:
    """Write the method, round and reason of the cells that this method had not proposed before."""
    ext = table(conn, "TB_HYPERPARAMETER_EXT")
    rows: dict[str, dict[str, object]] = {}
    for cell, proposed in zip(registered, proposal.cells, strict=True):
        known = before.get(cell.code_task)
        if known is None or known.method != proposal.method:
            row = _ext_row(proposal, cell.code_task, proposed)
            row["REASON"] = fitted(conn, ext.c["REASON"], proposed.reason)
            rows.setdefault(cell.code_task, row)
    upsert(conn, ext, list(rows.values()))


def _raise_epoch_full(conn: Connection, proposal: Proposal, own: Sequence[Cell]) -> None:
    """Write a higher EPOCH_FULL for a search's earlier cells if it now trains more epochs.

    Otherwise a cell that finished when the maximum was lower would rank with cells that are
    trained longer.
    """
    most = max((proposed.epoch_full or 0 for proposed in proposal.cells), default=0)
    rows = [
        {"CODE_TASK": cell.code_task, "EPOCH_FULL": most}
        for cell in own
        if cell.epoch_full is not None and cell.epoch_full < most
    ]
    upsert(conn, table(conn, "TB_HYPERPARAMETER_EXT"), rows)


def _ext_row(proposal: Proposal, code: str, proposed: Proposed) -> dict[str, object]:
    return {
        "CODE_TASK": code,
        "MODEL": proposal.model,
        "PARAMS": split(proposed.values)[1],
        "METHOD": proposal.method,
        "ROUND": proposal.round,
        "EPOCH_FULL": proposed.epoch_full,
    }


def _insert_statuses(
    conn: Connection, study_code: str, ticker: str, cells: list[Registered]
) -> None:
    """Insert a NotExecuted row for each cell that has no row."""
    statuses = table(conn, "TB_TASKSTATUS")
    c = statuses.c
    present = set(conn.scalars(select(c.CODE_TASK).where(of_study(c.CODE_TASK, study_code))))
    rows = [
        {
            "CODE_TASK": code,
            "TICKER": ticker,
            "IDX_TASK": cell_index(code),
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
        return Cell(
            code,
            ext["MODEL"] or "",
            join(columns, ext["PARAMS"]),
            method=ext["METHOD"] or "",
            round=ext["ROUND"] or 0,
            reason=ext["REASON"] or "",
            epoch_full=ext["EPOCH_FULL"],
            failed_data_version=ext["FAILED_DATA_VERSION"],
            failure_recurs=bool(ext["FAILURE_RECURS"]),
        )
    except ValueError as error:
        raise StoreError(
            f"TB_HYPERPARAMETER_EXT.PARAMS of {code} is not a JSON object: {error}. "
            "Correct it, or delete the row."
        ) from error
