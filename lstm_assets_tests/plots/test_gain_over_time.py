from itertools import pairwise

import numpy as np
import pytest

from lstm_assets.evaluation.holdout import compare
from lstm_assets.plots.drawing import BLUE, INK
from lstm_assets.plots.gain_over_time import gain_over_time
from lstm_assets_tests.plots.pictures import Point, Shown, shown

DATES = ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-06"]
NAIVE = np.array([10.0, 20.0, 10.0, 40.0])
ACTUAL = np.array([11.0, 22.0, 9.0, 36.0])  # returns of 0.1 up or down: each a quarter of all
PREDICTED = np.array([11.0, 20.0, 12.0, 36.0])  # returns right, none, 0.3 off, right
GAINS = [0.0, 0.25, 0.25, -1.75, -1.5]  # before, and after each bar


def corners(picture: Shown) -> list[Point]:
    """Of the line of the gain: the levels, and where they begin."""
    (line,) = picture.lines(BLUE)
    return [line[0], *(after for before, after in pairwise(line) if before[0] == after[0])]


def test_the_line_begins_at_0_and_takes_a_step_at_each_bar() -> None:
    picture = shown(gain_over_time("A", DATES, ACTUAL, PREDICTED, NAIVE))

    (line,) = picture.lines(BLUE)
    zero = picture.lines(INK)[0][0][1]
    assert line[0][1] == pytest.approx(zero, abs=0.11)
    steps = list(dict.fromkeys(line))
    unit = (steps[-1][1] - zero) / -1.5
    levels = [(y - zero) / unit for _, y in corners(picture)]
    assert levels == pytest.approx(GAINS, abs=0.01)
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(line))  # only steps


def test_steps_are_at_the_dates_of_their_bars() -> None:
    picture = shown(gain_over_time("A", DATES, ACTUAL, PREDICTED, NAIVE))

    _, first, _, third, last = [x for x, _ in corners(picture)]
    assert (last - third) / (third - first) == pytest.approx(3 / 2, abs=0.01)


def test_the_title_and_the_caption_say_the_gain_that_is_tested() -> None:
    random = np.random.default_rng(0)
    naive = 100 + random.normal(size=250).cumsum()
    actual, predicted = naive + random.normal(size=250), naive + 0.2 * random.normal(size=250)
    days = np.datetime_as_string(np.datetime64("2020-01-01") + np.arange(250)).tolist()

    picture = shown(gain_over_time("A", days, actual, predicted, naive))

    gain = compare("naive", actual, predicted, naive).gain
    title = f"Gain against naive: {gain:.1%} in total, rising where the forecast is better"
    assert title in picture.texts
    assert f"gain against naive by bar, {gain:.1%} in total" in picture.caption


def test_the_caption_names_the_forecast_and_the_bars() -> None:
    caption = shown(gain_over_time("<A>&B", DATES, ACTUAL, PREDICTED, NAIVE)).caption

    assert caption == (
        "<A>&B: gain against naive by bar, -150.0% in total. 4 bars of the holdout, 2020-01-01 to "
        "2020-01-06. Where a few bars make the gain, the line has a few steps."
    )


def test_a_forecast_like_the_naive_one_is_a_level_line_without_a_sign() -> None:
    picture = shown(gain_over_time("A", DATES, ACTUAL, NAIVE, NAIVE))

    assert "0.0% in total" in picture.caption
    assert "-0.0%" not in picture.caption
    (line,) = picture.lines(BLUE)
    assert len({y for _, y in line}) == 1


def test_a_loss_that_rounds_to_0_has_no_sign() -> None:
    worse = NAIVE.copy()
    worse[2] += 0.0001

    assert "by bar, 0.0% in total" in gain_over_time("A", DATES, ACTUAL, worse, NAIVE)


def test_a_naive_forecast_without_error_leaves_nothing_to_gain() -> None:
    markdown = gain_over_time("A_1", DATES, NAIVE, PREDICTED, NAIVE)

    assert markdown == r"**A\_1**: the naive forecast makes no error on the holdout."


@pytest.mark.parametrize("bars", [0, 1])
def test_too_few_bars_are_said_to_be_so(bars: int) -> None:
    markdown = gain_over_time("A_1", DATES[:bars], ACTUAL[:bars], PREDICTED[:bars], NAIVE[:bars])

    assert markdown == rf"**A\_1**: {bars} bars of the holdout are too few to draw."


def test_bars_without_a_finite_forecast_or_return_are_left_out() -> None:
    predicted = np.array([11.0, np.nan, 12.0, 36.0])
    naive = np.array([10.0, 20.0, 0.0, 40.0])

    caption = shown(gain_over_time("A", DATES, ACTUAL, predicted, naive)).caption

    assert "100.0% in total. 2 bars of the holdout, 2020-01-01 to 2020-01-06." in caption


def test_thousands_of_bars_are_still_small_and_the_same_each_time() -> None:
    random = np.random.default_rng(0)
    prices = 100 + random.normal(size=(3, 5_000))
    days = np.datetime_as_string(np.datetime64("1990-01-01") + np.arange(5_000)).tolist()

    first, second = (gain_over_time("A", days, *prices) for _ in range(2))

    assert len(first) < 60_000
    assert first == second
