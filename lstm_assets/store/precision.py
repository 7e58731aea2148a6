"""Values that a column of an older table had rounded: which values they may have been.

Such a row says so in TB_HYPERPARAMETER_EXT.STORED_AS, e.g. `LEARNING_RATE FLOAT`. No connection in
this module.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from lstm_assets.cells.cell import Cell
from lstm_assets.cells.values import REALS, Values, identity
from lstm_assets.store.column_types import ColumnType

_BETWEEN = "; "


def stored_as(types: Mapping[str, str]) -> str:
    """Return what STORED_AS holds for rows whose columns had these types, by column."""
    return _BETWEEN.join(f"{column} {kind}" for column, kind in types.items())


def rounded(value: float, kind: str) -> float | Decimal:
    """Return what a column of this type keeps of a value.

    Args:
        value: a finite number.
        kind: FLOAT, DOUBLE or DECIMAL as MySQL shows it, with its sizes.
    """
    parsed = ColumnType.parse(kind)
    digits = parsed.sizes[1] if len(parsed.sizes) > 1 else 0
    exact: float | Decimal = value
    if parsed.sizes:
        exact = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    if parsed.base != "FLOAT":
        return exact
    with np.errstate(over="ignore"):
        return float(np.float32(exact))


def matches(model: str, wanted: Mapping[str, Values], cells: Sequence[Cell]) -> dict[str, Cell]:
    """Return the cell that each of these values may have been before it was rounded.

    A cell stands for the values nearest to its own, and only for one of them. A row of the
    reference system, which names no model, is of any model.

    Args:
        model: of the values.
        wanted: values by any key.
        cells: in order of their numbers; those with exact values are left out.

    Returns:
        Cells by the key of their values.
    """
    inexact: dict[str, list[Cell]] = {}
    for cell in cells:
        if cell.stored_as:
            others = identity(model, _without_reals(cell.hyperparameters))
            if cell.model in ("", model):
                inexact.setdefault(others, []).append(cell)
    if not inexact:  # as nearly always
        return {}
    pairs = [
        (_distance(values, cell.hyperparameters), key, cell)
        for key, values in wanted.items()
        for cell in inexact.get(identity(model, _without_reals(values)), ())
        if _may_be(values, cell)
    ]
    found: dict[str, Cell] = {}
    taken = set[str]()
    for _, key, cell in sorted(pairs, key=lambda pair: pair[0]):  # the older row first, if equal
        if key not in found and cell.code_task not in taken:
            found[key] = cell
            taken.add(cell.code_task)
    return found


def _without_reals(values: Values) -> Values:
    return {name: value for name, value in values.items() if name not in REALS}


def _may_be(values: Values, cell: Cell) -> bool:
    types = dict(part.split(" ", 1) for part in cell.stored_as.split(_BETWEEN))
    return all(
        _same(values.get(name), cell.hyperparameters.get(name), types.get(name.upper()))
        for name in REALS
    )


def _same(value: float | None, stored: float | None, kind: str | None) -> bool:
    if value is None or stored is None or kind is None:
        return value == stored
    return rounded(float(value), kind) == rounded(float(stored), kind)


def _distance(values: Values, stored: Values) -> float:
    return sum(abs(float(values.get(n) or 0) - float(stored.get(n) or 0)) for n in REALS)
