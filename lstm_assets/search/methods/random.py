"""Random search: combinations drawn from the space, each once.

Source: Bergstra & Bengio (2012), Random Search for Hyper-Parameter Optimization, JMLR 13:281-305.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from lstm_assets.cells.proposal import Proposed
from lstm_assets.common.fields import Whole
from lstm_assets.errors import StudyError
from lstm_assets.search.history import History, Trial
from lstm_assets.search.method import CELLS_A_ROUND, Method
from lstm_assets.search.methods.draws import draw_new, drawn_before
from lstm_assets.search.space.space import MOST_LISTED, Space


class Random(Method):
    """Combinations drawn from the space, each hyperparameter evenly on its own scale."""

    name: ClassVar[str] = "random"
    learns: ClassVar[bool] = False

    parallel: Whole | None = Field(
        default=None,
        ge=1,
        description="whole cells per round from 1, e.g. `parallel: 16`; left out: n_trials at once",
    )

    def check(self, space: Space) -> None:
        """Raise StudyError for a search that would not end."""
        if not self.has_end and space.every() is None:
            raise StudyError(
                "search.n_trials is missing, and the space has too many combinations to list: "
                "method random would not end. Write e.g. `n_trials: 64`, or add "
                "budget_epochs, budget_minutes or patience."
            )

    def next_round(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> Sequence[Proposed]:
        """Return random combinations that are new to the study; a draw that exists is repeated."""
        wanted = self.parallel or self._cells_a_round(own)
        drawn = draw_new(space, history.values(), wanted, self.generator(number))
        return [
            Proposed(cell, f"random draw, seed {self.seed}{drawn_before(history, before)}")
            for cell, before in zip(drawn.combinations, drawn.before, strict=True)
        ]

    def _cells_a_round(self, own: Sequence[Trial]) -> int:
        if self.patience or self.budget_epochs or self.budget_minutes or self.n_trials is None:
            return CELLS_A_ROUND
        return min(max(self.n_trials - self.trials(own), 1), MOST_LISTED)
