"""What every search method is: typed settings, and a function from history to the next round.

A proposal follows from the space, the history, the budget and the seed alone. Nothing else is
remembered, so a search that was killed goes on where it was, and any round can be proposed again.
"""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lstm_assets.cells.proposal import Proposed
from lstm_assets.common.fields import Number, Whole
from lstm_assets.search.history import History, Trial
from lstm_assets.search.space.space import Space

CELLS_A_ROUND = 16  # where only the end of each round tells whether there is to be another


class Method(BaseModel, ABC):
    """The settings of one search method; each field is a key below `search:` of a study.

    A field's `description` completes "expected ..." in an error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]  # as a study's `method` and TB_HYPERPARAMETER_EXT.METHOD say it
    learns: ClassVar[bool] = True  # whether prior results mean anything to it

    n_trials: Whole | None = Field(
        default=None, ge=1, description="whole trials from 1, e.g. `n_trials: 64`"
    )
    budget_epochs: Whole | None = Field(
        default=None, ge=1, description="whole epochs from 1, e.g. `budget_epochs: 1000`"
    )
    budget_minutes: Number | None = Field(
        default=None, gt=0, description="minutes of training over 0, e.g. `budget_minutes: 90`"
    )
    patience: Whole | None = Field(
        default=None, ge=1, description="whole rounds from 1, e.g. `patience: 3`"
    )
    seed: Whole = Field(default=0, ge=0, description="a whole number from 0, e.g. `seed: 1`")

    @property
    def at_once(self) -> bool:
        """Whether its one round is all there is, whatever is known already."""
        return False

    @property
    def has_end(self) -> bool:
        """Whether a setting says when to end, besides that nothing is left to try."""
        return any((self.n_trials, self.budget_epochs, self.budget_minutes, self.patience))

    def check(self, space: Space) -> None:
        """Refuse settings that do not fit each other or the space; raises StudyError."""

    @abstractmethod
    def next_round(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> Sequence[Proposed]:
        """Return what to try next, the most promising first; nothing if nothing is left.

        Args:
            space: where to search.
            history: everything that is known; all that has a result may be learned from.
            own: this method's trials in the space, every one of them DONE or FAILED.
            number: of the round, from 0.
        """

    def stages(self, own: Sequence[Trial]) -> list[list[Trial]]:
        """Return the method's trials by what `patience` counts, oldest first: its rounds."""
        rounds: dict[int, list[Trial]] = {}
        for each in own:
            rounds.setdefault(each.round, []).append(each)
        return [rounds[number] for number in sorted(rounds)]

    def trials(self, own: Sequence[Trial]) -> int:
        """Count what `n_trials` counts: tuples."""
        return len(own)

    def notes(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> dict[str, Any]:
        """Return what else is to be told of round `number`, as metadata."""
        return {}

    def generator(self, number: int) -> np.random.Generator:
        """Return the random numbers of a round: others in each round, method and seed."""
        return np.random.default_rng([self.seed, zlib.crc32(self.name.encode()), number])
