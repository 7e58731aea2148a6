"""scikit-learn's searches and tools, unchanged, on the estimator."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor
from scipy.stats import loguniform, randint
from sklearn.exceptions import FitFailedWarning
from sklearn.inspection import permutation_importance
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    RandomizedSearchCV,
    TimeSeriesSplit,
    cross_val_predict,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from lstm_assets_tests.sklearn.forecasters import small, walk_windows

FOLDS = TimeSeriesSplit(3, gap=1)
MSE = "neg_mean_squared_error"


@pytest.fixture(scope="module", autouse=True)
def _workers() -> Iterator[None]:
    """End joblib's processes with the module."""
    yield
    get_reusable_executor().shutdown(wait=True)


def grid(n_jobs: int, **changes: Any) -> GridSearchCV:
    space = {"learning_rate": [0.001, 0.01], "size_unit_hidden": [2, 3]} | changes
    return GridSearchCV(small(), space, cv=FOLDS, scoring=MSE, n_jobs=n_jobs, error_score="raise")


def draws(n_jobs: int) -> RandomizedSearchCV:
    space = {"learning_rate": loguniform(1e-4, 1e-1), "batch_size": randint(8, 33)}
    return RandomizedSearchCV(
        small(), space, n_iter=4, cv=FOLDS, scoring=MSE, n_jobs=n_jobs, random_state=1,
        error_score="raise",
    )  # fmt: skip


@pytest.mark.parametrize("search", [grid, draws])
def test_a_search_finds_the_same_with_any_number_of_jobs(search: Any) -> None:
    x, y = walk_windows()

    alone, together = search(n_jobs=1).fit(x, y), search(n_jobs=2).fit(x, y)

    assert alone.best_params_ == together.best_params_
    scores = alone.cv_results_["mean_test_score"]
    assert scores.tolist() == together.cv_results_["mean_test_score"].tolist()
    assert len(scores) == len(set(scores)) == 4
    assert np.array_equal(alone.predict(x), together.predict(x))


def test_a_search_over_a_horizon_splits_with_its_gap() -> None:
    x, y = walk_windows(horizon=3)

    search = GridSearchCV(
        small(), {"epoch": [1, 4]}, cv=TimeSeriesSplit(2, gap=3), scoring=MSE, error_score="raise"
    ).fit(x, y)

    assert search.predict(x).shape == y.shape


def test_a_value_that_is_not_allowed_costs_its_own_fits_only() -> None:
    x, y = walk_windows()
    search = grid(1, learning_rate=[-1, 0.01]).set_params(error_score=np.nan)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(x, y)

    [failed] = [each for each in caught if each.category is FitFailedWarning]
    assert "learning_rate is -1, expected a number over 0." in str(failed.message)
    assert search.best_params_["learning_rate"] == 0.01


def test_it_is_the_last_step_of_a_pipeline() -> None:
    x, y = walk_windows()
    last_bars = FunctionTransformer(lambda each: each[:, 1:])
    pipeline = make_pipeline(last_bars, small())

    scores = cross_val_score(pipeline, x, y, cv=FOLDS, error_score="raise")
    pipeline.set_params(forecaster__epoch=3).fit(x, y)

    assert len(scores) == 3
    assert np.array_equal(pipeline.predict(x), small(epoch=3).fit(x[:, 1:], y).predict(x[:, 1:]))


def test_each_fold_is_forecast_by_the_others() -> None:
    x, y = walk_windows()
    folds = KFold(3)

    forecasts = cross_val_predict(small(), x, y, cv=folds)

    for train, test in folds.split(x):
        assert np.array_equal(forecasts[test], small().fit(x[train], y[train]).predict(x[test]))


def test_permutation_finds_the_last_bar_the_most_important() -> None:
    x, y = walk_windows()
    forecaster = small(epoch=60).fit(x, y)

    found = permutation_importance(forecaster, x, y, n_repeats=5, random_state=0)

    assert found.importances_mean.argmax() == 3
