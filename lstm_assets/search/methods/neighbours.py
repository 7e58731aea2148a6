"""Which results to search around: the best, and those whose neighbours are good as well."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lstm_assets.cells.values import identity
from lstm_assets.search.history import Trial
from lstm_assets.search.space.space import Space

NEAR = 0.2  # standard deviation of a neighbour's weight, as a share of each scale
CANDIDATES = 64  # of the best results; their neighbours are all results


def centres(space: Space, pool: Sequence[Trial], top: int) -> list[Trial]:
    """Return the best trial, and then those of the best neighbourhoods; each combination once.

    One result may be good by luck, but not all of its neighbours. A neighbourhood is the mean of
    the ranks of all results, weighted by how near they are. Trials that were stopped early come
    after all others.

    Args:
        space: the space of the trials.
        pool: trials with a result in the space, the best first.
        top: how many to return; fewer if there are not so many.
    """
    distinct = {identity(space.model, each.values): each for each in reversed(pool)}
    ranked = list(reversed(distinct.values()))
    if min(top, len(ranked)) < 2:
        return ranked[:1]
    means = _means(_apart(space, ranked, max(top, CANDIDATES)))
    order = sorted(range(1, len(means)), key=lambda at: (ranked[at].is_partial, means[at]))
    return [ranked[at] for at in [0, *order][:top]]


def _means(apart: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean rank around each of the best, from the distances, shape (best, N)."""
    weights = np.exp(-apart / (2 * NEAR**2))
    means: NDArray[np.float64] = weights @ np.arange(apart.shape[1]) / weights.sum(axis=1)
    return means.round(9)  # the same order on every processor


def _apart(space: Space, ranked: Sequence[Trial], best: int) -> NDArray[np.float64]:
    """Return the squared distance of each of the best to each result, shape (best, N).

    Of an unordered hyperparameter, two values are a whole scale apart, and so is a value from none.
    """
    at = [space.places(each.values) or {} for each in ranked]
    apart = np.zeros((min(len(at), best), len(at)))
    for name, parameter in space.parameters.items():
        places = np.array([each.get(name, np.nan) for each in at])
        rows, columns = places[: len(apart), None], places[None, :]
        far = np.nan_to_num(rows - columns, nan=1.0)
        far[np.isnan(rows) & np.isnan(columns)] = 0.0
        apart += far**2 if parameter.ordered else far != 0
    return apart
