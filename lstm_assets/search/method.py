"""The base class of search methods: typed settings, and a function from history to next round.

A proposal depends only on the space, the history, the budget and the seed. No other state is
stored, so a search that was killed continues where it stopped, and any round can be proposed again.
"""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lstm_assets.cells.proposal import Proposed
from lstm_assets.common.fields import LargeWhole, Number, Whole
from lstm_assets.search.history import History, Trial
from lstm_assets.search.space.space import Space

CELLS_A_ROUND = 16  # if each round must end before the search can decide whether to continue


class Method(BaseModel, ABC):
    """The settings of a search method; each field is a key below `search:` of a study.

    A field's `description` completes "expected ..." in an error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]  # as in a study's `method` and in TB_HYPERPARAMETER_EXT.METHOD
    learns: ClassVar[bool] = True  # whether it uses results, and so prior results

    n_trials: Whole | None = Field(
        default=None, ge=1, description="whole trials from 1, e.g. `n_trials: 64`"
    )
    budget_epochs: LargeWhole | None = Field(
        default=None, ge=1, description="whole epochs from 1, e.g. `budget_epochs: 1000`"
    )
    budget_minutes: Number | None = Field(
        default=None, gt=0, description="minutes of training over 0, e.g. `budget_minutes: 90`"
    )
    patience: Whole | None = Field(
        default=None, ge=1, description="whole rounds from 1, e.g. `patience: 3`"
    )
    seed: LargeWhole = Field(default=0, ge=0, description="a whole number from 0, e.g. `seed: 1`")

    @property
    def has_one_round(self) -> bool:
        """Whether it proposes all its cells in one round, independent of the history."""
        return False

    @property
    def has_end(self) -> bool:
        """Whether a setting ends the search before nothing is left to try."""
        return any((self.n_trials, self.budget_epochs, self.budget_minutes, self.patience))

    def check(self, space: Space) -> None:
        """Raise StudyError if the settings do not fit each other or the space."""

    @abstractmethod
    def next_round(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> Sequence[Proposed]:
        """Return the cells to try next, the most promising first; none if none is left.

        Args:
            space: the space to search.
            history: all known trials; the method may learn from all that have a result.
            own: this method's trials in the space, all of them DONE or FAILED.
            number: of the round, from 0.
        """

    def stages(self, own: Sequence[Trial]) -> list[list[Trial]]:
        """Return the method's trials grouped by what `patience` counts: by round, oldest first."""
        rounds: dict[int, list[Trial]] = {}
        for each in own:
            rounds.setdefault(each.round, []).append(each)
        return [rounds[number] for number in sorted(rounds)]

    def trials(self, own: Sequence[Trial]) -> int:
        """Return how many trials these are for `n_trials`."""
        return len(own)

    def notes(
        self, space: Space, history: History, own: Sequence[Trial], number: int
    ) -> dict[str, Any]:
        """Return more facts about round `number`, as metadata of the asset."""
        return {}

    def generator(self, number: int) -> np.random.Generator:
        """Return the random generator of a round; it depends on the round, method and seed."""
        return np.random.default_rng([self.seed, zlib.crc32(self.name.encode()), number])
