"""Short boolean expressions over hyperparameters, as `constraint` and `when` hold them.

They are parsed to a tree of allowed parts and walked; nothing is ever handed to eval. Arithmetic
is of numbers only, and there are no powers, so what an expression takes is bounded by its length.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lstm_assets.errors import StudyError

MOST_CHARACTERS = 300
MOST_DEPTH = 20  # of parts inside parts
ALLOWED = "comparisons, and, or, not, in, + - * / // %, numbers, quoted texts, lists and names"

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


class _Unknown(Exception):
    """The values lack a name on which the truth depends."""


@dataclass(frozen=True)
class Expression:
    """An expression that was parsed; two of the same text are equal."""

    text: str
    names: frozenset[str] = field(compare=False)  # of the hyperparameters it speaks of
    _tree: ast.expr = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: object) -> Expression:
        """Parse an expression.

        Raises:
            StudyError: no expression, or a part that is not allowed; the message begins with what
                is wrong, and the caller puts in front where it stands.
        """
        if not isinstance(text, str) or not text.strip() or len(text) > MOST_CHARACTERS:
            raise StudyError(
                f"{_short(text)}, expected a boolean expression of at most {MOST_CHARACTERS} "
                "characters, e.g. `size_unit_hidden >= size_unit_input`."
            )
        source = text.strip()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # what Python doubts is not guessed at here
                tree = ast.parse(source, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise StudyError(f"{source!r}, which cannot be read. Allowed: {ALLOWED}.") from None
        return cls(source, frozenset(_names(tree, source)), tree)

    def known(self, values: Mapping[str, Any]) -> bool | None:
        """Whether it is true, None where that depends on a name that the values lack.

        Of values that it cannot be worked out for, such as a text by a number, it is not true.
        """
        try:
            return bool(_value(self._tree, values))
        except _Unknown:
            return None
        except (TypeError, ZeroDivisionError, OverflowError):
            return False

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether it is true of these values, whatever others there may be."""
        return self.known(values) is True


def _names(node: ast.expr, text: str, depth: int = 0) -> set[str]:
    """Return the names in a tree; raises StudyError for a part that is not allowed."""
    if depth > MOST_DEPTH:
        raise StudyError(
            f"{text!r}, which is nested too deeply, expected at most {MOST_DEPTH} parts inside "
            "each other. Simplify it."
        )
    parts: list[ast.expr]
    match node:
        case ast.Name(id=name):
            return {name}
        case ast.Constant(value=bool() | int() | float() | str()):
            return set()
        case ast.BoolOp(values=values):
            parts = values
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.UAdd(), operand=operand):
            parts = [operand]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            parts = [left, right]
        case ast.Compare(left=left, ops=ops, comparators=rest) if all(
            type(op) in _COMPARISONS for op in ops
        ):
            parts = [left, *rest]
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            parts = elements
        case _:
            part = ast.get_source_segment(text, node) or type(node).__name__
            raise StudyError(f"{text!r}, in which {part!r} is not allowed. Allowed: {ALLOWED}.")
    return set().union(*(_names(part, text, depth + 1) for part in parts))


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    """Work a part out as Python does; raises _Unknown where a name is needed that is not there."""
    match node:
        case ast.Name(id=name):
            if name not in values:
                raise _Unknown
            return values[name]
        case ast.Constant(value=value):
            return value
        case ast.BoolOp(op=op, values=parts):
            return _first(parts, values, isinstance(op, ast.Or))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, values)
        case ast.UnaryOp(op=op, operand=operand):
            number = _number(_value(operand, values))
            return -number if isinstance(op, ast.USub) else number
        case ast.BinOp(left=left, op=op, right=right):
            return _ARITHMETIC[type(op)](
                _number(_value(left, values)), _number(_value(right, values))
            )
        case ast.Compare(left=left, ops=ops, comparators=rest):
            return _compared(_value(left, values), zip(ops, rest, strict=True), values)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [_value(each, values) for each in elements]
    raise TypeError(f"{type(node).__name__} was let through")


def _first(parts: Iterable[ast.expr], values: Mapping[str, Any], wanted: bool) -> Any:
    """Return the first part that is as true as wanted, the last if none is, as `or` and `and` do.

    A part that is unknown leaves the whole unknown, unless another decides it.
    """
    unknown = False
    value: Any = None
    for part in parts:
        try:
            value = _value(part, values)
        except _Unknown:
            unknown = True
            continue
        if bool(value) is wanted:
            return value
    if unknown:
        raise _Unknown
    return value


def _compared(
    left: Any, rest: Iterable[tuple[ast.cmpop, ast.expr]], values: Mapping[str, Any]
) -> bool:
    for op, part in rest:
        right = _value(part, values)
        if not _COMPARISONS[type(op)](left, right):
            return False
        left = right
    return True


def _number(value: Any) -> Any:
    """Refuse what is no number: a text or list by a number could grow without bound."""
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return value


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}..."
