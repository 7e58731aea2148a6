from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.models.lstm import Lstm
from lstm_assets.training import series as series_module
from lstm_assets.training.series import (
    TrainingSeries,
    code_version,
    data_version,
    warm_data_version,
)
from lstm_assets_tests.training.cells import hyperparameters

SERIES = TrainingSeries(("2020-01-01", "2020-01-02"), np.array([1.0, 2.0]), 0.1)


def version(series: TrainingSeries = SERIES, seed: int = 1, **changes: float) -> str:
    return data_version(series.digest(), "lstm", hyperparameters(**changes), seed)


def test_data_versions_are_the_same_on_every_machine() -> None:
    # A literal: another one would train every stored cell again.
    assert version() == "f53b74a9758272c0e1ae6014136222f4ca6965259b03021da37c44ce76cd0d33"


@pytest.mark.parametrize(
    "other",
    [
        replace(SERIES, prices=np.array([1.0, np.nextafter(2.0, 3.0)])),
        replace(SERIES, prices=np.array([2.0, 1.0])),
        replace(SERIES, dates=("2020-01-01", "2020-01-03")),
        replace(SERIES, evaluation_share=0.2),
        TrainingSeries(("2020-01-01",), np.array([1.0]), 0.1),
    ],
)
def test_another_series_is_another_data_version(other: TrainingSeries) -> None:
    assert version(other) != version()


@pytest.mark.parametrize("name", list(hyperparameters()))
def test_another_hyperparameter_is_another_data_version(name: str) -> None:
    assert version(**{name: hyperparameters()[name] + 1}) != version()


def test_another_seed_is_another_data_version() -> None:
    assert version(seed=2) != version()


def test_another_version_of_the_training_code_is_another_data_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = version()

    monkeypatch.setattr(series_module, "TRAINING_VERSION", "training-0")

    assert version() != before


def test_another_version_of_the_network_is_another_data_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = version()

    monkeypatch.setattr(Lstm, "version", "lstm-0")

    assert version() != before


@given(st.permutations(list(hyperparameters().items())))
@settings(deadline=None)
def test_the_order_of_the_names_makes_no_difference(pairs: list[tuple[str, float]]) -> None:
    assert data_version(SERIES.digest(), "lstm", dict(pairs), 1) == version()


def test_warm_data_versions_are_the_same_on_every_machine() -> None:
    # A literal: another one would train every warm-started cell again.
    assert (
        warm_data_version("a" * 64, "b" * 64)
        == "c2f2b117856dbe9420c06b80243e97112e41d0a2e2c50afa3e24319fbb834de3"
    )


DIGITS = st.text("0123456789abcdef", min_size=64, max_size=64)


@given(DIGITS, DIGITS, DIGITS)
def test_a_warm_data_version_tells_what_was_trained_and_where_it_started(
    fresh: str, parent: str, other: str
) -> None:
    warm = warm_data_version(fresh, parent)

    assert len(warm) == 64
    assert int(warm, 16) >= 0
    assert warm not in {fresh, parent}
    assert warm != warm_data_version(fresh, warm)
    assert (warm == warm_data_version(parent, fresh)) == (fresh == parent)
    assert (warm == warm_data_version(fresh, other)) == (parent == other)
    assert (warm == warm_data_version(other, parent)) == (fresh == other)


def test_the_code_version_names_training_and_network() -> None:
    assert code_version("lstm") == f"{series_module.TRAINING_VERSION}+{Lstm.version}"


def test_a_series_is_taken_out_of_adjusted_bars() -> None:
    bars = pd.DataFrame(
        {"date": ["2020-01-01", "2020-01-02"], "high": [3.0, 5.0], "low": [1.0, 4.0], "close": 2.5}
    )

    mid, close = TrainingSeries.of(bars, "mid", 0.1), TrainingSeries.of(bars, "close", 0.1)

    assert mid.dates == ("2020-01-01", "2020-01-02")
    assert (mid.prices.tolist(), close.prices.tolist()) == ([2.0, 4.5], [2.5, 2.5])
    assert (mid.date(0), mid.date(-1)) == ("20200101", "20200102")
