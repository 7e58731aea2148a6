"""Known results as losses to learn from. The loss is log MSE, to limit the weight of outliers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstm_assets.search.history import History, State, Trial
from lstm_assets.search.space.space import Places, Space

SMALLEST = 1e-300  # a smaller MSE is replaced by it: the logarithm of 0 is not finite


@dataclass(frozen=True, slots=True)
class Learned:
    """The places of a cell's values, and its loss."""

    places: Places
    loss: float  # log of the MSE; finite


def learned_from(space: Space, history: History) -> list[Learned]:
    """Return the loss of every finished trial in the space, oldest first.

    A failed trial has the loss of the worst result. Other studies may have other prices, so other
    units: their losses are moved by the median difference between the study's own losses and the
    nearest losses of the other studies. Prior results count as older than the study's own.

    Returns:
        An empty list if there is no result.
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
    """Return the log MSE; infinity without a finite MSE."""
    if trial.state is not State.DONE or trial.mse is None or not math.isfinite(trial.mse):
        return math.inf
    return math.log(max(trial.mse, SMALLEST))


def _moved(others: Sequence[Learned], own: Sequence[Learned], space: Space) -> list[Learned]:
    """Return other studies' losses, moved to the level of the study's own losses."""
    others_finite = [each for each in others if each.loss < math.inf]
    own_finite = [each for each in own if each.loss < math.inf]
    if not others_finite or not own_finite:
        return list(others)
    near = _Nearest(others_finite, space)
    offset = float(np.median([each.loss - near.loss(each.places) for each in own_finite]))
    return [Learned(each.places, each.loss + offset) for each in others]


class _Nearest:
    """Finds the result nearest to some places."""

    def __init__(self, learned: Sequence[Learned], space: Space) -> None:
        """Store the results, at least one."""
        self._names = list(space.parameters)
        self._words = [not each.ordered for each in space.parameters.values()]
        self._rows = np.array([self._row(each.places) for each in learned])
        self._losses = [each.loss for each in learned]

    def loss(self, places: Places) -> float:
        """Return the loss of the nearest result.

        The distance is the sum over places; two different words have the distance 1.
        """
        apart = np.abs(self._rows - self._row(places))
        return self._losses[int(np.where(self._words, apart > 0, apart).sum(axis=1).argmin())]

    def _row(self, places: Places) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return places in the order of the space; -1 for a hyperparameter that `when` removes."""
        return np.array([places.get(name, -1.0) for name in self._names])
