import copy
import doctest
import inspect
import pickle
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from lstm_assets.common.files import write_file
from lstm_assets.data.windows import ahead, inputs, look_backs, scale
from lstm_assets.models import MODELS
from lstm_assets.sklearn import Forecaster, windows
from lstm_assets.sklearn import forecaster as forecaster_module
from lstm_assets.sklearn.parameters import defaults_of
from lstm_assets.training.engines.one_by_one import train
from lstm_assets.training.engines.scoring import predictor
from lstm_assets.training.model_file import load_model
from lstm_assets_tests.sklearn.forecasters import small, walk_windows
from lstm_assets_tests.training.cells import planned, trained, walk


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """Training a cell sets torch to one thread; other tests have theirs back."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads that take turns often enough to get in each other's way."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def alike(one: Forecaster, other: Forecaster) -> bool:
    """Whether two fits ended with the same weights, to the bit."""
    mine, yours = one.weights_, other.weights_
    same = all(np.array_equal(mine[name], yours[name]) for name in mine)
    return same and mine.keys() == yours.keys() and one.loss_curve_ == other.loss_curve_


@pytest.mark.parametrize("horizon", [1, 3])
def test_a_fit_is_the_training_of_a_cell_to_the_bit(tmp_path: Path, horizon: int) -> None:
    [trajectory] = planned({"epoch": 3, "size_unit_output": horizon})
    series, length = walk(), trajectory.training.size_sequence
    split = trajectory.split(series)
    cell = trained(train(trajectory, series))["T-0001"]
    write_file(tmp_path / "cell.pt", cell.weights)
    module = load_model(tmp_path / "cell.pt")

    forecaster = small(epoch=3, random_state=trajectory.seed)
    forecaster.fit(*windows(series.prices[: split.cut], length, horizon))

    stored = {name: each.numpy() for name, each in module.state_dict().items()}
    assert forecaster.weights_.keys() == stored.keys()
    assert all(np.array_equal(forecaster.weights_[name], stored[name]) for name in stored)
    assert forecaster.loss_curve_ == list(cell.losses)
    origins = split.evaluation_origins
    scaled = predictor(module)(inputs(series.prices, origins, length))
    expected = (scaled + 1) * scale(series.prices, origins, length)
    forecasts = forecaster.predict(look_backs(series.prices, origins, length))
    assert np.array_equal(forecasts.reshape(expected.shape), expected)


def test_its_error_on_the_evaluation_bars_is_the_mse_of_the_cell() -> None:
    [trajectory] = planned({})
    series, split = walk(), trajectory.split(walk())
    cell = trained(train(trajectory, series))["T-0001"]

    forecaster = small(random_state=trajectory.seed).fit(*windows(series.prices[: split.cut], 4))

    origins = split.evaluation_origins
    missed = forecaster.predict(look_backs(series.prices, origins, 4))[:, None] - ahead(
        series.prices, origins, 1
    )
    assert np.mean(missed**2) == pytest.approx(cell.scores.mse, rel=1e-12)


def test_the_loss_curve_has_a_loss_for_each_epoch_and_falls() -> None:
    forecaster = small(epoch=30).fit(*walk_windows())

    assert len(forecaster.loss_curve_) == 30
    assert forecaster.loss_curve_[-1] < forecaster.loss_curve_[0] / 2


def test_a_seed_gives_the_same_fit_every_time() -> None:
    x, y = walk_windows()

    first, second, other = (small(random_state=seed).fit(x, y) for seed in (5, 5, 6))

    assert alike(first, second)
    assert not alike(first, other)
    assert alike(first.fit(x, y), second)


def test_a_random_state_draws_another_seed_for_each_fit() -> None:
    x, y = walk_windows()

    def two_fits(random_state: object) -> tuple[Forecaster, Forecaster]:
        forecaster = small(random_state=random_state)
        return copy.deepcopy(forecaster.fit(x, y)), forecaster.fit(x, y)

    first, second = two_fits(np.random.RandomState(1))
    again, _ = two_fits(np.random.RandomState(1))

    assert not alike(first, second)
    assert alike(first, again)


def test_without_a_random_state_numpys_own_draws() -> None:
    x, y = walk_windows()
    before = np.random.get_state()
    try:
        np.random.seed(1)
        first, second = (small(random_state=None).fit(x, y) for _ in range(2))
        np.random.seed(1)
        again = small(random_state=None).fit(x, y)
    finally:
        np.random.set_state(before)

    assert not alike(first, second)
    assert alike(first, again)


def test_fitting_and_predicting_leave_torch_as_it_was() -> None:
    x, y = walk_windows()
    torch.set_num_threads(2)
    torch.manual_seed(1)
    expected = torch.rand(1)

    torch.manual_seed(1)
    small().fit(x, y).predict(x)

    assert torch.rand(1) == expected
    assert torch.get_num_threads() == 2


def test_fits_in_threads_end_as_fits_one_after_another(hasty_threads: None) -> None:
    x, y = walk_windows()
    forecasters = [small(random_state=seed, epoch=1) for seed in range(60)]
    expected = [clone(each).fit(x, y) for each in forecasters]

    fits = joblib.Parallel(n_jobs=8, prefer="threads")(
        joblib.delayed(each.fit)(x, y) for each in forecasters
    )

    assert all(map(alike, fits, expected))


@pytest.mark.parametrize("horizon", [1, 2])
def test_forecasts_have_the_shape_of_the_targets(horizon: int) -> None:
    x, y = walk_windows(horizon)

    forecaster = small().fit(x, y)

    assert forecaster.predict(x).shape == y.shape
    assert forecaster.n_features_in_ == 4
    assert forecaster.n_outputs_ == horizon


def test_a_column_of_targets_gives_a_column_of_forecasts() -> None:
    x, y = walk_windows()

    column, flat = small().fit(x, y[:, None]).predict(x), small().fit(x, y).predict(x)

    assert column.shape == (len(y), 1)
    assert np.array_equal(column[:, 0], flat)


@settings(max_examples=20)
@given(unit=st.sampled_from([2.0**power for power in range(-20, 21)]))
def test_a_series_in_another_unit_has_its_forecasts_in_that_unit(unit: float) -> None:
    x, y = walk_windows()
    forecaster = small().fit(x, y)

    other = small().fit(x * unit, y * unit)

    assert alike(other, forecaster)
    assert np.array_equal(other.predict(x * unit), forecaster.predict(x) * unit)


def test_bars_of_0_before_a_listing_are_no_unit() -> None:
    x, y = walk_windows()
    forecaster = small().fit(x, y)
    listed = x[:5].copy()
    listed[:, :2] = 0

    forecasts = forecaster.predict(listed)

    assert np.array_equal(forecaster.predict(listed * 4), forecasts * 4)
    assert np.all((forecasts > 50) & (forecasts < 200))
    assert np.isfinite(forecaster.predict(np.zeros((1, 4)))).all()


def test_series_that_are_no_prices_are_standardized() -> None:
    x, y = walk_windows()
    returns, next_returns = (x - 100) / 10, (y - 100) / 10
    forecaster = small(scaling="standard", epoch=30)

    forecasts = forecaster.fit(returns, next_returns).predict(returns)

    assert returns.min() < 0
    assert np.allclose(forecaster.fit(x, y).predict(x), forecasts * 10 + 100, rtol=1e-4)
    assert forecaster.score(x, y) > 0.5


def test_a_series_that_never_moves_can_be_standardized() -> None:
    x, y = np.full((20, 4), 3.0), np.full(20, 3.0)

    forecaster = small(scaling="standard", epoch=40).fit(x, y)

    assert np.allclose(forecaster.predict(x), 3, atol=0.5)


def test_a_keyword_that_no_network_has_is_refused_with_its_likely_spelling() -> None:
    told = (
        "Forecaster.__init__() got an unexpected keyword argument 'size_unit_hiden'. "
        "Did you mean `size_unit_hidden`?"
    )

    with pytest.raises(TypeError, match=f"^{re.escape(told)}$"):
        Forecaster(size_unit_hiden=3)


def test_its_parameters_are_named_one_by_one() -> None:
    assert Forecaster().get_params() == defaults_of(MODELS) | {
        "model": "lstm", "epoch": 30, "batch_size": 20, "learning_rate": 0.005,
        "size_unit_input": 64, "size_unit_hidden": 64, "scaling": "window", "random_state": None,
    }  # fmt: skip
    assert set(inspect.signature(Forecaster).parameters) == set(Forecaster().get_params())
    assert repr(Forecaster(size_unit_input=32)) == "Forecaster(size_unit_input=32)"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"learning_rate": -1}, "learning_rate is -1, expected a number over 0."),
        (
            {"epoch": 0, "batch_size": 2.5},
            "epoch is 0, expected whole epochs from 1. "
            "batch_size is 2.5, expected whole windows from 1.",
        ),
        ({"size_unit_hidden": "many"}, "size_unit_hidden is 'many', expected whole units from 1."),
        ({"model": "prophet"}, f"model is 'prophet', expected one of {', '.join(MODELS)}."),
        ({"scaling": "none"}, "scaling is 'none', expected one of window, standard."),
        (
            {"random_state": -1},
            "random_state is -1, expected a whole number from 0 to 9223372036854775807, a "
            "RandomState or None.",
        ),
    ],
)
def test_a_wrong_parameter_is_refused_when_it_is_fitted(changes: dict[str, Any], told: str) -> None:
    forecaster = small(**changes)

    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        forecaster.fit(*walk_windows())


def test_a_training_that_diverges_is_refused() -> None:
    told = "training diverged in epoch 1 of 2, with a loss of (inf|nan). Lower learning_rate."

    with pytest.raises(ValueError, match=f"^{told}$"):
        small(learning_rate=1e30).fit(*walk_windows())


def test_numbers_of_numpy_are_numbers() -> None:
    x, y = walk_windows()

    forecaster = small(epoch=np.int64(2), learning_rate=np.float64(0.01), random_state=np.int64(0))

    assert alike(forecaster.fit(x, y), small().fit(x, y))


def test_negative_prices_are_refused_in_fit_and_predict() -> None:
    x, y = walk_windows()
    negative = x.copy()
    negative[3, 1] = -2.5
    told = (
        "Negative values in data passed as X: one is -2.5, expected prices. "
        "For series that are not prices, use scaling='standard'."
    )

    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        small().fit(negative, y)
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        small().fit(x, y).predict(negative)


def test_a_forecaster_without_a_fit_says_so() -> None:
    x, _ = walk_windows()

    with pytest.raises(NotFittedError):
        small().predict(x)


def test_new_parameters_change_nothing_before_the_next_fit() -> None:
    x, y = walk_windows()
    forecaster = small().fit(x, y)
    expected = forecaster.predict(x)

    forecaster.set_params(size_unit_hidden=7, scaling="standard", model="prophet")

    assert np.array_equal(forecaster.predict(x), expected)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_a_copy_forecasts_the_same(copied: Any) -> None:
    x, y = walk_windows()
    forecaster = small().fit(x, y)

    assert np.array_equal(copied(forecaster).predict(x), forecaster.predict(x))


def test_what_joblib_stores_forecasts_the_same_also_when_mapped(tmp_path: Path) -> None:
    x, y = walk_windows()
    forecaster = small().fit(x, y)
    joblib.dump(forecaster, tmp_path / "forecaster.joblib")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = joblib.load(tmp_path / "forecaster.joblib", mmap_mode="r")

        assert np.array_equal(loaded.predict(x), forecaster.predict(x))


def test_a_clone_has_the_parameters_and_no_fit() -> None:
    forecaster = small(epoch=3).fit(*walk_windows())

    cloned = clone(forecaster)

    assert cloned.get_params() == forecaster.get_params()
    assert not hasattr(cloned, "weights_")


def test_a_frames_columns_must_keep_their_names() -> None:
    x, y = walk_windows()
    frame = pd.DataFrame(x, columns=["t-3", "t-2", "t-1", "t"])

    forecaster = small().fit(frame, y)

    assert forecaster.feature_names_in_.tolist() == list(frame)
    assert alike(forecaster, small().fit(x, y))
    with pytest.raises(ValueError, match="feature names should match"):
        forecaster.predict(frame[["t", "t-1", "t-2", "t-3"]])


def test_more_windows_than_are_forecast_at_once_are_all_forecast() -> None:
    x, y = walk_windows()
    forecaster = small().fit(x, y)
    many = np.tile(x, (80, 1))

    forecasts = forecaster.predict(many)

    assert len(many) > 2 * 4096
    assert np.allclose(forecasts, np.tile(forecaster.predict(x), 80), rtol=1e-12)


def test_the_example_does_what_it_shows() -> None:
    done = doctest.testmod(forecaster_module)

    assert done.attempted >= 4
    assert done.failed == 0
