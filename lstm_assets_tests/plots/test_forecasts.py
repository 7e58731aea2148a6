import numpy as np
import pytest

from lstm_assets.plots.drawing import BLUE, VERMILLION
from lstm_assets.plots.forecasts import forecasts
from lstm_assets_tests.plots.pictures import Point, shown

DATES = ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"]
ACTUAL = np.array([10.0, 12.0, 11.0, 15.0])
PREDICTED = np.array([10.0, 11.0, 12.0, 13.0])
NAIVE = np.array([9.0, 10.0, 12.0, 11.0])


def shape(line: list[Point]) -> list[float]:
    """A line's heights from 0, its lowest point, to 1."""
    down = np.array([y for _, y in line])
    return ((down.max() - down) / np.ptp(down)).tolist()


def test_prices_errors_and_the_squared_error_saved_are_drawn() -> None:
    picture = shown(forecasts("USDKRW-0039", DATES, ACTUAL, PREDICTED, NAIVE))

    prices, _in_legend, errors, saved = picture.lines(BLUE)
    assert shape(prices) == pytest.approx([0, 1 / 3, 2 / 3, 1], abs=0.01)
    assert shape(errors) == pytest.approx([2 / 3, 1 / 3, 1, 0], abs=0.01)  # 0, -1, 1, -2
    assert shape(saved) == pytest.approx([0, 3 / 15, 3 / 15, 1], abs=0.01)  # 1, 4, 4, 16
    naive, _in_legend, naive_errors = picture.lines(VERMILLION)
    assert shape(naive) == pytest.approx([0, 1 / 3, 1, 2 / 3], abs=0.01)
    assert shape(naive_errors) == pytest.approx([3 / 5, 2 / 5, 1, 0], abs=0.01)  # -1, -2, 1, -4
    assert {"actual", "naive", "forecast", "Errors, forecast minus actual"} <= set(picture.texts)


def test_the_caption_says_who_forecasts_better() -> None:
    picture = shown(forecasts("USDKRW-0039", DATES, ACTUAL, PREDICTED, NAIVE))

    assert picture.caption == (
        "USDKRW-0039: 4 evaluation bars, 2020-01-01 to 2020-01-04. MSE 1.5, naive 5.5: "
        "MSE 72.7% below naive, chosen on these bars."
    )


def test_bars_without_a_finite_forecast_are_left_out() -> None:
    predicted = np.array([10.0, np.nan, np.inf, 13.0])

    picture = shown(forecasts("A", DATES, ACTUAL, predicted, NAIVE))

    assert picture.caption.startswith("A: 2 evaluation bars, 2020-01-01 to 2020-01-04. MSE 2,")


@pytest.mark.parametrize("bars", [0, 1])
def test_too_few_bars_are_said_to_be_so(bars: int) -> None:
    markdown = forecasts("A_1", DATES[:bars], ACTUAL[:bars], PREDICTED[:bars], NAIVE[:bars])

    assert markdown == rf"**A\_1**: {bars} evaluation bars are too few to draw."


def test_thousands_of_bars_are_still_small() -> None:
    moves = np.random.default_rng(0).normal(size=(3, 5_000))
    dates = np.datetime_as_string(np.datetime64("1990-01-01") + np.arange(5_000)).tolist()

    assert len(forecasts("A", dates, *moves)) < 60_000
