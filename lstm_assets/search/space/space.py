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
from numpy.typing import NDArray

from lstm_assets.cells.values import Values
from lstm_assets.errors import StudyError
from lstm_assets.search.space.expressions import Expression, UncomputableError
from lstm_assets.search.space.fields import hyperparameter_fields
from lstm_assets.search.space.parameters import Parameter, Value, value_key
from lstm_assets.search.space.screening import Column, as_column, screened

MOST_DRAWS = 2000  # attempts to draw one combination that the constraint allows
MOST_LISTED = 100_000  # a space with more combinations is never listed
MOST_SCREENED = 5_000_000  # combinations of what a constraint uses, of which the allowed are listed
MOST_RARE_DRAWS = 5_000_000  # attempts if the constraint allowed none of MOST_DRAWS
DRAWS_AT_ONCE = 200_000
DRAWS_ONE_BY_ONE = 200_000  # attempts if the constraint depends on a hyperparameter with `when`

Places: TypeAlias = dict[str, float]  # hyperparameter -> 0 to 1 on its own scale
Box: TypeAlias = Mapping[str, tuple[float, float]]  # hyperparameter -> lowest and highest place


@dataclass(frozen=True)
class Space:
    """The parameters of one model's cells, checked; see reading.read_space."""

    model: str
    parameters: Mapping[str, Parameter]  # by name, in the order written
    constraint: Expression | None
    written: Mapping[str, Any]  # as a study writes it, in plain types; reading it gives this space

    @property
    def most_draws(self) -> int:
        """Number of draws after which the constraint counts as one that no draw satisfies."""
        return MOST_RARE_DRAWS if self._screens else DRAWS_ONE_BY_ONE

    def combinations(self) -> list[Values]:
        """Return every combination of a grid over the space.

        The last name of the space varies fastest. The order, and with it the numbers of new
        CODE_TASKs, is therefore the order in which the study is written.

        Raises:
            StudyError: a range has neither `step`, `base` nor `points`, or there are too many
                combinations.
        """
        for name, parameter in self.parameters.items():
            if parameter.values is None:
                raise StudyError(
                    f"search.space.{name} lists no values, which a grid needs. Add `step` or "
                    "`points`, write a list, or choose another method."
                )
        listed = self.grid()
        if listed is None:
            raise StudyError(
                f"search.space has {self.count or 0:,} combinations, but a grid may have at most "
                f"{MOST_LISTED:,}. Shorten its lists, or choose another method."
            )
        return listed

    def grid(self) -> list[Values] | None:
        """Return every combination as `combinations` does, or None where that raises an error."""
        lists = [parameter.values for parameter in self.parameters.values()]
        listed = [each for each in lists if each is not None]
        return self._listed(listed) if len(listed) == len(lists) else None

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
        return self._listed(lists)

    def at(self, places: Mapping[str, float]) -> Values | None:
        """Return the combination at these places; None if the constraint does not allow it."""
        return self._fitted({name: p.at(places[name]) for name, p in self.parameters.items()})

    def draw(self, rng: np.random.Generator, box: Box | None = None) -> Values | None:
        """Return a random combination, each hyperparameter evenly on its own scale.

        If the constraint allowed none of MOST_DRAWS draws, and the combinations that it allows
        cannot be listed, MOST_RARE_DRAWS draws follow, many at a time.

        Args:
            rng: random generator.
            box: bounds of the draw; None: all of the space.

        Returns:
            A combination, or None if the constraint allowed no draw; `every` may list some then.

        Raises:
            StudyError: the constraint or a `when` cannot be worked out for a draw.
        """
        bounds = {name: (box or {}).get(name, (0.0, 1.0)) for name in self.parameters}
        for _ in range(MOST_DRAWS):
            cell = self._fitted(self._drawn(rng.random(len(bounds)).tolist(), bounds))
            if cell is not None:
                return cell
        return None if self.every(box) is not None else self._rare(rng, bounds)

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
        # No draw and no list gives values for which a rule cannot be worked out.
        try:
            fitted = self._fitted({**dict.fromkeys(parameters), **values})
        except UncomputableError:
            return False
        return fitted is not None and fitted.keys() == values.keys()

    def takes(self, values: Values) -> bool:
        """Return whether it has a combination, as a training understands it.

        A hyperparameter that only the space or only the combination has counts as its default, so
        one that is added to a study later does not shut out its earlier cells.
        """
        fields = hyperparameter_fields(self.model)
        defaults = {name: each.default for name, each in fields.items() if not each.is_required()}
        known = {
            name: value
            for name, value in values.items()
            if name in self.parameters or name not in defaults or value != defaults[name]
        }
        missing = {n: each for n, each in defaults.items() if n in self.parameters}
        return known in self or {**missing, **known} in self

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

    def _drawn(self, uniform: Sequence[float], bounds: Box) -> Values:
        """Return the values at random places, from a number from 0 to 1 for each name."""
        return {
            name: self.parameters[name].at(low + u * (high - low))
            for (name, (low, high)), u in zip(bounds.items(), uniform, strict=True)
        }

    def _rare(self, rng: np.random.Generator, bounds: Box) -> Values | None:
        """Return a random combination that the constraint allows; None if it allowed no draw."""
        if not self._screens:
            for _ in range(DRAWS_ONE_BY_ONE):
                cell = self._fitted(self._drawn(rng.random(len(bounds)).tolist(), bounds))
                if cell is not None:
                    return cell
            return None
        for _ in range(MOST_RARE_DRAWS // DRAWS_AT_ONCE):
            uniform = rng.random((DRAWS_AT_ONCE, len(bounds)))
            for row in uniform[self._may_be_allowed(uniform, bounds)]:
                cell = self._fitted(self._drawn(row.tolist(), bounds))
                if cell is not None:
                    return cell
        return None

    def _may_be_allowed(self, uniform: NDArray[np.float64], bounds: Box) -> NDArray[np.bool_]:
        """Return which rows of random numbers, shape (N, names), the constraint may allow."""
        columns: dict[str, Column] = {}
        for at, (name, (low, high)) in enumerate(bounds.items()):
            if name in self._constrained:
                places = low + uniform[:, at] * (high - low)
                columns[name] = self.parameters[name].column(places)
        return self._screened(columns, len(uniform))

    def _screened(self, columns: dict[str, Column], count: int) -> NDArray[np.bool_]:
        if self.constraint is None:
            return np.ones(count, dtype=bool)
        model = as_column([self.model] * count)
        return screened(self.constraint, {**columns, "model": model}, count)

    def _listed(self, lists: Sequence[Sequence[Value]]) -> list[Values] | None:
        """Return each allowed combination of the listed values; None if there are too many."""
        if math.prod(map(len, lists)) <= MOST_LISTED:
            return self._product(lists)
        names = list(self.parameters)
        used = [name for name in names if name in self._constrained]
        by_name = dict(zip(names, lists, strict=True))
        if not self._screens or math.prod(len(by_name[name]) for name in used) > MOST_SCREENED:
            return None
        allowed = self._allowed(used, [by_name[name] for name in used])
        free = [by_name[name] for name in names if name not in used]
        if len(allowed) * math.prod(map(len, free)) > MOST_LISTED:
            return None
        return self._joined(used, allowed, by_name)

    def _allowed(
        self, used: Sequence[str], lists: Sequence[Sequence[Value]]
    ) -> list[tuple[int, ...]]:
        """Return the positions in their lists of the values that the constraint may allow."""
        columns = [as_column(values) for values in lists]
        shape = [len(values) for values in lists]
        allowed: list[tuple[int, ...]] = []
        for start in range(0, math.prod(shape), DRAWS_AT_ONCE):
            flat = np.arange(start, min(start + DRAWS_AT_ONCE, math.prod(shape)))
            at = np.unravel_index(flat, shape)
            values = {n: c[i] for n, c, i in zip(used, columns, at, strict=True)}
            kept = self._screened(values, len(flat))
            allowed += zip(*(each[kept].tolist() for each in at), strict=True)
            if len(allowed) > MOST_LISTED:
                break
        return allowed

    def _joined(
        self,
        used: Sequence[str],
        allowed: Sequence[tuple[int, ...]],
        lists: Mapping[str, Sequence[Value]],
    ) -> list[Values]:
        """Return the allowed combinations with those of all other names, in a grid's order."""
        others = [name for name in lists if name not in used]
        ranges = [range(len(lists[name])) for name in others]
        places = [
            {**dict(zip(used, these, strict=True)), **dict(zip(others, those, strict=True))}
            for these in allowed
            for those in itertools.product(*ranges)
        ]
        places.sort(key=lambda at: [at[name] for name in lists])
        fitted = (self._fitted({n: lists[n][at[n]] for n in lists}) for at in places)
        return self._distinct_cells([cell for cell in fitted if cell is not None])

    def _product(self, lists: Sequence[Sequence[Value]]) -> list[Values]:
        """Return each allowed combination of the listed values, once."""
        every = itertools.product(*lists)
        names = list(self.parameters)
        fitted = [self._fitted(dict(zip(names, each, strict=True))) for each in every]
        return self._distinct_cells([cell for cell in fitted if cell is not None])

    def _distinct_cells(self, cells: list[Values]) -> list[Values]:
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

        Raises:
            StudyError: the constraint or a `when` cannot be worked out for these values.
        """
        if self._takes_all:
            return values
        cell, scope = dict(values), {"model": self.model, **values}
        for parameter in self._conditional:
            where = f"search.space.{parameter.name}.when is "
            if parameter.when is not None and not parameter.when.known(scope, where):
                del cell[parameter.name], scope[parameter.name]
        if self.constraint is None:
            return cell
        return None if self.constraint.known(scope, "search.constraint is ") is False else cell

    @cached_property
    def _constrained(self) -> frozenset[str]:
        """The names that the constraint uses."""
        names = self.constraint.names if self.constraint else frozenset[str]()
        return names & self.parameters.keys()

    @cached_property
    def _screens(self) -> bool:
        """Whether the constraint can be worked out for many combinations at a time.

        It cannot if it uses a hyperparameter that some of them do not have.
        """
        conditional = {parameter.name for parameter in self._conditional}
        return self.constraint is not None and not conditional & self._constrained

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
