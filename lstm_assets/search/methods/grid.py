"""Grid search: every combination of the space."""

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
    """Every combination of the space, in the order in which the study is written."""

    name: ClassVar[str] = "grid"
    learns: ClassVar[bool] = False

    parallel: Whole | None = Field(
        default=None,
        ge=1,
        description="whole cells per round from 1, e.g. `parallel: 16`; left out: all at once",
    )

    @property
    def has_one_round(self) -> bool:
        """Whether no setting splits the grid into rounds."""
        return not (self.parallel or self.patience or self.budget_minutes)

    def check(self, space: Space) -> None:
        """Raise StudyError for a range without values, or too many combinations."""
        space.combinations()

    def next_round(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> Sequence[Proposed]:
        """Return the first combinations that were not proposed yet."""
        wanted = None if self.has_one_round else self.parallel or CELLS_A_ROUND
        tried = {identity(space.model, each.values) for each in own}
        left = [each for each in space.combinations() if identity(space.model, each) not in tried]
        return [Proposed(each, "of the grid") for each in left[:wanted]]
