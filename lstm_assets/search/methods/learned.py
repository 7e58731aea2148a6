"""What is known of a space, as losses to learn from: log MSE, so that no outlier outweighs all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstm_assets.search.history import History, State, Trial
from lstm_assets.search.space.space import Places, Space

SMALLEST = 1e-300  # MSE whose logarithm is taken: that of 0 is not finite


@dataclass(frozen=True, slots=True)
class Learned:
    """Where a tuple lies, and how bad it is."""

    places: Places
    loss: float  # log of the MSE; finite


def learned_from(space: Space, history: History) -> list[Learned]:
    """Return what every finished trial in the space says, oldest first.

    What has no result is as bad as the worst that has one. Other studies may have other prices, so
    other units: their losses are moved by what the study's own differ from the nearest of theirs,
    in the median. They count as older than the study's own.

    Returns:
        Nothing if nothing has a result.
    """
    own: list[Learned] = []
    others: list[Learned] = []
    for each in history.trials:
        if each.state is State.OPEN or (places := space.places(each.values)) is None:
            continue
        (own if each.code_task else others).append(Learned(places, _loss(each)))
    moved = _moved(others, own, space)
    worst = max((each.loss for each in (*moved, *own) if each.loss < math.inf), default=None)
    if worst is None:
        return []
    return [Learned(each.places, min(each.loss, worst)) for each in (*moved, *own)]


def _loss(trial: Trial) -> float:
    """Return log MSE; infinity if there is none, or it is not finite."""
    if trial.state is not State.DONE or trial.mse is None or not math.isfinite(trial.mse):
        return math.inf
    return math.log(max(trial.mse, SMALLEST))


def _moved(others: Sequence[Learned], own: Sequence[Learned], space: Space) -> list[Learned]:
    """Bring other studies' losses to the level of the study's own."""
    told = [each for each in others if each.loss < math.inf]
    measured = [each for each in own if each.loss < math.inf]
    if not told or not measured:
        return list(others)
    near = _Nearest(told, space)
    offset = float(np.median([each.loss - near.loss(each.places) for each in measured]))
    return [Learned(each.places, each.loss + offset) for each in others]


class _Nearest:
    """The results that lie nearest to other places."""

    def __init__(self, learned: Sequence[Learned], space: Space) -> None:
        """Take what is known; at least one result."""
        self._names = list(space.parameters)
        self._words = [not each.ordered for each in space.parameters.values()]
        self._rows = np.array([self._row(each.places) for each in learned])
        self._losses = [each.loss for each in learned]

    def loss(self, places: Places) -> float:
        """Return the loss of the nearest: by the sum over places, words being equal or not."""
        apart = np.abs(self._rows - self._row(places))
        return self._losses[int(np.where(self._words, apart > 0, apart).sum(axis=1).argmin())]

    def _row(self, places: Places) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return places in the order of the space; -1 for what `when` leaves out."""
        return np.array([places.get(name, -1.0) for name in self._names])
