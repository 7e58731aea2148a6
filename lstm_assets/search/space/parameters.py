"""The values that a hyperparameter may have, and their scale.

Each kind of parameter maps its values to places from 0 to 1 on its own scale. Search methods use
only places, so they do not depend on how a study writes the values.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_assets.search.space.expressions import Expression
from lstm_assets.search.space.screening import Column, as_column

Value: TypeAlias = Any  # a number, text, truth value, or a list of these
Scale: TypeAlias = Literal["linear", "log", "symlog"]

SYMLOG_SHARE = 1e-3  # of the largest end of a range: below it a symlog scale is linear
DIGITS = 6  # of a drawn number: precise enough, and the same on every platform
TINY_SHARE = 1e-9  # of a distribution's width: a value nearer to 0 has fewer digits


@dataclass(frozen=True, kw_only=True)
class Parameter(ABC):
    """The values that one hyperparameter may have."""

    name: str
    when: Expression | None = None  # None: every cell has the hyperparameter

    @property
    @abstractmethod
    def ordered(self) -> bool:
        """Whether values at near places are similar; words have no order."""

    @property
    @abstractmethod
    def values(self) -> Sequence[Value] | None:
        """The values of a grid, in its order; None if the study does not define them."""

    @property
    @abstractmethod
    def ends(self) -> tuple[Value, Value]:
        """The lowest and the highest value; without an order, the first and the last."""

    @property
    def is_sampled(self) -> bool:
        """Whether it has values besides those of a grid."""
        return self.values is None

    @abstractmethod
    def between(self, low: float = 0.0, high: float = 1.0) -> Sequence[Value] | None:
        """Return every value that a draw between two places may give, in the order of places.

        None if the parameter is continuous.
        """

    @abstractmethod
    def at(self, place: float) -> Value:
        """Return the value at a place from 0 to 1; a random place gives a random value.

        A value of a continuous parameter has about DIGITS digits.
        """

    @abstractmethod
    def column(self, places: NDArray[np.float64]) -> Column:
        """Return the values at many places, shape (N,), of which continuous ones are not rounded.

        They screen draws; `at` gives the values themselves.
        """

    @abstractmethod
    def place(self, value: Value) -> float | None:
        """Return the place of a value, 0 to 1; None if the parameter does not have the value."""

    @abstractmethod
    def has(self, value: Value) -> bool:
        """Return whether the parameter has this value."""

    @property
    def written(self) -> Any:
        """The parameter as a study's YAML writes it, in plain types."""
        return {**self._keys, "when": self.when.text} if self.when else self._keys

    @property
    @abstractmethod
    def _keys(self) -> dict[str, Any]:
        """The keys of its mapping, without `when`."""


@dataclass(frozen=True, kw_only=True)
class Choice(Parameter):
    """A list of values. Numbers are ordered, other values are not."""

    listed: tuple[Value, ...]  # at least one, each once, as written

    @cached_property
    def ordered(self) -> bool:
        """See Parameter."""
        return all(_is_number(value) for value in self.listed)

    @property
    def values(self) -> Sequence[Value]:
        """See Parameter."""
        return self.listed

    @property
    def ends(self) -> tuple[Value, Value]:
        """See Parameter."""
        return self.ranked[0], self.ranked[-1]

    @cached_property
    def ranked(self) -> Sequence[Value]:
        """The values in the order of their places."""
        return tuple(sorted(self.listed)) if self.ordered else self.listed

    def between(self, low: float = 0.0, high: float = 1.0) -> Sequence[Value]:
        """See Parameter."""
        return _slice(self.ranked, low, high)

    def at(self, place: float) -> Value:
        """See Parameter."""
        return self.ranked[_bin(place, len(self.ranked))]

    def column(self, places: NDArray[np.float64]) -> Column:
        """See Parameter."""
        return as_column(self.ranked)[_bins(places, len(self.ranked))]

    def place(self, value: Value) -> float | None:
        """See Parameter."""
        return self._places.get(value_key(value))

    def has(self, value: Value) -> bool:
        """See Parameter."""
        return value_key(value) in self._places

    @cached_property
    def _places(self) -> Mapping[Hashable, float]:
        count = len(self.ranked)
        return {value_key(each): (n + 0.5) / count for n, each in enumerate(self.ranked)}

    @property
    def written(self) -> Any:
        """See Parameter."""
        return super().written if self.when else self._keys["values"]

    @property
    def _keys(self) -> dict[str, Any]:
        return {"values": list(self.listed)}


@dataclass(frozen=True, kw_only=True)
class Range(Parameter):
    """All numbers from `low` to `high`, or those of `step` or `base`."""

    low: float
    high: float  # over low
    scale: Scale = "linear"
    whole: bool = False  # whether its values are whole numbers
    step: float | None = None  # only low, low + step, low + 2 step, ...
    base: int | None = None  # only powers of this number
    points: int | None = None  # number of values of a grid, evenly spread over the scale

    @property
    def ordered(self) -> bool:
        """See Parameter."""
        return True

    @cached_property
    def steps(self) -> tuple[float, ...] | None:
        """The values of `step` or `base`, ascending; None without them."""
        if self.base is not None:
            powers = [1]
            while powers[-1] <= self.high:
                powers.append(powers[-1] * self.base)
            return tuple(each for each in powers if self.low <= each <= self.high)
        if self.step is None:
            return None
        low, step = Decimal(repr(self.low)), Decimal(repr(self.step))  # 0.1 + 2 * 0.1 is 0.3
        count = int((Decimal(repr(self.high)) - low) / step) + 1
        return tuple((int if self.whole else float)(low + n * step) for n in range(count))

    @cached_property
    def values(self) -> Sequence[Value] | None:
        """See Parameter."""
        if self.steps is not None:
            return self.steps
        if self.points is None:
            return None
        first, last = self._scaled(self.low), self._scaled(self.high)
        gap = (last - first) / (self.points - 1)
        inner = [self._rounded(self._unscaled(first + n * gap)) for n in range(1, self.points - 1)]
        return list(dict.fromkeys([self.low, *inner, self.high]))

    @property
    def is_sampled(self) -> bool:
        """See Parameter."""
        return self.steps is None

    @property
    def ends(self) -> tuple[Value, Value]:
        """See Parameter."""
        return (self.steps[0], self.steps[-1]) if self.steps else (self.low, self.high)

    def between(self, low: float = 0.0, high: float = 1.0) -> Sequence[Value] | None:
        """See Parameter."""
        if self.steps is not None:
            return _slice(self.steps, low, high)
        if not self.whole:
            return None
        return range(self.at(low), self.at(max(low, _just_below(high))) + 1)

    def at(self, place: float) -> Value:
        """See Parameter."""
        if self.steps is not None:
            return self.steps[_bin(place, len(self.steps))]
        if place <= 0 or place >= 1:
            return self.low if place <= 0 else self.high
        first, last = self._edges
        return self._rounded(self._unscaled(first + place * (last - first)))

    def column(self, places: NDArray[np.float64]) -> Column:
        """See Parameter."""
        if self.steps is not None:
            return as_column(self.steps)[_bins(places, len(self.steps))]
        first, last = self._edges
        scaled = first + places * (last - first)
        if self.scale == "log":
            values = np.exp(scaled)
        elif self.scale == "symlog":
            values = np.copysign(np.expm1(np.abs(scaled)) * self._linear_below, scaled)
        else:
            values = scaled
        return np.clip(np.rint(values) if self.whole else values, self.low, self.high)

    def place(self, value: Value) -> float | None:
        """See Parameter."""
        if not self.has(value):
            return None
        if self.steps is not None:
            return (self._nearest(self.steps, value) + 0.5) / len(self.steps)
        first, last = self._edges
        return (self._scaled(value) - first) / (last - first)

    def has(self, value: Value) -> bool:
        """See Parameter."""
        if not _is_number(value) or not self.low <= value <= self.high:
            return False
        if self.steps is not None:
            return math.isclose(self.steps[self._nearest(self.steps, value)], value)
        return not self.whole or value == int(value)

    @staticmethod
    def _nearest(steps: tuple[float, ...], value: float) -> int:
        after = min(bisect_left(steps, value), len(steps) - 1)
        before = max(after - 1, 0)
        return before if value - steps[before] < steps[after] - value else after

    @cached_property
    def _edges(self) -> tuple[float, float]:
        """The ends on the scale; half a unit around each whole number makes all equally likely."""
        half = 0.5 if self.whole else 0.0
        return self._scaled(self.low - half), self._scaled(self.high + half)

    def _scaled(self, value: float) -> float:
        if self.scale == "log":
            return math.log(value)
        if self.scale == "symlog":
            return math.copysign(math.log1p(abs(value) / self._linear_below), value)
        return value

    def _unscaled(self, scaled: float) -> float:
        if self.scale == "log":
            return math.exp(scaled)
        if self.scale == "symlog":
            return math.copysign(math.expm1(abs(scaled)) * self._linear_below, scaled)
        return scaled

    @cached_property
    def _linear_below(self) -> float:
        return SYMLOG_SHARE * max(abs(self.low), abs(self.high))

    def _rounded(self, value: float) -> float:
        if self.whole:
            return min(max(round(value), self.low), self.high)
        size = width = self.high - self.low
        if self.scale != "linear":
            size = max(abs(value), self._linear_below if self.scale == "symlog" else 0.0)
        return min(max(_short(value, min(size, width)), self.low), self.high)

    @property
    def _keys(self) -> dict[str, Any]:
        keys: dict[str, Any] = {"low": self.low, "high": self.high}
        if self.scale != "linear":
            keys["scale"] = self.scale
        others = {"step": self.step, "base": self.base, "points": self.points}
        return keys | {name: each for name, each in others.items() if each is not None}


@dataclass(frozen=True, kw_only=True)
class Distribution(Parameter):
    """A bounded distribution of scipy.stats, rounded if the hyperparameter is a whole number.

    Its places are its cumulative probabilities.
    """

    dist: str  # its name in scipy.stats
    arguments: tuple[tuple[str, float], ...]
    whole: bool = False

    @property
    def ordered(self) -> bool:
        """See Parameter."""
        return True

    @property
    def values(self) -> Sequence[Value] | None:
        """See Parameter."""
        return None

    @cached_property
    def ends(self) -> tuple[Value, Value]:
        """See Parameter."""
        low, high = map(float, self._frozen.support())
        if self.whole and math.isfinite(low) and math.isfinite(high):
            return round(low), round(high)
        return low, high

    def between(self, low: float = 0.0, high: float = 1.0) -> Sequence[Value] | None:
        """See Parameter."""
        if not self.whole:
            return None
        return range(self.at(low), self.at(max(low, _just_below(high))) + 1)

    def at(self, place: float) -> Value:
        """See Parameter."""
        low, high = self.ends
        if place <= 0 or place >= 1:
            return low if place <= 0 else high
        value = float(self._frozen.ppf(place))
        if self.whole:
            return min(max(round(value), low), high)
        width = high - low
        size = min(max(abs(value), TINY_SHARE * width), width)
        return min(max(_short(value, size), low), high)

    def column(self, places: NDArray[np.float64]) -> Column:
        """See Parameter."""
        values: Column = self._frozen.ppf(places)
        return np.clip(np.rint(values) if self.whole else values, *self.ends)

    def place(self, value: Value) -> float | None:
        """See Parameter."""
        return _probability(self, value) if self.has(value) else None

    def has(self, value: Value) -> bool:
        """See Parameter."""
        if not _is_number(value) or not self.ends[0] <= value <= self.ends[1]:
            return False
        return not (self.whole or self._is_discrete) or value == int(value)

    @cached_property
    def _frozen(self) -> Any:
        import scipy.stats

        return getattr(scipy.stats, self.dist)(**dict(self.arguments))

    @cached_property
    def _is_discrete(self) -> bool:
        import scipy.stats

        return isinstance(self._frozen.dist, scipy.stats.rv_discrete)

    @property
    def _keys(self) -> dict[str, Any]:
        return {"dist": self.dist, **dict(self.arguments)}


@lru_cache(maxsize=100_000)  # SciPy takes far longer than the rest of a proposal
def _probability(parameter: Distribution, value: float) -> float:
    """Return the middle of the cumulative probabilities that give a value."""
    cdf = parameter._frozen.cdf
    if parameter._is_discrete:
        return float((cdf(value - 1) + cdf(value)) / 2)
    if parameter.whole:
        return float((cdf(value - 0.5) + cdf(value + 0.5)) / 2)
    return float(cdf(value))


def value_key(value: Value) -> Hashable:
    """Return a key that is equal only for equal values: 1 and 1.0 are equal, 1 and true are not."""
    if isinstance(value, bool):
        return (bool, value)
    if isinstance(value, list | tuple):
        return tuple(value_key(each) for each in value)
    return value if value is None or isinstance(value, int | float | str) else repr(value)


def _slice(ranked: Sequence[Value], low: float, high: float) -> Sequence[Value]:
    first = _bin(low, len(ranked))
    return ranked[first : max(first, _bin(_just_below(high), len(ranked))) + 1]


def _just_below(place: float) -> float:
    return math.nextafter(place, 0.0)  # a box that ends between two values excludes the second


def _bin(place: float, count: int) -> int:
    return min(max(int(place * count), 0), count - 1)


def _bins(places: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    return np.clip((places * count).astype(np.intp), 0, count - 1)


def _short(value: float, size: float) -> float:
    """Return a value rounded to about DIGITS digits of a number of this size."""
    return round(value, DIGITS - 1 - math.floor(math.log10(size)))


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
