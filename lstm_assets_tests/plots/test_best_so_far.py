from itertools import pairwise

import numpy as np
import pytest

from lstm_assets.plots.best_so_far import Point, best_so_far
from lstm_assets.plots.drawing import BLUE, SKY, VERMILLION
from lstm_assets_tests.plots.pictures import Shown, shown

NAN = float("nan")


def points(*mses: float | None, partial: set[int] = frozenset()) -> list[Point]:  # type: ignore[assignment]
    return [
        Point(f"A-{number:04}", number, mse, is_partial=number in partial)
        for number, mse in enumerate(mses, 1)
    ]


def step(picture: Shown) -> list[tuple[float, float]]:
    """The line of the best so far; the other one of its colour is in the legend."""
    return max(picture.lines(BLUE), key=lambda line: line[-1][0] - line[0][0])


def dots(picture: Shown, colour: str) -> int:
    drawn = [line for line in picture.lines(colour) if np.isnan(line).any() or len(line) == 1]
    return sum(int(np.isfinite(line).all(axis=1).sum()) for line in drawn)


def test_the_line_falls_with_each_trial_that_is_better_than_all_before_it() -> None:
    picture = shown(best_so_far(points(4.0, 5.0, 2.0, 3.0, 1.0, 1.5), NAN, ""))

    line = step(picture)
    levels = list(dict.fromkeys(y for _, y in line))
    unit = levels[1] - levels[0]  # 2 in MSE
    assert len(levels) == 3  # 4, 2 and 1: lower is better, and further down the picture
    assert levels[2] - levels[1] == pytest.approx(unit / 2, abs=0.2)
    corners = [x for (x, y), (_, after) in pairwise(line) if y != after]
    first, last = line[0][0], line[-1][0]
    assert [(x - first) / (last - first) for x in corners] == pytest.approx(
        [2 / 5, 4 / 5], abs=0.01
    )


def test_a_trial_that_was_stopped_early_is_drawn_and_never_the_best() -> None:
    picture = shown(best_so_far(points(4.0, 1.0, 3.0, partial={2}), NAN, ""))

    assert picture.caption == (
        "Best MSE so far by cell: 2 results, 1 stopped early, which do not count. "
        "The best, A-0003, is number 3."
    )
    assert "stopped early" in picture.texts
    assert dots(picture, SKY) == 2


def test_trials_that_failed_are_marked_and_counted() -> None:
    picture = shown(best_so_far(points(4.0, None, 3.0, None), NAN, ""))

    assert "2 results, 2 failed." in picture.caption
    marks = [line for line in picture.lines(VERMILLION) if np.isnan(line).any()]
    assert [int(np.isfinite(line).all(axis=1).sum()) for line in marks] == [4]  # two ends each


def test_the_naive_forecast_and_the_winner_are_marked() -> None:
    results = points(4.0, 3.0)

    assert "naive" in shown(best_so_far(results, 3.5, "")).texts
    assert "naive" not in shown(best_so_far(results, NAN, "")).texts
    assert "winner" in shown(best_so_far(results, NAN, "A-0002")).texts
    assert "winner" not in shown(best_so_far(results, NAN, "B-0002")).texts


def test_rounds_are_named_with_the_method_once() -> None:
    trials = [
        Point(f"A-{n:04}", n, 5.0 - n / 100, method="random" if n <= 60 else "bayesian", round=r)
        for n in range(1, 121)
        for r in [(n - 1) // 30 % 2]
    ]

    texts = shown(best_so_far(trials, NAN, "")).texts

    assert [text for text in texts if text in ("random, round 0", "1", "bayesian, round 0")] == [
        "random, round 0", "1", "bayesian, round 0", "1",
    ]  # fmt: skip


def test_one_round_is_not_named() -> None:
    texts = shown(best_so_far([Point("A-1", 1, 2.0, method="grid")], NAN, "")).texts

    assert not any("round" in text for text in texts)


def test_what_is_far_from_the_best_is_a_stroke_at_the_upper_edge() -> None:
    mses = [1.0 + n / 100 for n in range(20)] + [1e6] * 5

    picture = shown(best_so_far(points(*mses), NAN, ""))

    [over] = [text for text in picture.texts if text.startswith("over ")]
    assert over.startswith("over 1.15: ")
    assert int(over.split(": ")[1]) == sum(mse > 1.15 for mse in mses)


@pytest.mark.parametrize("given", [[], points(None, None), points(1.0, partial={1})])
def test_without_a_result_that_counts_it_is_said(given: list[Point]) -> None:
    assert best_so_far(given, 1.0, "") == "No cell has a result that counts yet."


def test_results_that_are_not_finite_are_left_out() -> None:
    caption = shown(best_so_far(points(NAN, 2.0, float("inf")), NAN, "")).caption

    assert "cell: 1 results." in caption


def test_ten_thousand_trials_are_still_small() -> None:
    random = np.random.default_rng(0)
    mses = [None if n % 9 == 0 else float(m) for n, m in enumerate(random.lognormal(size=10_000))]
    trials = [
        Point(f"A-{n}", n, mse, is_partial=n % 5 == 0, method="random", round=n // 16)
        for n, mse in enumerate(mses, 1)
    ]

    markdown = best_so_far(trials, 1.0, "A-5")

    assert len(markdown) < 60_000
    assert dots(shown(markdown), SKY) > 500
