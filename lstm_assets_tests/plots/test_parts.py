import numpy as np
import pytest

from lstm_assets.plots.drawing import BLUE
from lstm_assets.plots.parts import parts
from lstm_assets_tests.plots.pictures import Shown, shown

DATES = [f"2020-01-{day:02}" for day in range(1, 11)]
PRICES = np.array([10.0, 12.0, 11.0, 15.0, 14.0, 13.0, 16.0, 18.0, 17.0, 19.0])
TRAIN, VALIDATION, HOLDOUT = "#f2f2f2", "#d6ebf8", "#f9dcc8"  # of their bands


def band(picture: Shown, colour: str) -> tuple[float, float]:
    """Where the only band of a colour begins and ends, in days after the first."""
    (outline,) = picture.areas(colour)
    (line,) = picture.lines(BLUE)
    left, day = line[0][0], (line[-1][0] - line[0][0]) / 9
    across = [(x - left) / day for x, _ in outline]
    return min(across), max(across)


def test_each_part_has_a_band_from_its_first_bar_to_that_of_the_next() -> None:
    picture = shown(parts("USD/KRW", DATES, PRICES, "2020-01-06", "2020-01-09"))

    assert band(picture, TRAIN) == pytest.approx((0, 5), abs=0.01)
    assert band(picture, VALIDATION) == pytest.approx((5, 8), abs=0.01)
    assert band(picture, HOLDOUT) == pytest.approx((8, 10), abs=0.01)  # the last bar lasts a day


def test_each_part_has_its_name_and_first_date_in_the_picture() -> None:
    texts = shown(parts("USD/KRW", DATES, PRICES, "2020-01-06", "2020-01-09")).texts

    labels = [text for text in texts if text in ("train", "validation", "holdout", *DATES)]
    assert labels == [
        "train", "2020-01-01", "validation", "2020-01-06", "holdout", "2020-01-09",
    ]  # fmt: skip


def test_the_caption_counts_the_bars_of_each_part() -> None:
    picture = shown(parts("<b>M&M</b>", DATES, PRICES, "2020-01-06", "2020-01-09"))

    assert picture.caption == (
        "<b>M&M</b>: 10 bars to 2020-01-10: train 5 from 2020-01-01, validation 3 from "
        "2020-01-06, holdout 2 from 2020-01-09."
    )


def test_a_study_without_a_holdout_has_two_parts() -> None:
    picture = shown(parts("A", DATES, PRICES, "2020-01-06"))

    assert band(picture, VALIDATION) == pytest.approx((5, 10), abs=0.01)
    assert picture.areas(HOLDOUT) == []
    assert "holdout" not in picture.texts
    assert "holdout" not in picture.caption


def test_the_line_goes_through_the_prices_and_leaves_room_for_the_labels() -> None:
    picture = shown(parts("A", DATES, PRICES, "2020-01-06"))

    (line,) = picture.lines(BLUE)
    down = np.array([y for _, y in line])
    assert (down[0] - down) / (down[0] - down[-1]) == pytest.approx((PRICES - 10) / 9, abs=0.01)
    top = min(y for _, y in picture.areas(TRAIN)[0])
    assert down.min() - top > 20  # points: two lines of text


def test_a_part_begins_at_its_first_bar_if_its_date_has_none() -> None:
    dates = ["2020-01-03", "2020-01-06", "2020-01-07"]  # a weekend between

    caption = shown(parts("A", dates, PRICES[:3], "2020-01-04")).caption

    assert (
        caption == "A: 3 bars to 2020-01-07: train 1 from 2020-01-03, validation 2 from 2020-01-06."
    )


@pytest.mark.parametrize(
    ("validation", "holdout", "names"),
    [
        ("2020-01-01", "2020-01-05", ["validation", "holdout"]),
        ("2021-01-01", None, ["train"]),
        ("2020-01-05", "2020-01-05", ["train", "holdout"]),
        ("2020-01-05", "2020-01-03", ["train", "holdout"]),
        ("2020-01-05", "2020-01-10", ["train", "validation", "holdout"]),
    ],
)
def test_a_part_without_bars_is_not_drawn(
    validation: str, holdout: str | None, names: list[str]
) -> None:
    picture = shown(parts("A", DATES, PRICES, validation, holdout))

    assert [text for text in picture.texts if text in ("train", "validation", "holdout")] == names


def test_labels_of_narrow_parts_are_below_each_other() -> None:
    days = np.datetime_as_string(np.datetime64("2020-01-01") + np.arange(1000)).tolist()
    prices = np.linspace(1, 2, 1000)

    def rows(validation: int, holdout: int) -> list[int]:
        picture = shown(parts("A", days, prices, days[validation], days[holdout]))
        names = ("train", "validation", "holdout")
        places = [each.get("transform", "") for each in picture.svg.iter() if each.text in names]
        down = [float(place.rstrip(")").split()[1]) for place in places]
        return [sorted(set(down)).index(each) for each in down]

    assert rows(500, 900) == [0, 0, 0]
    assert rows(500, 550) == [0, 0, 1]
    assert rows(950, 990) == [0, 0, 1]
    assert rows(50, 100) == [0, 1, 0]
    assert rows(30, 60) == [0, 1, 2]


@pytest.mark.parametrize("bars", [1, 3, 500])
def test_the_axis_has_room_for_the_label_of_a_short_holdout(bars: int) -> None:
    days = np.datetime_as_string(np.datetime64("2020-01-01") + np.arange(1000)).tolist()

    picture = shown(parts("A", days, np.linspace(1, 2, 1000), days[500], days[-bars]))

    begin, width = (
        min(x for x, _ in picture.areas(HOLDOUT)[0]),
        float(picture.svg.attrib["viewBox"].split()[2]),
    )
    assert width - begin > 55  # points: a date


@pytest.mark.parametrize("bars", [0, 1])
def test_too_few_bars_are_said_to_be_so(bars: int) -> None:
    markdown = parts("A_1", DATES[:bars], PRICES[:bars], "2020-01-01")

    assert markdown == rf"**A\_1**: {bars} bars are too few to draw."


def test_prices_that_are_not_finite_are_left_out() -> None:
    holed = np.where(np.isin(PRICES, [13.0, 18.0]), [np.nan, np.inf] * 5, PRICES)

    picture = shown(parts("A", DATES, holed, "2020-01-06"))

    assert picture.caption == (
        "A: 8 bars to 2020-01-10: train 5 from 2020-01-01, validation 3 from 2020-01-07."
    )
    assert len(picture.lines(BLUE)[0]) == 8


@pytest.mark.parametrize("price", [0.0, 5.0])
def test_prices_that_never_move_are_a_level_line(price: float) -> None:
    (line,) = shown(parts("A", DATES, np.full(10, price), "2020-01-06")).lines(BLUE)

    assert len({y for _, y in line}) == 1


def test_a_long_history_is_still_small_and_the_same_each_time() -> None:
    days = np.datetime_as_string(np.datetime64("1970-01-01") + np.arange(20_000)).tolist()
    walk = 100 + np.random.default_rng(0).normal(size=20_000).cumsum() / 10

    first, second = (parts("A", days, walk, days[15_000], days[18_000]) for _ in range(2))

    assert len(first) < 60_000
    assert first == second
