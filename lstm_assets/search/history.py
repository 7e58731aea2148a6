"""What is known of a study's tuples when the next round is proposed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from lstm_assets.cells.values import Values, identity
from lstm_assets.search.space.space import Space


class State(StrEnum):
    """How a trial stands."""

    DONE = "done"  # it has a result on today's prices
    FAILED = "failed"  # it was trained, and can have none
    OPEN = "open"  # neither: to be trained, on its way, stopped with its run, or of other prices


@dataclass(frozen=True, slots=True)
class Trial:
    """A tuple that somebody proposed."""

    values: Values
    state: State
    mse: float | None = None  # price units squared on the evaluation bars; of DONE ones
    code_task: str = ""  # empty: it is another study's, told to this one's search
    method: str = ""  # that proposed it last
    round: int = 0  # of that method's
    seconds: float = 0.0  # of training, since the start of its trajectory
    epoch_full: int | None = None  # epochs it would have to have to be ranked; None: its own

    @property
    def epochs(self) -> int:
        """Epochs of its cell."""
        return int(self.values["epoch"])


@dataclass(frozen=True)
class History:
    """Every trial of a study, in the order of their codes; those of other studies after them."""

    model: str
    trials: Sequence[Trial]

    def by(self, method: str) -> list[Trial]:
        """Return the trials of one method, whatever the space."""
        return [each for each in self.trials if each.method == method]

    def of(self, method: str, space: Space) -> list[Trial]:
        """Return the trials of one method that lie in a space."""
        return [each for each in self.by(method) if each.values in space]

    def scored(self, space: Space) -> list[Trial]:
        """Return the trials in a space that have a result, whoever proposed them."""
        return [
            each
            for each in self.trials
            if each.state is State.DONE and each.mse is not None and each.values in space
        ]

    def values(self) -> list[Values]:
        """Return the tuples of the study itself."""
        return [each.values for each in self.trials if each.code_task]

    @cached_property
    def codes(self) -> dict[str, str]:
        """CODE_TASK by the identity of each of the study's own tuples."""
        own = reversed([each for each in self.trials if each.code_task])
        return {identity(self.model, each.values): each.code_task for each in own}

    def code_of(self, values: Values) -> str | None:
        """Return the code a tuple has, None if it has none yet."""
        return self.codes.get(identity(self.model, values))


def trajectory_key(model: str, values: Values) -> str:
    """Return what is equal for tuples that differ in `epoch` only: they share one training."""
    return identity(model, {name: each for name, each in values.items() if name != "epoch"})


def epochs_spent(model: str, trials: Iterable[Trial]) -> int:
    """Count the epochs that these trials take: those of a trajectory's longest, once."""
    return int(_longest(model, ((each, each.epochs) for each in trials)))


def seconds_spent(model: str, trials: Iterable[Trial]) -> float:
    """Add up the seconds of training that these trials took, each trajectory's once."""
    return _longest(model, ((each, each.seconds) for each in trials))


def _longest(model: str, amounts: Iterable[tuple[Trial, float]]) -> float:
    """Add up the largest amount of each trajectory."""
    longest: dict[str, float] = {}
    for trial, amount in amounts:
        key = trajectory_key(model, trial.values)
        longest[key] = max(longest.get(key, 0), amount)
    return sum(longest.values())
