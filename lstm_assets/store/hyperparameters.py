"""Cells: their values and their CODE_TASKs, which never change.

TB_HYPERPARAMETER stores the values; TB_HYPERPARAMETER_EXT stores those without a column there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, RowMapping, select, update

from lstm_assets.cells.cell import Cell
from lstm_assets.cells.codes import by_number, cell_code, cell_index, cell_number
from lstm_assets.cells.values import INTEGERS, REALS, Values, identity, join, split
from lstm_assets.errors import StoreError
from lstm_assets.store.engine import in_transaction
from lstm_assets.store.fitting import fitted
from lstm_assets.store.precision import matches
from lstm_assets.store.refusals import TransientError
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
    takes it. A row whose values an older table had rounded is taken by the nearest values that
    round to the same, and holds these from then on. A cell that another method has proposed moves
    to this round.

    Args:
        engine: of the database; this function opens and commits its own transaction.
        study_code: prefix of the codes.
        ticker: for the cells' status rows.
        proposal: values by lower-case name; 20 and 20.0 are the same. The same values of another
            network are another cell.

    Returns:
        One cell for each of the proposal's values, in the same order.

    Raises:
        StoreError: a value cannot be stored, or is read back as another one, or the database
            refused a statement. Nothing is registered then.
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
        exact = _make_exact(conn, registered, cells)
        changed = _upsert_ext(conn, proposal, registered, cells)
        _refuse_changed(conn, study_code, proposal.model, registered, {*changed, *exact})
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
    keys = [identity(proposal.model, proposed.values) for proposed in proposal.cells]
    values = (proposed.values for proposed in proposal.cells)
    known = _known(proposal.model, dict(zip(keys, values, strict=True)), list(cells.values()))
    codes: dict[str, str] = {}
    registered = []
    for key, proposed in zip(keys, proposal.cells, strict=True):
        new = key not in codes and key not in known
        if new:
            number += 1
        code = known[key].code_task if key in known else cell_code(study_code, number)
        registered.append(Registered(codes.setdefault(key, code), proposed.values, new))
    return registered


def _known(model: str, wanted: Mapping[str, Values], cells: Sequence[Cell]) -> dict[str, Cell]:
    """Return the cells that have these values or may have had them, by the values' identity."""
    # If two rows have the same values, the older row's code is used.
    exact = {identity(cell.model, cell.hyperparameters): cell for cell in reversed(cells)}
    known = {key: exact[key] for key in wanted if key in exact}
    for key, values in wanted.items():
        if key not in known and (cell := exact.get(identity("", values))):
            known[key] = cell
    taken = {cell.code_task for cell in known.values()}
    others = {key: values for key, values in wanted.items() if key not in known}
    return known | matches(model, others, [c for c in cells if c.code_task not in taken])


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


def _make_exact(
    conn: Connection, registered: Sequence[Registered], before: Mapping[str, Cell]
) -> list[str]:
    """Write the exact values of cells whose values had been rounded; return their codes."""
    rows = {
        cell.code_task: {"CODE_TASK": cell.code_task}
        | {name.upper(): cell.hyperparameters.get(name) for name in REALS}
        for cell in registered
        if cell.code_task in before and before[cell.code_task].stored_as
    }
    if rows:
        _take(conn, list(rows))
        upsert(conn, table(conn, "TB_HYPERPARAMETER"), list(rows.values()))
    return list(rows)


def _take(conn: Connection, codes: Sequence[str]) -> None:
    """Clear the mark of rows whose values had been rounded.

    Raises:
        TransientError: another process has given one of the rows its values meanwhile.
    """
    ext = table(conn, "TB_HYPERPARAMETER_EXT")
    for start in range(0, len(codes), CODES_PER_QUERY):
        chunk = codes[start : start + CODES_PER_QUERY]
        marked = ext.c["CODE_TASK"].in_(chunk) & ext.c["STORED_AS"].is_not(None)
        if conn.execute(update(ext).where(marked).values(STORED_AS=None)).rowcount < len(chunk):
            raise TransientError("another process registers the same cells. Try again.")


def _refuse_changed(
    conn: Connection,
    study_code: str,
    model: str,
    registered: Sequence[Registered],
    changed: Collection[str],
) -> None:
    """Raise StoreError if a cell that was just written is read back with other values.

    It would not be recognised, and get another code and another training in every round.
    """
    if not changed:
        return
    cells = read_cells(conn, study_code, list(changed))
    for cell in registered:
        if cell.code_task not in changed:
            continue
        given, found = cell.hyperparameters, cells[cell.code_task]
        if (model, given) == (found.model, found.hyperparameters):
            continue  # as nearly always, and faster than the texts of both
        if identity(model, given) != identity(found.model, found.hyperparameters):
            raise StoreError(_difference(conn, cell, found))


def _difference(conn: Connection, cell: Registered, found: Cell) -> str:
    """Return which value of a cell was read back as another one, and from where."""
    given, read = cell.hyperparameters, found.hyperparameters
    names = [
        n
        for n in {**given, **read}
        if identity("", {n: given.get(n)}) != identity("", {n: read.get(n)})
    ]
    name = names[0] if names else "model"
    column = name.upper() if name in (*INTEGERS, *REALS) else "PARAMS"
    where = "TB_HYPERPARAMETER" if column != "PARAMS" else "TB_HYPERPARAMETER_EXT"
    kind = table(conn, where).c[column].type
    return (
        f"{name} of a cell is {given.get(name)!r}, and {where}.{column} ({kind}) returns "
        f"{read.get(name)!r}: it could not be recognised. Look for a trigger on {where}, or for "
        "a column of another type, or choose a value that the database keeps."
    )


def _only(name: str, values: Values) -> str:
    return identity("", {name: values[name]} if name in values else {})


def _upsert_ext(
    conn: Connection,
    proposal: Proposal,
    registered: Sequence[Registered],
    before: Mapping[str, Cell],
) -> list[str]:
    """Write the method, round and reason of the cells that this method had not proposed before.

    Returns:
        Their codes.
    """
    ext = table(conn, "TB_HYPERPARAMETER_EXT")
    rows: dict[str, dict[str, object]] = {}
    for cell, proposed in zip(registered, proposal.cells, strict=True):
        known = before.get(cell.code_task)
        if known is None or known.method != proposal.method:
            row = _ext_row(proposal, cell.code_task, proposed)
            row["REASON"] = fitted(conn, ext.c["REASON"], proposed.reason)
            rows.setdefault(cell.code_task, row)
    upsert(conn, ext, list(rows.values()))
    return list(rows)


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
            stored_as=ext["STORED_AS"] or "",
            failure_recurs=bool(ext["FAILURE_RECURS"]),
        )
    except ValueError as error:
        raise StoreError(
            f"TB_HYPERPARAMETER_EXT.PARAMS of {code} is not a JSON object: {error}. "
            "Correct it, or delete the row."
        ) from error
