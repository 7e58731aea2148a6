"""Coarse to fine: each round searches a smaller box around the best results so far.

Round 0 covers the space. Each later round searches a box around the middle of the best `top`
combinations, which contains all of them. It is `zoom` times as wide as the box before, on each
hyperparameter's own scale, and clipped to the space. It moves with the best results, also out of
the box before. A box with too few new combinations is made twice as wide, repeatedly, up to all of
the space: the search continues until its budget or its space is spent. Several best combinations
are used because one may have a lucky score. In a box narrower than an eighth of each scale, noise
decides.

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

FINEST = 1 / 8  # width of the last round's box, as a share of each scale, without `zoom`


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
        """Return new combinations in the round's box; a draw that exists is repeated."""
        return self._round(space, history, own, number)[1]

    def notes(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> dict[str, Any]:
        """Return the round's box: its width, its bounds, and the codes of its best cells."""
        box, _ = self._round(space, history, own, number)
        return {"width": box.width, "centre": box.codes, "box": box.bounds}

    def _round(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> tuple[Region, list[Proposed]]:
        """Return the smallest box with enough new combinations, and these combinations."""
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
        """Return the box of a round, then boxes twice as wide each, then all of the space.

        Prior results, which may have an MSE in other units, are used only while the study has no
        results.
        """
        scored = history.scored(space)
        prior = [each for each in scored if not each.code_task]
        own = [each for each in scored if each.code_task]
        pool = sorted(prior if number == 0 else own or prior, key=_rank)
        width = self._zoom ** (min(number, self.rounds - 1) + bool(prior)) if pool else 1.0
        boxes = []
        while width < 1:
            boxes.append(Region.around(space, pool, self.top, width))
            width *= 2
        return [*boxes, Region.everything(space)]

    def _drawn(self, box: Region, history: History, wanted: int, number: int) -> list[Proposed]:
        first = box.untried(history)[:wanted]
        known = [*history.values(), *first]
        drawn = draw_new(box.space, known, wanted - len(first), self.generator(number), box.places)
        prior = [Proposed(each, box.reason("of prior results")) for each in first]
        how = f"random draw, seed {self.seed}"
        return [
            *prior,
            *(
                Proposed(each, box.reason(how + drawn_before(history, before)))
                for each, before in zip(drawn.combinations, drawn.before, strict=True)
            ),
        ]

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


def _rank(trial: Trial) -> tuple[bool, float]:
    """Return a sort key by MSE; trials that were stopped early come after all others."""
    early = trial.epoch_full is not None and trial.epochs < trial.epoch_full
    return early, math.inf if trial.mse is None else trial.mse
