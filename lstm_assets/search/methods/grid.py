"""Grid search: every tuple of the space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from lstm_assets.cells.proposal import Proposed
from lstm_assets.cells.values import identity
from lstm_assets.common.fields import Whole
from lstm_assets.search.history import History, Trial
from lstm_assets.search.method import CELLS_A_ROUND, Method
from lstm_assets.search.space.space import Space


class Grid(Method):
    """Every tuple of the space, in the order in which the study is written."""

    name: ClassVar[str] = "grid"
    learns: ClassVar[bool] = False

    parallel: Whole | None = Field(
        default=None,
        ge=1,
        description="whole cells a round from 1, e.g. `parallel: 16`; left out: all at once",
    )

    @property
    def at_once(self) -> bool:
        """Whether nothing but its end tells how much of it there is to be."""
        return not (self.parallel or self.patience or self.budget_minutes)

    def check(self, space: Space) -> None:
        """Refuse a range without values."""
        space.tuples()

    def next_round(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> Sequence[Proposed]:
        """Return the first tuples that were not proposed yet."""
        wanted = None if self.at_once else self.parallel or CELLS_A_ROUND
        tried = {identity(space.model, each.values) for each in own}
        left = [each for each in space.tuples() if identity(space.model, each) not in tried]
        return [Proposed(each, "of the grid") for each in left[:wanted]]
