"""Many combinations at a time: which of them may an expression allow?

The answer screens combinations before the expression is worked out for each of them. It may let a
combination through that is not allowed; none that is allowed is left out.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_assets.search.space.expressions import ARITHMETIC, COMPARISONS, Expression

Column: TypeAlias = NDArray[Any]  # one value a combination: numbers as float64, others as objects


class _Unscreened(Exception):
    """A part that cannot be worked out for many combinations at a time."""


def screened(
    expression: Expression, columns: Mapping[str, Column], count: int
) -> NDArray[np.bool_]:
    """Return which combinations may be allowed, shape (N,).

    Args:
        expression: of the constraint.
        columns: the values of each name that it uses, shape (N,).
        count: N, the number of combinations.
    """
    try:
        with np.errstate(all="ignore"):
            found = _truth(_value(expression.tree, columns))
            return np.broadcast_to(found, (count,)) | _doubtful(expression, columns, count)
    except (_Unscreened, TypeError, ValueError):
        return np.ones(count, dtype=bool)


def as_column(values: Sequence[Any]) -> Column:
    """Return values as a column, shape (N,): as float64 if all are numbers, else as objects."""
    if all(isinstance(each, int | float) and not isinstance(each, bool) for each in values):
        return np.array(values, dtype=np.float64)
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _doubtful(
    expression: Expression, columns: Mapping[str, Column], count: int
) -> NDArray[np.bool_]:
    """Return for which combinations a division is by 0: Python would raise an error there."""
    doubtful = np.zeros(count, dtype=bool)
    for node in ast.walk(expression.tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod):
            doubtful |= np.broadcast_to(np.asarray(_value(node.right, columns) == 0), (count,))
    return doubtful


def _value(node: ast.expr, columns: Mapping[str, Column]) -> Any:
    match node:
        case ast.Name(id=name):
            return columns[name]
        case ast.Constant(value=value):
            return value
        case ast.BoolOp(op=op, values=parts):
            wanted = isinstance(op, ast.Or)
            value = _value(parts[0], columns)
            for part in parts[1:]:
                decided = _truth(value) == wanted
                value = np.where(decided, value, _value(part, columns))
            return value
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ~_truth(_value(operand, columns))
        case ast.UnaryOp(op=op, operand=operand):
            number = _number(_value(operand, columns))
            return -number if isinstance(op, ast.USub) else number
        case ast.BinOp(left=left, op=op, right=right):
            one, other = _number(_value(left, columns)), _number(_value(right, columns))
            return ARITHMETIC[type(op)](one, other)
        case ast.Compare(left=left, ops=ops, comparators=rest):
            return _compared(left, ops, rest, columns)
    raise _Unscreened


def _compared(
    left: ast.expr,
    ops: Sequence[ast.cmpop],
    rest: Sequence[ast.expr],
    columns: Mapping[str, Column],
) -> Any:
    found: Any = np.True_
    one = _value(left, columns)
    for op, part in zip(ops, rest, strict=True):
        if isinstance(op, ast.In | ast.NotIn):
            if not isinstance(part, ast.List | ast.Tuple) or len(ops) > 1:
                raise _Unscreened
            among = [_truth(one == _value(each, columns)) for each in part.elts]
            is_in = np.logical_or.reduce(np.broadcast_arrays(np.False_, *among))
            return is_in if isinstance(op, ast.In) else ~is_in
        other = _value(part, columns)
        found = found & _truth(COMPARISONS[type(op)](one, other))
        one = other
    return found


def _number(value: Any) -> Any:
    """Return numbers; raise _Unscreened for others, for which Python raises an error."""
    if np.asarray(value).dtype.kind not in "bif":
        raise _Unscreened
    return value


def _truth(value: Any) -> NDArray[np.bool_]:
    column = np.asarray(value)
    truth = np.frompyfunc(bool, 1, 1)(column) if column.dtype.kind not in "bif" else column
    return np.asarray(truth, dtype=bool)
