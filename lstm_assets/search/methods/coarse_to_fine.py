"""Coarse to fine: each round searches smaller boxes around the best results so far.

Round 0 covers the space. Each later round draws in `top` boxes in turn: one around the best
combination, the others around those whose neighbours are good as well, since a single one may have
a lucky score. A box is `zoom` times as wide as in the round before, on each hyperparameter's own
scale, and clipped to the space. The boxes move with the results, also out of the boxes before. They
are separate because the middle between good combinations may be bad. A box with too few new
combinations is made twice as wide, repeatedly, up to all of the space: the search continues until
its budget or its space is spent. In a box narrower than an eighth of each scale, noise decides.

A grid of points lies over one box, which contains all of the `top`.

Source: Goodfellow, Bengio & Courville (2016), Deep Learning, section 11.4.3: a grid search works
best repeated, each time zooming in on, or moving to, the best values of the last.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from lstm_assets.cells.proposal import Proposed
from lstm_assets.cells.values import Values, identity
from lstm_assets.common.fields import Number, Whole
from lstm_assets.errors import StudyError
from lstm_assets.search.history import History, Trial
from lstm_assets.search.method import CELLS_A_ROUND, Method
from lstm_assets.search.methods.draws import draw_new, drawn_before
from lstm_assets.search.methods.neighbours import centres
from lstm_assets.search.methods.region import Region
from lstm_assets.search.space.space import MOST_LISTED, Space

FINEST = 1 / 8  # width of the last round's box, as a share of each scale, without `zoom`


class CoarseToFine(Method):
    """Rounds of draws, or of grids, in boxes that shrink around the best."""

    name: ClassVar[str] = "coarse_to_fine"

    rounds: Whole = Field(default=8, ge=1, description="whole rounds from 1, e.g. `rounds: 4`")
    zoom: Number | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="a share between 0 and 1, e.g. `zoom: 0.5`; left out: an eighth in the end",
    )
    top: Whole = Field(default=3, ge=1, description="whole cells from 1, e.g. `top: 1`")
    draw: Literal["random", "grid"] = Field(default="random", description="random or grid")
    cells: Whole | None = Field(
        default=None,
        ge=1,
        description="whole cells per round from 1, e.g. `cells: 16`; left out: n_trials / rounds",
    )
    points: Whole = Field(
        default=3, ge=1, description="whole points per hyperparameter from 1, e.g. `points: 3`"
    )

    def check(self, space: Space) -> None:
        """Raise StudyError for settings of the other kind of draw, or a grid that is too large."""
        if self.draw == "random":
            if "points" in self.model_fields_set:
                raise StudyError(
                    f"search.points is {self.points}, which has no effect on random draws. "
                    "Remove it, or write `draw: grid`."
                )
            return
        if self.cells is not None:
            raise StudyError(
                f"search.cells is {self.cells}, but the size of a grid follows from its points. "
                "Write `points` instead, or `draw: random`."
            )
        if self.points > MOST_LISTED:
            raise StudyError(
                f"search.points is {self.points}, expected at most {MOST_LISTED:,}. Lower it."
            )
        grid = Region.everything(space).grid(self.points)
        count = grid.count or 0
        combinations = count if count > MOST_LISTED else len(grid.combinations())
        most = min(self.n_trials or MOST_LISTED, MOST_LISTED)
        if combinations > most:
            raise StudyError(
                f"search.points is {self.points}, which gives round 0 {combinations:,} "
                f"combinations, expected at most {most:,}. Lower it, or write `draw: random`."
            )

    def next_round(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> Sequence[Proposed]:
        """Return new combinations in the round's boxes; a draw that exists is repeated."""
        return self._round(space, history, own, number)[1]

    def notes(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> dict[str, Any]:
        """Return what the round's boxes span, the widest width, and the codes they lie around."""
        box, _ = self._round(space, history, own, number)
        return {"width": box.width, "centre": box.codes, "box": box.bounds}

    def _round(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> tuple[Region, list[Proposed]]:
        """Return the box that the round searches, and new combinations in it."""
        if number >= self.rounds and not self._has_budget:
            return Region.everything(space), []
        pool, width = self._aim(space, history, number)
        best = centres(space, pool, self.top)
        if self.draw == "grid":
            for box in _widening(space, best, pool, width):
                if cells := self._on_grid(box, history):
                    return box, cells
        left = self._cells if self.n_trials is None else self.n_trials - len(own)
        wanted = max(1, min(self._cells, left))
        turns = [_widening(space, [each], pool, width) for each in best[:wanted]]
        turns = turns or [_widening(space, [], pool, width)]
        return self._in_turn(space, turns, history, wanted, self.generator(number))

    def _aim(self, space: Space, history: History, number: int) -> tuple[list[Trial], float]:
        """Return the results that a round learns from, the best first, and its boxes' width.

        Prior results, which may have an MSE in other units, are used only while the study has no
        results.
        """
        scored = history.scored(space)
        prior = [each for each in scored if not each.code_task]
        own = [each for each in scored if each.code_task]
        pool = sorted(prior if number == 0 else own or prior, key=_rank)
        width = self._zoom ** (min(number, self.rounds - 1) + bool(prior)) if pool else 1.0
        return pool, width

    def _in_turn(
        self,
        space: Space,
        turns: Sequence[Iterator[Region]],
        history: History,
        wanted: int,
        rng: np.random.Generator,
    ) -> tuple[Region, list[Proposed]]:
        """Draw one combination for each box in turn; return a box that holds these boxes, too."""
        known = history.values()
        used: list[Region] = []
        columns: list[list[Proposed]] = []
        for at, boxes in enumerate(turns):
            share = len(range(at, wanted, len(turns)))
            searched, cells = self._drawn(boxes, history, known, share, rng)
            known += [each.values for each in cells]
            used += searched
            columns.append(cells)
        rows = chain.from_iterable(zip_longest(*columns))
        return Region.over(space, used), [each for each in rows if each is not None]

    def _drawn(
        self,
        boxes: Iterator[Region],
        history: History,
        known: Sequence[Values],
        wanted: int,
        rng: np.random.Generator,
    ) -> tuple[list[Region], list[Proposed]]:
        """Return new combinations of a box, then of the wider ones; and the boxes it took.

        Args:
            boxes: a box, then wider ones.
            history: all known trials.
            known: combinations that must not be proposed.
            wanted: number of combinations.
            rng: random generator.
        """
        used: list[Region] = []
        cells: list[Proposed] = []
        for box in boxes:
            used.append(box)
            have = [*known, *(each.values for each in cells)]
            prior = [] if cells else _untried(box, history, have)[:wanted]
            cells += [Proposed(each, box.reason("of prior results")) for each in prior]
            drawn = draw_new(box.space, [*have, *prior], wanted - len(cells), rng, box.places)
            how = f"random draw, seed {self.seed}"
            cells += [
                Proposed(each, box.reason(how + drawn_before(history, before)))
                for each, before in zip(drawn.combinations, drawn.before, strict=True)
            ]
            if len(cells) >= wanted:
                break
        return used, cells

    def _on_grid(self, box: Region, history: History) -> list[Proposed]:
        """Return the new combinations of a grid over the box, the nearest to its best first."""
        every = [*box.untried(history), *box.grid(self.points).combinations()]
        new = {identity(history.model, each): each for each in every}
        kept = [each for key, each in new.items() if key not in history.codes]
        reason = box.reason(f"of a grid of {self.points} points")
        return [Proposed(each, reason) for each in sorted(kept, key=box.distance)]

    @property
    def _zoom(self) -> float:
        """Width of each box, as a share of the width of the box before."""
        return self.zoom or FINEST ** (1 / max(self.rounds - 1, 1))

    @property
    def _cells(self) -> int:
        """How many combinations a round draws."""
        if self.cells is not None:
            return self.cells
        return CELLS_A_ROUND if self.n_trials is None else math.ceil(self.n_trials / self.rounds)

    @property
    def _has_budget(self) -> bool:
        return any((self.n_trials, self.budget_epochs, self.budget_minutes))


def _widening(
    space: Space, centre: Sequence[Trial], pool: Sequence[Trial], width: float
) -> Iterator[Region]:
    """Yield the box around some trials, then boxes twice as wide each, then all of the space."""
    while centre and width < 1:
        yield Region.around(space, centre, pool, width)
        width *= 2
    yield Region.everything(space)


def _untried(box: Region, history: History, known: Sequence[Values]) -> list[Values]:
    """Return the values of a box's centre that neither the study nor this round has."""
    untried = box.untried(history)
    keys = {identity(history.model, each) for each in known} if untried else set()
    return [each for each in untried if identity(history.model, each) not in keys]


def _rank(trial: Trial) -> tuple[bool, float]:
    """Return a sort key by MSE; trials that were stopped early come after all others."""
    return trial.is_partial, math.inf if trial.mse is None else trial.mse
