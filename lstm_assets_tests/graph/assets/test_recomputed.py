"""What a tuned study says, computed again from its tables and model files, in plain numpy."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lstm_assets.settings import shipped_studies
from lstm_assets_tests.models.lstm.by_hand import forecast
from lstm_assets_tests.site import Site
from lstm_assets_tests.studies import write_study

TINY_BARS, LOOK_BACK, CUT, FIRST_EVALUATED = 200, 4, 160, 180  # ratio 0.8, share 0.1


def mid_prices(site: Site) -> np.ndarray:
    rows = sorted(site.rows("TB_ASSETVALUE_ADJ"), key=lambda row: row["DATE_MARKET"])
    return np.array([(row["HIGH_P"] + row["LOW_P"]) / 2 for row in rows])


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("tiny"))
    write_study(site.studies)
    assert site.here("tune", "--workers", "0").status == 0
    return site


def test_loss_mse_and_accuracy_of_every_cell_follow_from_its_file_and_the_prices(
    tiny: Site,
) -> None:
    prices = mid_prices(tiny)
    assert len(prices) == TINY_BARS

    for row in tiny.rows("TB_MODELHISTORY"):
        stored = torch.load(Path(row["PATH_MODEL"]), weights_only=True)["weights"]
        weights = {name: tensor.numpy() for name, tensor in stored.items()}
        origins = np.arange(CUT, TINY_BARS)  # every window has one target: the bar of its origin
        windows = np.stack([prices[origin - LOOK_BACK : origin] for origin in origins])
        first, seen, actual = windows[:, 0], windows[:, -1], prices[origins]
        predicted = forecast(weights, windows / first[:, None] - 1)[:, 0]
        evaluated = origins >= FIRST_EVALUATED
        price = (predicted + 1) * first
        right = (price > seen) == (actual > seen)

        assert row["LOSS"] == pytest.approx(np.mean((actual / first - 1 - predicted) ** 2), 1e-6)
        assert row["MSE"] == pytest.approx(np.mean((actual - price)[evaluated] ** 2), 1e-6)
        assert row["ACCURACY"] == pytest.approx(right[evaluated].mean(), 1e-6)


def test_the_tiny_studys_naive_mse_is_that_of_the_last_seen_price(tiny: Site) -> None:
    prices = mid_prices(tiny)

    [best] = tiny.rows("TB_BESTMODEL")

    moves = np.diff(prices)[FIRST_EVALUATED - 1 :]
    assert best["MSE_NAIVE"] == pytest.approx(np.mean(moves**2), rel=1e-9)


SMALL = {
    "epoch": 1,
    "batch_size": 50,
    "learning_rate": 0.001,
    "ratio_train_set": 0.8,
    "size_sequence": 5,
    "size_unit_input": 2,
    "size_unit_hidden": 2,
}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """One small cell on the prices of the study that ships."""
    site = Site(tmp_path_factory.mktemp("reference"))
    replaced = [word for name, value in SMALL.items() for word in ("--set", f"{name}={value}")]
    shipped = str(shipped_studies())
    assert site.here("tune", "--studies", shipped, "--workers", "0", *replaced).status == 0
    return site


def test_the_reference_studys_prices_are_those_of_the_central_bank(reference: Site) -> None:
    rows = sorted(reference.rows("TB_ASSETVALUE_ADJ"), key=lambda row: row["DATE_MARKET"])

    assert len(rows) == 2560 + 255  # the holdout is 2023
    assert rows[2559]["DATE_MARKET"] == "2022-12-30"
    assert (rows[0]["DATE_MARKET"], rows[-1]["DATE_MARKET"]) == ("2013-01-02", "2023-12-29")
    assert {row["TICKER"] for row in rows} == {"USD/KRW"}
    assert all(row["OPEN_P"] == row["HIGH_P"] == row["LOW_P"] == row["CLOSE_P"] for row in rows)
    assert {row["VOLUME"] for row in rows} == {None}


def test_the_reference_studys_naive_mse_is_that_of_its_last_256_bars(reference: Site) -> None:
    prices = mid_prices(reference)

    [best] = reference.rows("TB_BESTMODEL")

    moves = np.diff(prices)
    searched, held = moves[:2559][-256:], moves[2559:]
    assert (len(searched), len(held)) == (256, 255)
    assert best["MSE_NAIVE"] == pytest.approx(np.mean(searched**2), rel=1e-9)
    assert best["MSE_NAIVE_HOLDOUT"] == pytest.approx(np.mean(held**2), rel=1e-9)
