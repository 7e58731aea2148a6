"""The part of a space that one round of coarse to fine searches: a box around the best.

Its bounds are places, 0 to 1 on each hyperparameter's own scale; see parameters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import shorten
from typing import Any

import numpy as np

from lstm_assets.cells.values import Values, identity
from lstm_assets.search.history import History, Trial
from lstm_assets.search.space.parameters import Choice, Parameter, Value
from lstm_assets.search.space.space import Box, Space

MOST_IN_REASON = 300  # characters
ROUNDING = 1e-9  # of places: a box that touches a value's share of the scale does not hold it


@dataclass(frozen=True, slots=True)
class Region:
    """A box: bounds of what has an order, and some values of what has none."""

    space: Space  # with those values only of what has no order
    places: Box  # of what has an order; those left out are not bounded
    width: float  # share of each scale, before clipping
    centre: Sequence[Trial] = ()  # best first; none: the box is all of the space

    @classmethod
    def everything(cls, space: Space) -> Region:
        """Return all of a space."""
        return cls(space, {}, 1.0)

    @classmethod
    def around(cls, space: Space, pool: Sequence[Trial], top: int, width: float) -> Region:
        """Return the box about the middle of the best, clipped to the space.

        Args:
            space: where to search.
            pool: trials that have a result in the space, best first; at least one.
            top: of how many of them the box holds at least the bounding box.
            width: of the box, as a share of each scale. It always holds the best tuple, and of
                values without order that share, rounded up: those that did best.
        """
        distinct = {identity(space.model, each.values): each for each in reversed(pool)}
        centre = list(reversed(distinct.values()))[:top]
        tried = [space.places(each.values) or {} for each in pool]
        best = [space.places(each.values) or {} for each in centre]
        parameters = dict(space.parameters)
        bounds: dict[str, tuple[float, float]] = {}
        for name, parameter in space.parameters.items():
            at = [places[name] for places in best if name in places]
            if not at:  # `when` says that the best have no such hyperparameter
                continue
            if parameter.ordered:
                middle, reach = (min(at) + max(at)) / 2, max(width, max(at) - min(at)) / 2
                reach -= ROUNDING
                bounds[name] = (max(middle - reach, 0.0), min(middle + reach, 1.0))
            else:
                seen = [places[name] for places in tried if name in places]
                parameters[name] = _best_words(parameter, seen, len(set(at)), width)
        return cls(replace(space, parameters=parameters), bounds, width, tuple(centre))

    @property
    def codes(self) -> str:
        """What it lies around, as people read it."""
        told = (each.code_task or "a prior result" for each in self.centre)
        return ", ".join(dict.fromkeys(told)) or "none"

    @property
    def bounds(self) -> dict[str, Any]:
        """Lowest and highest value of what has an order; the values of what has none."""
        found: dict[str, Any] = {}
        for name, parameter in self.space.parameters.items():
            if not parameter.ordered:
                found[name] = {"values": list(parameter.values or [])}
                continue
            low, high = self.places.get(name, (0.0, 1.0))
            values = parameter.between(low, high)
            ends = (values[0], values[-1]) if values else (parameter.at(low), parameter.at(high))
            found[name] = dict(zip(("lowest", "highest"), ends, strict=True))
        return found

    def reason(self, how: str) -> str:
        """Return why a tuple of it is proposed, with what the box is."""
        if not self.centre:
            return f"{how}, in all of the space"
        parameters = self.space.parameters
        varying = {n: each for n, each in self.bounds.items() if _varies(parameters[n])}
        bounds = ", ".join(f"{name} {_short(each)}" for name, each in varying.items())
        text = f"{how}, in a box of {self.width:.3g} around {self.codes}: {bounds}"
        return shorten(text, MOST_IN_REASON, placeholder=" ...")

    def untried(self, history: History) -> list[Values]:
        """Return the tuples it lies around that the study itself does not have."""
        return [each.values for each in self.centre if history.code_of(each.values) is None]

    def grid(self, points: int) -> Space:
        """Return it with at most `points` values of everything that has an order."""
        parameters: dict[str, Parameter] = {}
        for name, parameter in self.space.parameters.items():
            values: Sequence[Value] = parameter.values or []
            if parameter.ordered:
                values = _spread(parameter, *self.places.get(name, (0.0, 1.0)), points)
            parameters[name] = Choice(name=name, listed=tuple(values), when=parameter.when)
        return replace(self.space, parameters=parameters)

    def distance(self, values: Values) -> float:
        """Return how far a tuple lies from the best: the sum of squares over what has an order."""
        if not self.centre:
            return 0.0
        best = self.space.places(self.centre[0].values) or {}
        places = self.space.places(values) or {}
        shared = [n for n, p in self.space.parameters.items() if p.ordered and n in places]
        return sum((places[name] - best[name]) ** 2 for name in shared if name in best)


def _best_words(parameter: Parameter, seen: Sequence[float], least: int, width: float) -> Choice:
    """Keep the values that did best, and of those never tried the first.

    Args:
        parameter: of values without order.
        seen: places of what was tried, best first.
        least: how many to keep at least.
        width: how large a share of them to keep.
    """
    values = parameter.values or []
    every = {place: each for each in values if (place := parameter.place(each)) is not None}
    order = list(dict.fromkeys([*seen, *every]))
    kept = set(order[: max(least, math.ceil(len(values) * width - ROUNDING))])
    listed = tuple(each for place, each in every.items() if place in kept)
    return Choice(name=parameter.name, listed=listed, when=parameter.when)


def _spread(parameter: Parameter, low: float, high: float, points: int) -> list[Value]:
    """Return values evenly over two places, both ends' among them; of one, the middle's."""
    at = np.linspace(low, high, points) if points > 1 else np.array([(low + high) / 2])
    return list(dict.fromkeys(parameter.at(float(each)) for each in at))


def _varies(parameter: Parameter) -> bool:
    return parameter.values is None or len(parameter.values) > 1


def _short(bounds: Mapping[str, Any]) -> str:
    if "values" in bounds:
        return " or ".join(map(str, bounds["values"]))
    low, high = (f"{bounds[end]:.4g}" for end in ("lowest", "highest"))
    return low if low == high else f"{low} to {high}"
