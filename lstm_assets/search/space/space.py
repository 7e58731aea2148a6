"""The search space: which hyperparameters a study spans, and what their values may be.

A tuple of hyperparameters is a dict from lower-case name to value, in the order in which the
study is written.
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

MOST_DRAWS = 2000  # for one tuple that the constraint allows
MOST_LISTED = 100_000  # tuples of a space that are ever listed

Places: TypeAlias = dict[str, float]  # hyperparameter -> 0 to 1 on its own scale
Box: TypeAlias = Mapping[str, tuple[float, float]]  # hyperparameter -> lowest and highest place


@dataclass(frozen=True)
class Space:
    """The parameters of one model's cells, checked; see reading.read_space."""

    model: str
    parameters: Mapping[str, Parameter]  # by name, in the order written
    constraint: Expression | None
    written: Mapping[str, Any]  # as a study says it, in plain types: read again, it is this space

    def tuples(self) -> list[Values]:
        """Return every tuple of a grid over the space.

        The last name of the space varies fastest, so the order, and with it the numbering of new
        CODE_TASKs, is the order in which the study is written.

        Raises:
            StudyError: a range says neither `step` nor `points`, or there are too many.
        """
        lists = []
        for name, parameter in self.parameters.items():
            if parameter.values is None:
                raise StudyError(
                    f"search.space.{name} lists no values, which a grid needs. Give it `step` or "
                    "`points`, write a list, or choose another method."
                )
            lists.append(parameter.values)
        if (count := self.count or 0) > MOST_LISTED:
            raise StudyError(
                f"search.space has {count:,} tuples, expected at most {MOST_LISTED:,} of a grid. "
                "Shorten its lists, or choose another method."
            )
        return self._product(lists)

    @property
    def count(self) -> int | None:
        """How many combinations the values of a grid have, those that no cell may have among them.

        None if it was not said which values those are.
        """
        lists = [parameter.values for parameter in self.parameters.values()]
        unsaid = any(each is None for each in lists)
        return None if unsaid else math.prod(len(each or ()) for each in lists)

    def every(self, box: Box | None = None) -> list[Values] | None:
        """Return every tuple that `draw` may give; None if there are too many to list.

        Args:
            box: bounds to keep to; None is all of the space.
        """
        lists = []
        for name, parameter in self.parameters.items():
            values = parameter.between(*(box or {}).get(name, (0.0, 1.0)))
            if values is None:
                return None
            lists.append(values)
        return self._product(lists) if math.prod(map(len, lists)) <= MOST_LISTED else None

    def at(self, places: Mapping[str, float]) -> Values | None:
        """Return the tuple at these places, None if the constraint rules it out."""
        return self._fitted({name: p.at(places[name]) for name, p in self.parameters.items()})

    def draw(self, rng: np.random.Generator, box: Box | None = None) -> Values | None:
        """Draw a tuple, each hyperparameter evenly on its own scale.

        Args:
            rng: what draws.
            box: bounds to keep to; None is all of the space.

        Returns:
            None if none of MOST_DRAWS draws was allowed by the constraint.
        """
        bounds = [(box or {}).get(name, (0.0, 1.0)) for name in self.parameters]
        each = list(zip(self.parameters.items(), bounds, strict=True))
        for _ in range(MOST_DRAWS):
            uniform = rng.random(len(each)).tolist()
            cell = self._fitted(
                {
                    name: parameter.at(low + u * (high - low))
                    for ((name, parameter), (low, high)), u in zip(each, uniform, strict=True)
                }
            )
            if cell is not None:
                return cell
        return None

    def places(self, values: Values) -> Places | None:
        """Return where a tuple lies, None if it is none of the space.

        A hyperparameter that this tuple does not have, as its `when` says, is left out.
        """
        if values not in self:
            return None
        found: Places = {}
        for name, value in values.items():
            place = self.parameters[name].place(value)
            if place is None:
                return None
            found[name] = place
        return found

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
        """Return tuples among which are those of the lowest and the highest values.

        Where the constraint rules any of those out, they are all tuples of the space, if these can
        be listed; else those that it allows, or all where it allows none.
        """
        ends = [_distinct(parameter.ends) for parameter in self.parameters.values()]
        every = [dict(zip(self.parameters, each, strict=True)) for each in itertools.product(*ends)]
        fitted = [cell for each in every if (cell := self._fitted(each)) is not None]
        if len(fitted) < len(every) and (listed := self.every()):
            return listed
        return fitted or every

    def _product(self, lists: Sequence[Sequence[Value]]) -> list[Values]:
        """Return each combination that a cell may have, once."""
        every = itertools.product(*lists)
        names = list(self.parameters)
        found = [self._fitted(dict(zip(names, each, strict=True))) for each in every]
        cells = [cell for cell in found if cell is not None]
        if not self._conditional:
            return cells
        distinct: dict[Hashable, Values] = {}
        for cell in cells:
            distinct.setdefault(value_key([*cell.items()]), cell)
        return list(distinct.values())

    def _fitted(self, values: Values) -> Values | None:
        """Leave out what `when` says a tuple does not have; None if the constraint is not met.

        A constraint that depends on what a tuple does not have does not rule it out.
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
        """Whether every combination of values is a tuple."""
        return self.constraint is None and not self._conditional

    @cached_property
    def _conditional(self) -> Sequence[Parameter]:
        """The parameters that not every tuple has, each after those that decide on it."""
        rules = {name: p.when.names for name, p in self.parameters.items() if p.when is not None}
        return [self.parameters[name] for name in _in_order(rules) if name in rules]


def _in_order(rules: Mapping[str, Iterable[str]]) -> Iterable[str]:
    return TopologicalSorter({name: sorted(names) for name, names in rules.items()}).static_order()


def _distinct(values: Iterable[Value]) -> list[Value]:
    return list({value_key(each): each for each in values}.values())
