"""The search space: the hyperparameters of a study and their possible values.

A combination of values is a dict from lower-case name to value, in the order in which the study is
written.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any, TypeAlias

import numpy as np

from lstm_assets.cells.values import Values
from lstm_assets.errors import StudyError
from lstm_assets.search.space.expressions import Expression
from lstm_assets.search.space.parameters import Parameter, Value, value_key

MOST_DRAWS = 2000  # attempts to draw one combination that the constraint allows
MOST_LISTED = 100_000  # a space with more combinations is never listed

Places: TypeAlias = dict[str, float]  # hyperparameter -> 0 to 1 on its own scale
Box: TypeAlias = Mapping[str, tuple[float, float]]  # hyperparameter -> lowest and highest place


@dataclass(frozen=True)
class Space:
    """The parameters of one model's cells, checked; see reading.read_space."""

    model: str
    parameters: Mapping[str, Parameter]  # by name, in the order written
    constraint: Expression | None
    written: Mapping[str, Any]  # as a study writes it, in plain types; reading it gives this space

    def combinations(self) -> list[Values]:
        """Return every combination of a grid over the space.

        The last name of the space varies fastest. The order, and with it the numbers of new
        CODE_TASKs, is therefore the order in which the study is written.

        Raises:
            StudyError: a range has neither `step`, `base` nor `points`, or there are too many
                combinations.
        """
        lists = []
        for name, parameter in self.parameters.items():
            if parameter.values is None:
                raise StudyError(
                    f"search.space.{name} lists no values, which a grid needs. Add `step` or "
                    "`points`, write a list, or choose another method."
                )
            lists.append(parameter.values)
        if (count := self.count or 0) > MOST_LISTED:
            raise StudyError(
                f"search.space has {count:,} combinations, but a grid may have at most "
                f"{MOST_LISTED:,}. Shorten its lists, or choose another method."
            )
        return self._product(lists)

    @property
    def count(self) -> int | None:
        """Number of combinations of a grid, including those that `constraint` or `when` remove.

        None if a parameter does not define the values of a grid.
        """
        lists = [parameter.values for parameter in self.parameters.values()]
        undefined = any(each is None for each in lists)
        return None if undefined else math.prod(len(each or ()) for each in lists)

    def every(self, box: Box | None = None) -> list[Values] | None:
        """Return every combination that `draw` may give; None if there are too many to list.

        Args:
            box: bounds of the combinations; None: all of the space.
        """
        lists = []
        for name, parameter in self.parameters.items():
            values = parameter.between(*(box or {}).get(name, (0.0, 1.0)))
            if values is None:
                return None
            lists.append(values)
        return self._product(lists) if math.prod(map(len, lists)) <= MOST_LISTED else None

    def at(self, places: Mapping[str, float]) -> Values | None:
        """Return the combination at these places; None if the constraint does not allow it."""
        return self._fitted({name: p.at(places[name]) for name, p in self.parameters.items()})

    def draw(self, rng: np.random.Generator, box: Box | None = None) -> Values | None:
        """Return a random combination, each hyperparameter evenly on its own scale.

        Args:
            rng: random generator.
            box: bounds of the draw; None: all of the space.

        Returns:
            A combination, or None if the constraint allowed none of MOST_DRAWS draws.
        """
        bounds = [(box or {}).get(name, (0.0, 1.0)) for name in self.parameters]
        bounded = list(zip(self.parameters.items(), bounds, strict=True))
        for _ in range(MOST_DRAWS):
            uniform = rng.random(len(bounded)).tolist()
            cell = self._fitted(
                {
                    name: parameter.at(low + u * (high - low))
                    for ((name, parameter), (low, high)), u in zip(bounded, uniform, strict=True)
                }
            )
            if cell is not None:
                return cell
        return None

    def places(self, values: Values) -> Places | None:
        """Return the places of a combination; None if it is not in the space.

        A hyperparameter that the combination does not have, because of `when`, is left out.
        """
        if values not in self:
            return None
        places: Places = {}
        for name, value in values.items():
            place = self.parameters[name].place(value)
            if place is None:
                return None
            places[name] = place
        return places

    def __contains__(self, values: Values) -> bool:
        parameters = self.parameters
        for name, value in values.items():
            if name not in parameters or not parameters[name].has(value):
                return False
        if len(values) == len(parameters) and self._takes_all:
            return True
        fitted = self._fitted({**dict.fromkeys(parameters), **values})
        return fitted is not None and fitted.keys() == values.keys()

    def corners(self) -> list[Values]:
        """Return combinations that include all those of lowest and highest values.

        If the constraint does not allow all of these, return every combination of the space. If
        there are too many to list, return the allowed ones of lowest and highest values, or all of
        them if none is allowed.
        """
        ends = [_distinct(parameter.ends) for parameter in self.parameters.values()]
        every = [dict(zip(self.parameters, each, strict=True)) for each in itertools.product(*ends)]
        fitted = [cell for each in every if (cell := self._fitted(each)) is not None]
        if len(fitted) < len(every) and (listed := self.every()):
            return listed
        return fitted or every

    def _product(self, lists: Sequence[Sequence[Value]]) -> list[Values]:
        """Return each allowed combination of the listed values, once."""
        every = itertools.product(*lists)
        names = list(self.parameters)
        fitted = [self._fitted(dict(zip(names, each, strict=True))) for each in every]
        cells = [cell for cell in fitted if cell is not None]
        if not self._conditional:
            return cells
        distinct: dict[Hashable, Values] = {}
        for cell in cells:
            distinct.setdefault(value_key([*cell.items()]), cell)
        return list(distinct.values())

    def _fitted(self, values: Values) -> Values | None:
        """Return values without the hyperparameters that `when` removes.

        None if the constraint is false. A constraint that depends on a removed hyperparameter does
        not exclude the values.
        """
        if self._takes_all:
            return values
        cell, scope = dict(values), {"model": self.model, **values}
        for parameter in self._conditional:
            if parameter.when is not None and not parameter.when.holds(scope):
                del cell[parameter.name], scope[parameter.name]
        ruled_out = self.constraint is not None and self.constraint.known(scope) is False
        return None if ruled_out else cell

    @cached_property
    def _takes_all(self) -> bool:
        """Whether every combination of values is allowed as it is."""
        return self.constraint is None and not self._conditional

    @cached_property
    def _conditional(self) -> Sequence[Parameter]:
        """The parameters with `when`, each after the parameters that its `when` uses."""
        rules = {name: p.when.names for name, p in self.parameters.items() if p.when is not None}
        return [self.parameters[name] for name in _in_order(rules) if name in rules]


def _in_order(rules: Mapping[str, Iterable[str]]) -> Iterable[str]:
    return TopologicalSorter({name: sorted(names) for name, names in rules.items()}).static_order()


def _distinct(values: Iterable[Value]) -> list[Value]:
    return list({value_key(each): each for each in values}.values())
