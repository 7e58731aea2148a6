"""Reading and checking `{low: ..., high: ...}`: a range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from lstm_assets.common.fields import Number, Whole
from lstm_assets.common.text import did_you_mean
from lstm_assets.errors import StudyError
from lstm_assets.search.space.expressions import Expression
from lstm_assets.search.space.fields import Hyperparameter, as_type, to_write_as
from lstm_assets.search.space.parameters import Range, Scale

MOST_STEPS = 100_000  # of a range, and points of a grid

_KEYS = ("low", "high", "scale", "step", "base", "points", "when")
_OTHER_KEYS = ("values", "dist")  # of lists and distributions, for suggestions
_SCALES = get_args(Scale)


def read_range(asked: Hyperparameter, keys: Mapping[str, Any], when: Expression | None) -> Range:
    """Return the range that the keys describe.

    Args:
        asked: the hyperparameter.
        keys: of its mapping, without `when`.
        when: the condition of cells that have the hyperparameter.

    Raises:
        StudyError: a key is unknown or missing, an end or the scale is not allowed, the range is
            empty, a step or base has no values in the range, or two keys exclude each other.
    """
    for key in keys:
        if key not in _KEYS:
            raise StudyError(
                f"{asked.path}.{key} is not a key of a range."
                f"{did_you_mean(key, (*_KEYS, *_OTHER_KEYS))} "
                f"Allowed: {', '.join(_KEYS)}. Write e.g. {asked.range_example}."
            )
    refuse_no_number(asked, "a range")
    scale = _scale(asked, keys)
    low, high = _end(asked, keys, "low"), _end(asked, keys, "high")
    if not low < high:
        raise StudyError(
            f"{asked.path} is empty: low is {low} and high {high}. Make low the smaller one, or "
            f"write a list, e.g. {asked.example}."
        )
    _refuse_together(asked, keys)
    return Range(
        name=asked.name,
        when=when,
        low=low,
        high=high,
        scale=scale,
        whole=asked.number is int,
        step=_step(asked, keys["step"], low, high) if "step" in keys else None,
        base=_base(asked, keys["base"], low, high) if "base" in keys else None,
        points=_points(asked, keys["points"]) if "points" in keys else None,
    )


def refuse_no_number(asked: Hyperparameter, what: str) -> None:
    """Raise StudyError for a hyperparameter without numbers as values."""
    if asked.number is None:
        raise StudyError(
            f"{asked.path} is {what}, but its values are not numbers. Write a list, e.g. "
            f"{asked.example}."
        )


def _end(asked: Hyperparameter, keys: Mapping[str, Any], end: str) -> float:
    if keys.get(end) is None:
        raise StudyError(
            f"{asked.path}.{end} is missing, expected {asked.field.description}. "
            f"Write e.g. {asked.range_example}."
        )
    number: float = asked.checked(keys[end], f".{end}", asked.range_example)
    return number


def _refuse_together(asked: Hyperparameter, keys: Mapping[str, Any]) -> None:
    """Raise StudyError for keys that exclude each other: a step or base defines all values."""
    for one in ("step", "base"):
        for other in ("base", "scale", "points"):
            if one != other and one in keys and other in keys:
                raise StudyError(
                    f"{asked.path} has both {one} and {other}, but {one} alone defines the values, "
                    "and all are equally likely. Remove one of the two."
                )


def _scale(asked: Hyperparameter, keys: Mapping[str, Any]) -> Scale:
    scale = keys.get("scale", "linear")
    if scale not in _SCALES:
        raise StudyError(
            f"{asked.path}.scale is {scale!r}, expected one of {', '.join(_SCALES)}."
            f"{did_you_mean(scale, _SCALES)}"
        )
    low = as_type(Number, keys.get("low"))
    if scale == "log" and low is not None and low <= 0:
        raise StudyError(
            f"{asked.path}.scale is log, but the range starts at {low:g}, and only numbers over 0 "
            "have a logarithm. Start it above 0, or use `scale: symlog`, which allows 0."
        )
    found: Scale = scale
    return found


def _step(asked: Hyperparameter, given: object, low: float, high: float) -> float:
    whole = asked.number is int
    kind = Whole if whole else Number
    step = as_type(kind, given)
    if step is None or not 0 < step <= high - low:
        raise StudyError(
            f"{asked.path}.step is {given!r}, expected a {'whole ' if whole else ''}number over 0 "
            f"and at most high - low = {high - low}.{to_write_as(kind, given)}"
        )
    if (high - low) / step >= MOST_STEPS:
        raise StudyError(
            f"{asked.path}.step is {given!r}, which gives over {MOST_STEPS:,} values. Make it "
            "larger, or remove it."
        )
    found: float = step
    return found


def _base(asked: Hyperparameter, given: object, low: float, high: float) -> int:
    base = as_type(Whole, given)
    if base is None or base < 2:
        raise StudyError(
            f"{asked.path}.base is {given!r}, expected a whole number from 2, e.g. `base: 2` for "
            f"powers of two.{to_write_as(Whole, given)}"
        )
    if asked.number is not int:
        raise StudyError(
            f"{asked.path}.base is {given!r}, but powers are for whole numbers, and this is "
            f"{asked.field.description}. Use `scale: log`."
        )
    power: int = base
    while power < low:
        power *= base
    if low > 1 and power > high:
        raise StudyError(
            f"{asked.path}.base is {given!r}, but no power of it lies from {low} to {high}. Widen "
            "the range, or remove base."
        )
    found: int = base
    return found


def _points(asked: Hyperparameter, given: object) -> int:
    points = as_type(Whole, given)
    if points is None or not 2 <= points <= MOST_STEPS:
        raise StudyError(
            f"{asked.path}.points is {given!r}, expected whole points from 2 to {MOST_STEPS:,}, "
            f"e.g. `points: 5`.{to_write_as(Whole, given)}"
        )
    found: int = points
    return found
