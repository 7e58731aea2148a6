"""Importance: how much of the difference between results each hyperparameter explains."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from lstm_assets.cells.values import Values

if TYPE_CHECKING:
    import optuna

FEWEST_RESULTS = 10  # with fewer, the trees differ more than the hyperparameters
MOST_RESULTS = 256  # the time per tree grows with the square of the number of results
MOST_LEVELS = 16  # per hyperparameter; if it has more values, neighbours share a level
TREES = 32

Levels: TypeAlias = np.ndarray[Any, np.dtype[np.intp]]


@dataclass(frozen=True, slots=True)
class Share:
    """The part of the variance of log MSE that one hyperparameter explains by itself."""

    name: str
    mean: float  # over the trees, 0 to 1
    low: float  # 8 of 10 trees are from here
    high: float  # to here


@dataclass(frozen=True, slots=True)
class Importance:
    """The shares of the hyperparameters that vary, the largest first.

    The rest, up to 1, is explained by combinations of hyperparameters.
    """

    shares: tuple[Share, ...]
    results: int  # number of results used


def importance(cells: Sequence[Values], mses: Sequence[float]) -> Importance | None:
    """Return how much of the scores each hyperparameter that varies explains.

    It is functional ANOVA, computed by Optuna's evaluator for one tree at a time. Each tree uses a
    different sample of the results, so the differences between trees show how certain a share is.
    It explains log MSE, because one very bad cell would outweigh all others in MSE. Only the order
    of a hyperparameter's values counts, so its scale does not matter. A missing hyperparameter
    counts as one more value.

    PED-ANOVA, Optuna's default, is not used. It compares the best tenth of the results with the
    rest, and in a study of 50 results that is five results. In a test with known shares, on samples
    of 64 cells from a space of 512, its largest error was 0.26 on average, and fANOVA's was 0.04.

    Args:
        cells: the hyperparameters of each result, in any order.
        mses: the MSE of each result, in price units squared; those of 0 or less are left out.

    Returns:
        The importance, the same for the same results in the same order. None if there are fewer
        than FEWEST_RESULTS results, or nothing varies.

    Source: Hutter, Hoos & Leyton-Brown (2014), An Efficient Approach for Assessing Hyperparameter
    Importance, PMLR 32(1):754-762
    """
    scored = [index for index, mse in enumerate(mses) if mse > 0 and math.isfinite(mse)]
    scored = _thinned(sorted(scored, key=lambda index: mses[index]))
    # Relative to the best MSE and rounded, so that equal results stay equal: the unit of the prices
    # or a last digit makes no difference.
    values = np.array([round(math.log(mses[index] / mses[scored[0]]), 9) for index in scored])
    levels = _levels([cells[index] for index in scored])
    if len(scored) < FEWEST_RESULTS or not levels or np.ptp(values) == 0:
        return None
    trees = _shares_by_tree(levels, values)
    low, high = np.quantile(trees, [0.1, 0.9], axis=0)
    shares = [
        Share(name, float(trees[:, column].mean()), float(low[column]), float(high[column]))
        for column, name in enumerate(levels)
    ]
    return Importance(tuple(sorted(shares, key=lambda share: -share.mean)), len(scored))


def _thinned(ranked: list[int]) -> list[int]:
    """Return at most MOST_RESULTS results, at equal distances from best to worst."""
    places = np.linspace(0, len(ranked) - 1, min(len(ranked), MOST_RESULTS)).astype(int)
    return [ranked[place] for place in places]


def _levels(cells: Sequence[Values]) -> dict[str, Levels]:
    """Return each hyperparameter that varies as levels: numbers from 0, in the order of values."""
    names = dict.fromkeys(name for values in cells for name in values)
    levels = {name: _levels_of([values.get(name) for values in cells]) for name in names}
    return {name: numbers for name, numbers in levels.items() if numbers.max() > 0}


def _levels_of(values: Sequence[object]) -> Levels:
    """Return the level of each value; at most MOST_LEVELS levels."""
    distinct = sorted({_key(value): None for value in values})
    rank = {key: number for number, key in enumerate(distinct)}
    ranks = np.array([rank[_key(value)] for value in values], dtype=np.intp)
    if len(distinct) <= MOST_LEVELS:
        return ranks
    # The same number of results in each level. Equal values may get two levels, which makes the
    # shares a little less exact.
    return ranks.argsort(kind="stable").argsort() * MOST_LEVELS // len(ranks)


def _key(value: object) -> tuple[int, float, str]:
    """Return a sort key: missing values first, then numbers, then all other values as text."""
    if value is None:
        return 0, 0.0, ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 1, float(value), ""
    return 2, 0.0, str(value)


def _shares_by_tree(
    levels: dict[str, Levels], values: np.ndarray[Any, np.dtype[np.float64]]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the share of each hyperparameter in each tree, shape (trees, hyperparameters)."""
    from optuna.importance import FanovaImportanceEvaluator

    study = _as_study(levels, values)
    rows = []
    for seed in range(TREES):
        evaluator = FanovaImportanceEvaluator(n_trees=1, seed=seed)
        try:
            shares = evaluator.evaluate(study, params=list(levels))
        except RuntimeError:  # all results of this tree are equal, so it has no shares
            continue
        rows.append([shares[name] for name in levels])
    return np.array(rows or [[0.0] * len(levels)])


def _as_study(
    levels: dict[str, Levels], values: np.ndarray[Any, np.dtype[np.float64]]
) -> optuna.Study:
    """Return an Optuna study in memory with these results as trials."""
    import optuna

    # Floats, because Optuna gives the first and last whole number of a range half the weight.
    space: dict[str, optuna.distributions.BaseDistribution] = {
        name: optuna.distributions.FloatDistribution(-0.5, float(numbers.max()) + 0.5)
        for name, numbers in levels.items()
    }
    trials = [
        optuna.trial.create_trial(
            params={name: float(numbers[index]) for name, numbers in levels.items()},
            distributions=space,
            value=float(value),
        )
        for index, value in enumerate(values)
    ]
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # otherwise it writes a line to stderr
    try:
        study = optuna.create_study()
    finally:
        optuna.logging.set_verbosity(before)
    study.add_trials(trials)
    return study
