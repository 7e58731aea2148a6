import numpy as np
import pytest

from lstm_assets.plots.drawing import INK, SKY, VERMILLION
from lstm_assets.plots.finalists import MOST_ROWS, finalists
from lstm_assets_tests.plots.pictures import Point, Shown, shown

NAN, INFINITE = float("nan"), float("inf")
THREE = {"A-3": [1.0, 2.0, 3.0], "A-1": [2.0, 2.0, 8.0], "A-2": [3.0, 4.0, 5.0]}


def dots(picture: Shown) -> list[Point]:
    (line, *_) = picture.lines(SKY)
    return [point for point in line if not np.isnan(point[0])]


def means(picture: Shown) -> list[Point]:
    """The middle of the stroke of each row."""
    (line, *_) = picture.lines(INK)
    ends = [point for point in line if not np.isnan(point[0])]
    return [(x, (up + down) / 2) for (x, up), (_, down) in zip(ends[::2], ends[1::2], strict=True)]


def test_each_finalist_has_a_row_with_a_dot_for_each_seed() -> None:
    picture = shown(finalists(THREE, NAN))

    rows = [y for _, y in means(picture)]
    height = rows[1] - rows[0]
    found = dots(picture)
    assert [round((y - rows[0]) / height) for _, y in found] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    left, right = found[0][0], found[2][0]  # 1 and 3
    mses = [1 + 2 * (x - left) / (right - left) for x, _ in found]
    assert mses == pytest.approx([mse for row in THREE.values() for mse in row], abs=0.01)


def test_the_rows_have_the_order_in_which_they_are_given() -> None:
    picture = shown(finalists(THREE, NAN))

    assert [text for text in picture.texts if text in THREE] == list(THREE)
    down = [y for _, y in means(picture)]
    assert down == sorted(down)


def test_the_mean_of_each_row_and_the_naive_forecast_are_marked() -> None:
    picture = shown(finalists(THREE, 6.0))

    first, second, third = (x for x, _ in means(picture))
    assert [second, third] == pytest.approx([first + (third - first)] * 2, abs=0.11)  # 2, 4 and 4
    naive = picture.lines(VERMILLION)[0][0][0]
    assert (naive - first) / (third - first) == pytest.approx(2, abs=0.01)
    assert {"a seed", "mean of the seeds", "naive", "MSE, price squared"} <= set(picture.texts)


@pytest.mark.parametrize("naive", [NAN, INFINITE])
def test_a_naive_mse_that_is_not_finite_is_not_drawn(naive: float) -> None:
    picture = shown(finalists(THREE, naive))

    assert picture.lines(VERMILLION) == []
    assert "naive" not in picture.caption


@pytest.mark.parametrize(
    ("mses", "said"),
    [
        (THREE, "MSE of 3 finalists with 3 seeds each. The lowest mean, A-3, is 2, naive 1.5."),
        (
            {"<A>&1": [2.0]},
            "MSE of 1 finalist with 1 seed. The lowest mean, <A>&1, is 2, naive 1.5.",
        ),
        (
            {"A": [2.0], "B": [1.0, 1.5]},
            "MSE of 2 finalists with 1 to 2 seeds each. The lowest mean, B, is 1.25, naive 1.5.",
        ),
    ],
)
def test_the_caption_counts_and_names_the_lowest_mean(
    mses: dict[str, list[float]], said: str
) -> None:
    assert shown(finalists(mses, 1.5)).caption == said


def test_names_are_shown_literally() -> None:
    assert "<A>&$1$_b" in shown(finalists({"<A>&$1$_b": [2.0, 3.0]}, 1.5)).texts


def test_mses_that_span_a_decade_have_a_log_axis() -> None:
    assert "MSE, price squared, log" in shown(finalists({"A": [1.0, 20.0]}, NAN)).texts
    assert "MSE, price squared, log" in shown(finalists({"A": [1.0, 2.0]}, 30.0)).texts


def test_mses_that_are_not_finite_are_left_out() -> None:
    picture = shown(finalists({"A": [1.0, NAN], "B": [NAN], "C": [INFINITE, 2.0, 3.0]}, NAN))

    assert picture.caption.startswith("MSE of 2 finalists with 1 to 2 seeds each.")
    assert len(dots(picture)) == 3
    assert "B" not in picture.texts


@pytest.mark.parametrize("mses", [{}, {"A": []}, {"A": [NAN], "B": [INFINITE]}])
def test_without_a_result_it_is_said(mses: dict[str, list[float]]) -> None:
    assert finalists(mses, 1.0) == "No finalist has a result yet."


@pytest.mark.parametrize("mse", [0.0, 2.0])
def test_seeds_that_are_all_the_same_have_a_dot_each(mse: float) -> None:
    picture = shown(finalists({"A": [mse] * 3, "B": [mse] * 3}, mse))

    assert len(set(dots(picture))) == 6
    assert len({x for x, _ in [*dots(picture), *means(picture)]}) == 1


def test_of_many_finalists_the_first_are_drawn() -> None:
    picture = shown(finalists({f"A-{n}": [1.0 + n] for n in range(30)}, NAN))

    assert picture.caption.endswith(f"The first {MOST_ROWS} of 30 are shown.")
    assert "A-19" in picture.texts
    assert "A-20" not in picture.texts


def test_thousands_of_seeds_are_still_small_and_the_same_each_time() -> None:
    seeds = np.random.default_rng(0).lognormal(size=(20, 1000)).tolist()
    mses = {f"A-{n}": row for n, row in enumerate(seeds)}

    first, second = (finalists(mses, 1.0) for _ in range(2))

    assert len(first) < 60_000
    assert first == second
