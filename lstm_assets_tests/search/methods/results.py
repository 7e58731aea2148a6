"""Tuples with results to learn from, and what Bayesian search proposes on them.

A helper of test_bayesian and of the processes that it starts.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_assets.cells.values import Values, identity
from lstm_assets.search.history import History, State, Trial
from lstm_assets.search.methods.bayesian import Bayesian
from lstm_assets.search.rounds import propose
from lstm_assets.search.space.space import Space
from lstm_assets_tests.search.simulation import told
from lstm_assets_tests.search.toy import lstm_space

GRID: dict[str, Any] = {
    "batch_size": [8, 16, 32, 64, 128],
    "learning_rate": [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
    "size_unit_hidden": [2, 4, 8, 16, 32, 64],
}


def distance(values: Values) -> float:
    """An MSE over many orders of magnitude, lowest at 16, 0.003 and 32."""
    at = [GRID[name].index(values[name]) for name in GRID]
    return float(10 ** sum(abs(a - b) for a, b in zip(at, (1, 3, 4), strict=True)))


def known(
    space: Space, cells: list[Values], mse: Callable[[Values], float | None] = distance
) -> list[Trial]:
    """What another method tried, with its results."""
    return [
        Trial(
            cell,
            State.FAILED if (found := mse(cell)) is None else State.DONE,
            found,
            f"X-{at:04d}",
            "random",
        )
        for at, cell in enumerate(cells)
    ]


def drawn(space: Space, count: int, seed: int = 0) -> list[Values]:
    """Different tuples of a space."""
    rng = np.random.default_rng(seed)
    cells = [space.draw(rng) for _ in range(20 * count)]
    distinct = {identity(space.model, each): each for each in cells if each is not None}
    return list(distinct.values())[:count]


def proposed(sampler: str, seed: int) -> Any:
    """What the method proposes on 40 results, in the form that `told` gives it."""
    space = lstm_space(**GRID)
    method = Bayesian.model_validate({"n_trials": 2, "sampler": sampler, "seed": seed})
    return told(propose(method, space, History("lstm", known(space, drawn(space, 40)))))
