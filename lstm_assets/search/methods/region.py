"""The part of a space that one round of coarse to fine searches: a box around the best cells.

Its bounds are places, 0 to 1 on each hyperparameter's own scale; see space.parameters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import shorten
from typing import Any

import numpy as np

from lstm_assets.cells.values import Values
from lstm_assets.search.history import History, Trial
from lstm_assets.search.space.parameters import Choice, Parameter, Value
from lstm_assets.search.space.space import Box, Space

MOST_IN_REASON = 300  # characters
ROUNDING = 1e-9  # of places: a box that only touches a value's part of the scale excludes it


@dataclass(frozen=True, slots=True)
class Region:
    """A box: bounds of ordered hyperparameters, and some values of unordered ones."""

    space: Space  # its unordered hyperparameters have only the values of the box
    places: Box  # bounds of ordered hyperparameters; one that is absent has no bounds
    width: float  # share of each scale, before clipping
    centre: Sequence[Trial] = ()  # the best first; empty: the box is all of the space

    @classmethod
    def everything(cls, space: Space) -> Region:
        """Return a box that is all of a space."""
        return cls(space, {}, 1.0)

    @classmethod
    def around(
        cls, space: Space, centre: Sequence[Trial], pool: Sequence[Trial], width: float
    ) -> Region:
        """Return the box around the middle of some trials, clipped to the space.

        Args:
            space: the space to search.
            centre: trials that the box must contain, the best first; at least one.
            pool: trials with a result in the space, the best first.
            width: of the box, as a share of each scale. Of unordered values, the box contains this
                share, rounded up: those of the centre, then those with the best results.
        """
        best = [space.places(each.values) or {} for each in centre]
        tried = [*best, *(space.places(each.values) or {} for each in pool)]
        parameters = dict(space.parameters)
        bounds: dict[str, tuple[float, float]] = {}
        for name, parameter in space.parameters.items():
            at = [places[name] for places in best if name in places]
            if not at:  # `when` removes this hyperparameter from all the trials of the centre
                continue
            if parameter.ordered:
                middle, reach = (min(at) + max(at)) / 2, max(width, max(at) - min(at)) / 2
                reach -= ROUNDING
                bounds[name] = (max(middle - reach, 0.0), min(middle + reach, 1.0))
            else:
                seen = [places[name] for places in tried if name in places]
                parameters[name] = _best_words(parameter, seen, len(set(at)), width)
        return cls(replace(space, parameters=parameters), bounds, width, tuple(centre))

    @classmethod
    def over(cls, space: Space, boxes: Sequence[Region]) -> Region:
        """Return the smallest box that holds some boxes, each in this space; at least one."""
        bounds = {
            name: (
                min(each.places[name][0] for each in boxes),
                max(each.places[name][1] for each in boxes),
            )
            for name in boxes[0].places
            if all(name in each.places for each in boxes)
        }
        listed = {
            name: _of_any(parameter, [each.space.parameters[name] for each in boxes])
            for name, parameter in space.parameters.items()
            if not parameter.ordered
        }
        centre = tuple(trial for each in boxes for trial in each.centre)
        held = replace(space, parameters={**space.parameters, **listed})
        return cls(held, bounds, max(each.width for each in boxes), centre)

    @property
    def codes(self) -> str:
        """The best trials of the box, as text."""
        codes = (each.code_task or "a prior result" for each in self.centre)
        return ", ".join(dict.fromkeys(codes)) or "none"

    @property
    def bounds(self) -> dict[str, Any]:
        """Lowest and highest value of ordered hyperparameters; the values of unordered ones."""
        bounds: dict[str, Any] = {}
        for name, parameter in self.space.parameters.items():
            if not parameter.ordered:
                bounds[name] = {"values": list(parameter.values or [])}
                continue
            low, high = self.places.get(name, (0.0, 1.0))
            values = parameter.between(low, high)
            ends = (values[0], values[-1]) if values else (parameter.at(low), parameter.at(high))
            bounds[name] = dict(zip(("lowest", "highest"), ends, strict=True))
        return bounds

    def reason(self, how: str) -> str:
        """Return why a cell in the box is proposed, with a description of the box."""
        if not self.centre:
            return f"{how}, in all of the space"
        parameters = self.space.parameters
        varying = {n: each for n, each in self.bounds.items() if _varies(parameters[n])}
        bounds = ", ".join(f"{name} {_short(each)}" for name, each in varying.items())
        text = f"{how}, in a box of {self.width:.3g} around {self.codes}: {bounds}"
        return shorten(text, MOST_IN_REASON, placeholder=" ...")

    def untried(self, history: History) -> list[Values]:
        """Return the values of the best trials that the study itself does not have."""
        return [each.values for each in self.centre if history.code_of(each.values) is None]

    def grid(self, points: int) -> Space:
        """Return the box as a space with at most `points` values per ordered hyperparameter."""
        parameters: dict[str, Parameter] = {}
        for name, parameter in self.space.parameters.items():
            values: Sequence[Value] = parameter.values or []
            if parameter.ordered:
                values = _spread(parameter, *self.places.get(name, (0.0, 1.0)), points)
            parameters[name] = Choice(name=name, listed=tuple(values), when=parameter.when)
        return replace(self.space, parameters=parameters)

    def distance(self, values: Values) -> float:
        """Return the distance to the best trial: squares summed over ordered hyperparameters."""
        if not self.centre:
            return 0.0
        best = self.space.places(self.centre[0].values) or {}
        places = self.space.places(values) or {}
        shared = [n for n, p in self.space.parameters.items() if p.ordered and n in places]
        return sum((places[name] - best[name]) ** 2 for name in shared if name in best)


def _best_words(parameter: Parameter, seen: Sequence[float], least: int, width: float) -> Choice:
    """Return the parameter with its best values only; untried values follow in their order.

    Args:
        parameter: an unordered one.
        seen: places of the tried values, the best first.
        least: smallest number of values to keep.
        width: share of the values to keep.
    """
    values = parameter.values or []
    every = {place: each for each in values if (place := parameter.place(each)) is not None}
    order = list(dict.fromkeys([*seen, *every]))
    kept = set(order[: max(least, math.ceil(len(values) * width - ROUNDING))])
    listed = tuple(each for place, each in every.items() if place in kept)
    return Choice(name=parameter.name, listed=listed, when=parameter.when)


def _of_any(parameter: Parameter, kept: Sequence[Parameter]) -> Choice:
    """Return the values of an unordered parameter that any of some choices of it has."""
    values = [each for each in parameter.values or [] if any(some.has(each) for some in kept)]
    return Choice(name=parameter.name, listed=tuple(values), when=parameter.when)


def _spread(parameter: Parameter, low: float, high: float, points: int) -> list[Value]:
    """Return values evenly spread over two places, with both ends; for one point, the middle."""
    at = np.linspace(low, high, points) if points > 1 else np.array([(low + high) / 2])
    return list(dict.fromkeys(parameter.at(float(each)) for each in at))


def _varies(parameter: Parameter) -> bool:
    return parameter.values is None or len(parameter.values) > 1


def _short(bounds: Mapping[str, Any]) -> str:
    if "values" in bounds:
        return " or ".join(map(str, bounds["values"]))
    low, high = (f"{bounds[end]:.4g}" for end in ("lowest", "highest"))
    return low if low == high else f"{low} to {high}"
