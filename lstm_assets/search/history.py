"""The cells that a search knows, with their results, when it proposes the next round."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from lstm_assets.cells.values import Values, identity
from lstm_assets.search.space.space import Space


class State(StrEnum):
    """The state of a trial."""

    DONE = "done"  # it has a result on the current prices
    FAILED = "failed"  # its training failed, so it has no result
    OPEN = "open"  # neither: not trained, in training, stopped with its run, or on other prices


@dataclass(frozen=True, slots=True)
class Trial:
    """A cell as a search sees it: its values and result. `n_trials` counts trials."""

    values: Values
    state: State
    # What its study ranks by: the MSE on the evaluation bars, in price units squared, unless it
    # says another. None unless DONE.
    mse: float | None = None
    code_task: str = ""  # empty: a prior result of another study
    method: str = ""  # the method that proposed it last
    round: int = 0  # the round of that method
    seconds: float = 0.0  # of training, since the start of its trajectory
    epoch_full: int | None = None  # epochs it needs to be ranked with the others; None: its own

    @property
    def epochs(self) -> int:
        """Epochs of its cell."""
        return int(self.values["epoch"])

    @property
    def is_partial(self) -> bool:
        """Whether it was stopped early, so that it ranks after all others."""
        return self.epoch_full is not None and self.epochs < self.epoch_full


@dataclass(frozen=True)
class History:
    """Every trial of a study in the order of their codes, and prior results after them."""

    model: str
    trials: Sequence[Trial]

    @property
    def own(self) -> list[Trial]:
        """The study's own cells, without prior results of others."""
        return [each for each in self.trials if each.code_task]

    def by(self, method: str) -> list[Trial]:
        """Return the trials of one method, in any space."""
        return [each for each in self.trials if each.method == method]

    def of(self, method: str, space: Space) -> list[Trial]:
        """Return the trials of one method that lie in a space."""
        return [each for each in self.by(method) if each.values in space]

    def scored(self, space: Space) -> list[Trial]:
        """Return the trials in a space that have a result, of all methods."""
        return [
            each
            for each in self.trials
            if each.state is State.DONE and each.mse is not None and each.values in space
        ]

    def values(self) -> list[Values]:
        """Return the values of the study's own cells."""
        return [each.values for each in self.own]

    @cached_property
    def codes(self) -> dict[str, str]:
        """CODE_TASK by the identity of the values of each of the study's own cells."""
        return {identity(self.model, each.values): each.code_task for each in reversed(self.own)}

    def code_of(self, values: Values) -> str | None:
        """Return the CODE_TASK of these values; None if they have none yet."""
        return self.codes.get(identity(self.model, values))


def trajectory_key(model: str, values: Values) -> str:
    """Return a key that is equal for cells that differ only in `epoch`: they share a trajectory."""
    return identity(model, {name: each for name, each in values.items() if name != "epoch"})


def epochs_spent(model: str, trials: Iterable[Trial]) -> int:
    """Return the number of epochs of these trials; a trajectory counts once, with its longest."""
    return int(_longest(model, ((each, each.epochs) for each in trials)))


def seconds_spent(model: str, trials: Iterable[Trial]) -> float:
    """Return the seconds of training of these trials; a trajectory counts once."""
    return _longest(model, ((each, each.seconds) for each in trials))


def _longest(model: str, amounts: Iterable[tuple[Trial, float]]) -> float:
    """Return the sum of the largest amount of each trajectory."""
    longest: dict[str, float] = {}
    for trial, amount in amounts:
        key = trajectory_key(model, trial.values)
        longest[key] = max(longest.get(key, 0), amount)
    return sum(longest.values())
