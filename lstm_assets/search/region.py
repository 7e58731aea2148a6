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

from lstm_assets.search.history import History, Trial
from lstm_assets.search.parameters import Choice, Parameter, Value
from lstm_assets.search.space import Box, Space
from lstm_assets.store.tuples import identity
from lstm_assets.units import Tuple

MOST_IN_REASON = 300  # characters
ROUNDING = 1e-9  # of places


@dataclass(frozen=True, slots=True)
class Region:
    """A box: some values of each hyperparameter that lists them, and bounds of the others."""

    space: Space  # with those values only of each listed hyperparameter that lie in the box
    places: Box  # of the others, where they are bounded
    width: float  # share of each scale, before clipping
    centre: Sequence[Trial] = ()  # best first; none: the box is all of the space

    @classmethod
    def everything(cls, space: Space) -> Region:
        """Return all of the space."""
        return cls(space, {}, 1.0)

    @classmethod
    def around(cls, space: Space, pool: Sequence[Trial], top: int, width: float) -> Region:
        """Return the box around the best `top` of a pool that is sorted."""
        distinct = {identity(space.model, each.values): each for each in reversed(pool)}
        centre = list(reversed(distinct.values()))[:top]
        every = [space.places(each.values) or {} for each in pool]
        ends = [space.places(each.values) or {} for each in centre]
        parameters: dict[str, Parameter] = {}
        bounds: dict[str, tuple[float, float]] = {}
        for name, parameter in space.parameters.items():
            parameters[name] = parameter
            at = [places[name] for places in ends if name in places]
            if not at:  # `when` says that the best have no such hyperparameter
                continue
            if not parameter.ordered:
                seen = [places[name] for places in every if name in places]
                parameters[name] = _best_words(parameter, seen, len(set(at)), width)
                continue
            middle, reach = (min(at) + max(at)) / 2, max(width, max(at) - min(at)) / 2
            if _is_listed(parameter):
                parameters[name] = _near(parameter, middle, reach)
            else:
                bounds[name] = (max(middle - reach, 0.0), min(middle + reach, 1.0))
        return cls(replace(space, parameters=parameters), bounds, width, tuple(centre))

    @property
    def codes(self) -> str:
        """What it lies around, as people read it."""
        return ", ".join(each.code_task or "another study's" for each in self.centre) or "none"

    @property
    def bounds(self) -> dict[str, Any]:
        """Lowest and highest value of each hyperparameter; of words, those that are kept."""
        found: dict[str, Any] = {}
        for name, parameter in self.space.parameters.items():
            if parameter.ordered:
                low, high = parameter.ends
                if name in self.places:
                    low, high = map(parameter.at, self.places[name])
                found[name] = {"lowest": low, "highest": high}
            else:
                found[name] = {"values": list(parameter.values or [])}
        return found

    def reason(self, how: str) -> str:
        """Return the reason of a tuple in the box, with what the box is."""
        if not self.centre:
            return f"{how}, in all of the space"
        bounds = ", ".join(f"{name} {_short(each)}" for name, each in self.bounds.items())
        text = f"{how}, in a box of {self.width:.3g} around {self.codes}: {bounds}"
        return shorten(text, MOST_IN_REASON, placeholder=" ...")

    def untried(self, history: History) -> list[Tuple]:
        """Return the tuples in its centre that the study itself does not have yet."""
        return [each.values for each in self.centre if history.code_of(each.values) is None]

    def grid(self, points: int) -> Space:
        """Return the box with at most `points` values of each ordered hyperparameter."""
        parameters: dict[str, Parameter] = {}
        for name, parameter in self.space.parameters.items():
            values: Sequence[Value] = parameter.values or []
            if parameter.ordered and _is_listed(parameter):
                ranked = sorted(values)
                at = np.linspace(0, len(ranked) - 1, min(points, len(ranked))).round()
                values = [ranked[int(each)] for each in at]
            elif parameter.ordered:
                low, high = self.places.get(name, (0.0, 1.0))
                at = np.linspace(low, high, points) if points > 1 else np.array([(low + high) / 2])
                values = list(dict.fromkeys(parameter.at(float(each)) for each in at))
            parameters[name] = Choice(name=name, listed=tuple(values), when=parameter.when)
        return replace(self.space, parameters=parameters)

    def distance(self, values: Tuple) -> float:
        """Return how far a tuple lies from the best, as the sum of squares of places."""
        if not self.centre:
            return 0.0
        best = self.centre[0].values
        places = [
            (parameter.place(values[name]), parameter.place(best[name]))
            for name, parameter in self.space.parameters.items()
            if parameter.ordered and name in values and name in best
        ]
        return sum((a - b) ** 2 for a, b in places if a is not None and b is not None)


def _is_listed(parameter: Parameter) -> bool:
    return parameter.values is not None and not parameter.is_sampled


def _near(parameter: Parameter, middle: float, reach: float) -> Choice:
    """Keep the values whose share of the scale the box touches, so at least the middle one."""
    values = parameter.values or []
    reach += 0.5 / len(values) - ROUNDING
    kept = [each for each in values if abs((parameter.place(each) or 0.0) - middle) < reach]
    return Choice(name=parameter.name, listed=tuple(kept), when=parameter.when)


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


def _short(bounds: Mapping[str, Any]) -> str:
    if "values" in bounds:
        return " or ".join(map(str, bounds["values"]))
    low, high = (f"{bounds[end]:.4g}" for end in ("lowest", "highest"))
    return low if low == high else f"{low} to {high}"
