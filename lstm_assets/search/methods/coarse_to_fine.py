"""Coarse to fine: each round searches a smaller box around the best that is known.

Round 0 covers the space. Each later one keeps to a box about the middle of the best `top` tuples
that holds all of them: `zoom` times as wide as the round before's on each hyperparameter's own
scale, clipped to the space. It moves with the best, out of the box before too. Where it holds too
few new tuples it is twice as wide, and so on up to all of the space, so a search goes on until its
budget or its space is spent. More than one best tuple keeps a lucky score from pulling the box to
itself; narrower than an eighth of each scale, noise decides.

Source: Goodfellow, Bengio & Courville (2016), Deep Learning, section 11.4.3: a grid search works
best repeated, each time zooming in on, or moving to, the best values of the last.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from lstm_assets.cells.proposal import Proposed
from lstm_assets.cells.values import identity
from lstm_assets.common.fields import Number, Whole
from lstm_assets.errors import StudyError
from lstm_assets.search.history import History, Trial
from lstm_assets.search.method import CELLS_A_ROUND, Method
from lstm_assets.search.methods.draws import draw_new, drawn_before
from lstm_assets.search.methods.region import Region
from lstm_assets.search.space.space import MOST_LISTED, Space

FINEST = 1 / 8  # of each scale: the box of the last round, where `zoom` does not say


class CoarseToFine(Method):
    """Rounds of draws, or of grids, in boxes that shrink around the best."""

    name: ClassVar[str] = "coarse_to_fine"

    rounds: Whole = Field(default=4, ge=1, description="whole rounds from 1, e.g. `rounds: 4`")
    zoom: Number | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="a share between 0 and 1, e.g. `zoom: 0.5`; left out: an eighth in the end",
    )
    top: Whole = Field(default=3, ge=1, description="whole tuples from 1, e.g. `top: 1`")
    draw: Literal["random", "grid"] = Field(default="random", description="random or grid")
    cells: Whole | None = Field(
        default=None,
        ge=1,
        description="whole cells a round from 1, e.g. `cells: 16`; left out: n_trials / rounds",
    )
    points: Whole = Field(
        default=3, ge=1, description="whole points a hyperparameter from 1, e.g. `points: 3`"
    )

    def check(self, space: Space) -> None:
        """Refuse settings of the other kind of draw, and a grid that is too large."""
        if self.draw == "random":
            if "points" in self.model_fields_set:
                raise StudyError(
                    f"search.points is {self.points}, which means nothing to random draws. "
                    "Remove it, or write `draw: grid`."
                )
            return
        if self.cells is not None:
            raise StudyError(
                f"search.cells is {self.cells}, but the size of a grid follows from its points. "
                "Write `points` instead, or `draw: random`."
            )
        grid = Region.everything(space).grid(self.points)
        count = grid.count or 0
        tuples = count if count > MOST_LISTED else len(grid.tuples())
        most = min(self.n_trials or MOST_LISTED, MOST_LISTED)
        if tuples > most:
            raise StudyError(
                f"search.points is {self.points}, which makes {tuples:,} tuples of round 0, "
                f"expected at most {most:,}. Lower it, or write `draw: random`."
            )

    def next_round(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> Sequence[Proposed]:
        """Draw new tuples in the round's box; one that exists is drawn again."""
        return self._round(space, history, own, number)[1]

    def notes(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> dict[str, Any]:
        """Return the round's box: its width, its bounds, and the codes of what it lies around."""
        box, _ = self._round(space, history, own, number)
        return {"width": box.width, "centre": box.codes, "box": box.bounds}

    def _round(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> tuple[Region, list[Proposed]]:
        """Return the smallest box with enough new tuples, and those."""
        if number >= self.rounds and not self._has_budget:
            return Region.everything(space), []
        boxes = self._boxes(space, history, number)
        if self.draw == "grid":
            for box in boxes:
                if cells := self._on_grid(box, history):
                    return box, cells
        left = self._cells if self.n_trials is None else self.n_trials - len(own)
        wanted = max(1, min(self._cells, left))
        for box in boxes:
            cells = self._drawn(box, history, wanted, number)
            if len(cells) >= wanted:
                break
        return box, cells

    def _boxes(self, space: Space, history: History, number: int) -> list[Region]:
        """Return the box of a round, those twice as wide each that replace it, and all the space.

        Other studies' results, whose MSE may be in other units, count while there are no others.
        """
        scored = history.scored(space)
        told = [each for each in scored if not each.code_task]
        ours = [each for each in scored if each.code_task]
        pool = sorted(told if number == 0 else ours or told, key=_rank)
        width = self._zoom ** (min(number, self.rounds - 1) + bool(told)) if pool else 1.0
        boxes = []
        while width < 1:
            boxes.append(Region.around(space, pool, self.top, width))
            width *= 2
        return [*boxes, Region.everything(space)]

    def _drawn(self, box: Region, history: History, wanted: int, number: int) -> list[Proposed]:
        first = box.untried(history)[:wanted]
        known = [*history.values(), *first]
        drawn = draw_new(box.space, known, wanted - len(first), self.generator(number), box.places)
        told = [Proposed(each, box.reason("of prior results")) for each in first]
        how = f"random draw, seed {self.seed}"
        return [
            *told,
            *(
                Proposed(each, box.reason(how + drawn_before(history, before)))
                for each, before in zip(drawn.tuples, drawn.before, strict=True)
            ),
        ]

    def _on_grid(self, box: Region, history: History) -> list[Proposed]:
        """Return what is new of a grid over the box, the nearest to its centre first."""
        every = [*box.untried(history), *box.grid(self.points).tuples()]
        new = {identity(history.model, each): each for each in every}
        kept = [each for key, each in new.items() if key not in history.codes]
        reason = box.reason(f"of a grid of {self.points} points")
        return [Proposed(each, reason) for each in sorted(kept, key=box.distance)]

    @property
    def _zoom(self) -> float:
        """How much narrower each box is than the one before."""
        return self.zoom or FINEST ** (1 / max(self.rounds - 1, 1))

    @property
    def _cells(self) -> int:
        """How many tuples a round draws."""
        if self.cells is not None:
            return self.cells
        return CELLS_A_ROUND if self.n_trials is None else math.ceil(self.n_trials / self.rounds)

    @property
    def _has_budget(self) -> bool:
        return any((self.n_trials, self.budget_epochs, self.budget_minutes))


def _rank(trial: Trial) -> tuple[bool, float]:
    """Sort by MSE; what was stopped early comes after all that was trained to its end."""
    early = trial.epoch_full is not None and trial.epochs < trial.epoch_full
    return early, math.inf if trial.mse is None else trial.mse
