import numpy as np
import pytest

from lstm_assets.plots.best_of_tries import MOST_BARS, best_of_tries
from lstm_assets.plots.drawing import BLUE, SKY
from lstm_assets_tests.plots.pictures import Point, Shown, shown

PALE = "#cfcfcf"  # of the draws that are smaller than the study's t
DRAWS = np.array([1.0, 1.5, 1.6, 2.0, 2.4, 2.5, 3.0, 3.0])
NAN = float("nan")


def bars(picture: Shown, colour: str) -> list[Point]:
    """The outline of the bars of a colour; the smaller outline is in the legend."""
    return max(picture.areas(colour), key=lambda area: np.ptp([y for _, y in area]), default=[])


def share(picture: Shown) -> float:
    """The share of the area under all bars that is as large as the study's t."""
    large, small = area(bars(picture, SKY)), area(bars(picture, PALE))
    return large / (large + small)


def area(outline: list[Point]) -> float:
    x, y = np.array([point for point in outline if not np.isnan(point[0])] or [(0.0, 0.0)]).T
    return abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1))) / 2


def place(picture: Shown) -> float:
    """Where the line of the study's t is."""
    ((across, _), (same, _)) = picture.lines(BLUE)[0]
    assert across == same
    return across


def test_draws_as_large_as_the_studys_t_begin_at_its_line() -> None:
    picture = shown(best_of_tries(DRAWS, 2.4, 0.5, 64))

    assert share(picture) == pytest.approx(4 / 8, abs=0.01)  # 2.4 itself is as large
    assert min(x for x, _ in bars(picture, SKY)) == pytest.approx(place(picture), abs=0.11)
    assert {"by luck, smaller", "by luck, as large", "draws"} <= set(picture.texts)


def test_the_line_and_the_caption_say_what_the_study_has() -> None:
    picture = shown(best_of_tries(DRAWS, 1.9, 0.31, 64))

    assert "this study: t = 1.9, p = 0.31 after 64 tries" in picture.texts
    assert "largest t of 64 tries, if none is better than naive" in picture.texts
    assert picture.caption == (
        "The best of 64 tries, if none is better than naive, in 8 draws of a bootstrap. "
        "This study: t = 1.9, p = 0.31 after 64 tries."
    )


@pytest.mark.parametrize(
    ("t", "p_value", "tries", "said"),
    [
        (2.0, 0.00005, 1200, "t = 2.0, p < 0.001 after 1,200 tries"),
        (2.0, 0.0, 2, "t = 2.0, p < 0.001 after 2 tries"),
        (-0.04, 1.0, 1, "t = 0.0, p = 1 after 1 try"),
    ],
)
def test_numbers_are_said_shortly(t: float, p_value: float, tries: int, said: str) -> None:
    assert f"this study: {said}" in shown(best_of_tries(DRAWS, t, p_value, tries)).texts


@pytest.mark.parametrize(("t", "drawn", "not_drawn"), [(9.0, PALE, SKY), (-9.0, SKY, PALE)])
def test_a_t_beyond_all_draws_is_in_the_picture(t: float, drawn: str, not_drawn: str) -> None:
    picture = shown(best_of_tries(DRAWS, t, 0.5, 64))

    across = [x for x, _ in bars(picture, drawn)]
    assert picture.areas(not_drawn) == []
    assert (place(picture) > max(across)) if t > 0 else (place(picture) < min(across))


@pytest.mark.parametrize("t", [1.0, 3.0])
def test_a_t_at_an_end_of_the_draws_is_counted(t: float) -> None:
    picture = shown(best_of_tries(DRAWS, t, 0.5, 64))

    assert share(picture) == pytest.approx(float(np.mean(t <= DRAWS)), abs=0.01)


def test_no_draw_is_lost_by_rounding() -> None:
    lowest, highest = -1.1457260214138612, 12.95911210268564  # the bars end 1 ulp over the lowest

    picture = shown(best_of_tries(np.array([lowest, highest]), highest, 0.5, 64))

    assert share(picture) == pytest.approx(1 / 2, abs=0.01)


@pytest.mark.parametrize("t", [-1.0, 2.0, 3.0])
@pytest.mark.parametrize("draws", [[2.0], [2.0] * 5, [2.0, np.nextafter(2.0, 3.0)], [0.0, 0.0]])
def test_draws_that_are_all_the_same_are_one_bar(t: float, draws: list[float]) -> None:
    picture = shown(best_of_tries(np.array(draws), t, 0.5, 64))

    drawn = bars(picture, SKY) or bars(picture, PALE)
    levels = {y for _, y in drawn}
    assert len(levels) == 2  # 0 and all draws


def test_draws_that_are_not_finite_are_left_out() -> None:
    caption = shown(best_of_tries(np.array([1.0, NAN, np.inf, 2.0]), 1.5, 0.5, 64)).caption

    assert "in 2 draws of a bootstrap" in caption


@pytest.mark.parametrize("draws", [[], [NAN, np.inf]])
def test_without_a_draw_it_is_said(draws: list[float]) -> None:
    markdown = best_of_tries(np.array(draws), 1.9, 0.31, 64)

    assert markdown == "The luck of the best of 64 tries is not known: there are no draws."


@pytest.mark.parametrize(("t", "p_value"), [(NAN, 0.3), (np.inf, 0.0), (1.9, NAN)])
def test_without_a_t_or_a_p_value_it_is_said(t: float, p_value: float) -> None:
    assert best_of_tries(DRAWS, t, p_value, 1) == "The best of 1 try has no t to draw."


def test_ten_thousand_draws_are_few_bars_and_the_same_each_time() -> None:
    draws = np.random.default_rng(0).normal(size=(10_000, 64)).max(axis=1)

    first, second = (best_of_tries(draws, 2.3, 0.5, 64) for _ in range(2))

    assert len(first) < 20_000
    assert first == second
    picture = shown(first)
    assert len(bars(picture, SKY)) + len(bars(picture, PALE)) < 8 * MOST_BARS
    assert share(picture) == pytest.approx(float(np.mean(draws >= 2.3)), abs=0.02)
