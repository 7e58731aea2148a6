"""Short boolean expressions over hyperparameters, for `constraint` and `when`.

An expression is parsed to a tree of allowed parts, and the tree is walked; eval is never used.
Arithmetic allows only numbers and no powers, so the length of an expression limits its time and
memory.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lstm_assets.errors import StudyError

MOST_CHARACTERS = 1000
MOST_SHOWN = 300  # characters of a value, in messages
MOST_DEPTH = 20  # of parts inside parts
ALLOWED = "comparisons, and, or, not, in, + - * / // %, numbers, quoted texts, lists and names"

ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


_ERRORS = (TypeError, ZeroDivisionError, OverflowError)  # of values that do not fit an expression


class _Unknown(Exception):
    """The result depends on a name without a value."""


class UncomputableError(StudyError):
    """An expression cannot be worked out for some values."""


@dataclass(frozen=True)
class Expression:
    """A parsed expression; two expressions with the same text are equal."""

    text: str  # in one line
    names: frozenset[str] = field(compare=False)  # of the hyperparameters it uses
    tree: ast.expr = field(compare=False, repr=False)  # of allowed parts only

    @classmethod
    def parse(cls, text: object) -> Expression:
        """Return the expression in a text, which may have several lines and comments.

        Raises:
            StudyError: it is not an expression, or a part is not allowed. The message starts with
                the text; the caller writes the place of the text before it.
        """
        if not isinstance(text, str) or not text.strip() or len(text) > MOST_CHARACTERS:
            raise StudyError(
                f"{_short(text)}, expected a boolean expression of at most {MOST_CHARACTERS} "
                "characters, e.g. `size_unit_hidden >= size_unit_input`."
            )
        source = text.strip()
        tree = _parsed(source)
        names = frozenset(_names(tree, source))
        return cls(source if len(source.splitlines()) == 1 else ast.unparse(tree), names, tree)

    def known(self, values: Mapping[str, Any], where: str = "") -> bool | None:
        """Return whether it is true; None if that depends on a name without a value.

        Args:
            values: by name.
            where: text before the expression in a message: its place.

        Raises:
            UncomputableError: it cannot be worked out, such as a text times a number.
        """
        try:
            return bool(_value(self.tree, values))
        except _Unknown:
            return None
        except _ERRORS as error:
            used = ", ".join(f"{n} {_short(values[n])}" for n in sorted(self.names & {*values}))
            raise UncomputableError(
                f"{where}{self.text!r}, which cannot be worked out for {used or 'any values'}: "
                f"{error}. Rule such values out before it, e.g. `b != 0 and a / b > 1`, "
                "or correct it."
            ) from None


def _parsed(source: str) -> ast.expr:
    # In brackets, a line may end anywhere.
    inside = f"({source}\n)" if len(source.splitlines()) > 1 else source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a warning of the parser counts as an error
            return ast.parse(inside, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        shown = " ".join(source.split())
        raise StudyError(f"{shown!r}, which cannot be read. Allowed: {ALLOWED}.") from None


def _names(node: ast.expr, text: str, depth: int = 0) -> set[str]:
    """Return the names in a tree; raise StudyError for a part that is not allowed."""
    if depth > MOST_DEPTH:
        raise StudyError(
            f"{' '.join(text.split())!r}, which is nested too deeply, expected at most "
            f"{MOST_DEPTH} parts inside each other. Simplify it."
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
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            parts = [left, right]
        case ast.Compare(left=left, ops=ops, comparators=rest) if all(
            type(op) in COMPARISONS for op in ops
        ):
            parts = [left, *rest]
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            parts = elements
        case _:
            part, shown = ast.unparse(node), " ".join(text.split())
            raise StudyError(f"{shown!r}, in which {part!r} is not allowed. Allowed: {ALLOWED}.")
    return set().union(*(_names(part, text, depth + 1) for part in parts))


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    """Return the value of a part, as Python computes it; raise _Unknown for a missing name."""
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
            return ARITHMETIC[type(op)](
                _number(_value(left, values)), _number(_value(right, values))
            )
        case ast.Compare(left=left, ops=ops, comparators=rest):
            return _compared(_value(left, values), zip(ops, rest, strict=True), values)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [_value(each, values) for each in elements]
    raise TypeError(f"{type(node).__name__} was let through")


def _first(parts: Iterable[ast.expr], values: Mapping[str, Any], wanted: bool) -> Any:
    """Return the first part with the truth `wanted`, else the last part, as `or` and `and` do.

    Raises:
        _Unknown: a part is unknown, and no other part decides the result.
        TypeError, ZeroDivisionError, OverflowError: a part cannot be worked out, and every part
            before it is known: an unknown one may be there to rule such values out.
    """
    unknown = False
    value: Any = None
    for part in parts:
        try:
            value = _value(part, values)
        except _Unknown:
            unknown = True
            continue
        except _ERRORS:
            if unknown:
                continue
            raise
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
        if not COMPARISONS[type(op)](left, right):
            return False
        left = right
    return True


def _number(value: Any) -> Any:
    """Return a number; raise TypeError for others: a text times a number could be very long."""
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return value


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."
