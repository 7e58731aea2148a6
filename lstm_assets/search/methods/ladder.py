"""The rungs of halving, and how many configurations start in each bracket.

A configuration is a combination of values without `epoch`. Bracket k starts on rung k, both from
0, and the best 1/eta of each rung go on to the next.

Source: Li et al. (2018), Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization,
JMLR 18(185):1-52, algorithm 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lstm_assets.errors import StudyError
from lstm_assets.search.space.parameters import Parameter, Range

EXAMPLE = "Write e.g. `epoch: [1, 3, 9, 27]` or `epoch: {low: 1, high: 27}`."


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rungs, and brackets that climb them."""

    rungs: Sequence[int]  # epochs, ascending; at least two
    eta: int
    brackets: int  # at most one per rung

    def promoted(self, size: int) -> int:
        """Return how many configurations of a rung of this size go on to the next rung."""
        return max(1, size // self.eta)

    def shares(self, configurations: int) -> list[int]:
        """Return the configurations of each bracket, at least one, in Hyperband's proportions.

        A bracket of s + 1 of S rungs has the weight S / (s + 1) * eta^s.

        Args:
            configurations: their total number, at least one per bracket.
        """
        climbed = [len(self.rungs) - first for first in range(self.brackets)]
        weights = [len(self.rungs) / rungs * self.eta ** (rungs - 1) for rungs in climbed]
        exact = [configurations * weight / sum(weights) for weight in weights]
        sizes = [max(1, math.floor(each)) for each in exact]
        neediest = sorted(range(self.brackets), key=lambda at: sizes[at] - exact[at])
        for at in neediest[: max(0, configurations - sum(sizes))]:
            sizes[at] += 1
        sizes[0] -= max(0, sum(sizes) - configurations)
        return sizes

    def cost(self, sizes: Sequence[int]) -> int:
        """Return the epochs of brackets of these sizes; a rung costs only the added epochs."""
        total = 0
        for first, size in enumerate(sizes):
            total += size * self.rungs[first]
            for trained, epochs in zip(self.rungs[first:], self.rungs[first + 1 :], strict=False):
                size = self.promoted(size)
                total += size * (epochs - trained)
        return total

    def affordable(self, epochs: int) -> int:
        """Return the largest number of configurations whose brackets these epochs can finish.

        0 if the epochs are too few for one per bracket.
        """
        fits, too_many = self.brackets - 1, epochs // self.rungs[0] + 1
        while too_many - fits > 1:
            middle = (fits + too_many) // 2
            if self.cost(self.shares(middle)) <= epochs:
                fits = middle
            else:
                too_many = middle
        return fits if fits >= self.brackets else 0


def rungs_of(parameter: Parameter, eta: int) -> list[int]:
    """Return the rungs that a space's `epoch` gives, in epochs.

    The rungs are the values of a list, or of a range with `step`, `base` or `points`. Any other
    range has low, low * eta, low * eta^2 and so on, and high; a rung that is nearer to high than
    half a step is left out.

    Raises:
        StudyError: `epoch` is a distribution, or a single value.
    """
    if parameter.values is not None:
        rungs = sorted(int(each) for each in parameter.values)
    elif isinstance(parameter, Range):
        low, high = map(int, parameter.ends)
        rungs = [low]
        while rungs[-1] * eta * math.sqrt(eta) <= high:
            rungs.append(rungs[-1] * eta)
        rungs.append(high)
    else:
        raise StudyError(
            f"search.space.epoch is a distribution, expected the rungs of halving. {EXAMPLE}"
        )
    if len(rungs) < 2:
        raise StudyError(
            f"search.space.epoch is only {rungs[0]}, expected at least two rungs of halving: "
            f"the numbers of epochs after which the worst stop, and the last one. {EXAMPLE}"
        )
    return rungs
