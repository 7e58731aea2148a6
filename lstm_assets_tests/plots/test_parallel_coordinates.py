from typing import Any

import numpy as np
import pytest

from lstm_assets.plots.drawing import BLUE, SKY, VERMILLION
from lstm_assets.plots.parallel_coordinates import MOST_AXES, parallel_coordinates
from lstm_assets_tests.plots.pictures import Point, Shown, shown

NAN = float("nan")


def rows(mses: list[float], **hyperparameters: list[Any]) -> list[dict[str, Any]]:
    """Results, to be given best first."""
    return [
        {
            "code_task": f"A-{at}",
            "mse": mse,
            **{name: values[at] for name, values in hyperparameters.items()},
        }
        for at, mse in enumerate(mses)
    ]


def plotted(results: list[dict[str, Any]], naive: float = NAN, winner: str = "") -> Shown:
    names = [name for name in results[0] if name not in ("code_task", "mse", "is_partial")]
    return shown(parallel_coordinates(results, names, naive, winner))


def line(picture: Shown, colour: str) -> list[Point]:
    """The first line of a colour that runs through all axes."""
    path = max(picture.lines(colour), key=len)
    return path[: next((at for at, point in enumerate(path) if np.isnan(point[0])), len(path))]


def test_each_hyperparameter_that_varies_has_an_axis_and_mse_the_last() -> None:
    picture = plotted(rows([1.0, 2.0], epoch=[10, 20], size=[4, 4], kind=["a", "b"]))

    assert picture.caption == "2 results as lines through the hyperparameters that vary."
    assert [text for text in picture.texts if text in ("epoch", "size", "kind", "MSE")] == [
        "epoch", "kind", "MSE",
    ]  # fmt: skip


def test_a_line_goes_through_its_values_each_in_the_axis_s_own_scale() -> None:
    picture = plotted(
        rows([1.0, 2.0, 3.0], rate=[0.01, 0.0001, 1.0], size=[30, 10, 50], kind=list("bac")),
        winner="A-0",
    )

    winner = line(picture, VERMILLION)
    worst = plotted(
        rows([1.0, 2.0, 3.0], rate=[0.01, 0.0001, 1.0], size=[30, 10, 50], kind=list("bac")),
        winner="A-2",
    )
    top, middle = line(worst, VERMILLION), winner
    bottom = plotted(
        rows([1.0, 2.0, 3.0], rate=[0.01, 0.0001, 1.0], size=[30, 10, 50], kind=list("bac")),
        winner="A-1",
    )
    low = line(bottom, VERMILLION)
    places = [(b[1] - m[1]) / (b[1] - t[1]) for t, m, b in zip(top, middle, low, strict=True)]
    assert places[:3] == pytest.approx([0.5, 0.5, 0.5], abs=0.01)  # 0.01 by its logarithm
    assert "rate, log" in picture.texts


def test_the_best_tenth_is_drawn_over_the_rest_and_the_winner_over_all() -> None:
    results = rows([float(n) for n in range(1, 21)], x=list(range(20)))

    picture = plotted(results, winner="A-0")

    assert [text for text in picture.texts if text in ("the rest", "next fifth", "best tenth")] == [
        "the rest", "next fifth", "best tenth",
    ]  # fmt: skip
    assert len(max(picture.lines(BLUE), key=len)) == 2 * 3 - 1  # two lines and the gap between
    assert len(max(picture.lines(SKY), key=len)) == 4 * 3 - 1


def test_results_that_were_stopped_early_are_a_class_of_their_own() -> None:
    results = [{**row, "is_partial": row["mse"] > 2} for row in rows([1.0, 2.0, 3.0], x=[1, 2, 3])]

    assert "stopped early" in plotted(results).texts
    assert "stopped early" not in plotted(rows([1.0, 2.0], x=[1, 2])).texts


def test_what_a_result_does_not_have_is_none() -> None:
    picture = plotted(rows([1.0, 2.0, 3.0], dropout=[None, 0.1, 0.2], x=[1, 2, 3]))

    assert picture.texts.count("none") == 1


def test_of_results_over_the_upper_end_the_axis_says_so() -> None:
    results = rows([1.0 + n / 100 for n in range(20)] + [1e6], x=list(range(21)))

    assert any(text.endswith("and over") for text in plotted(results).texts)
    assert not any(text.endswith("and over") for text in plotted(results[:5]).texts)


@pytest.mark.parametrize(
    ("results", "count"),
    [([], 0), (rows([1.0, 2.0], x=[1, 1]), 2), (rows([1.0, NAN], x=[1, 2]), 1)],
)
def test_where_nothing_varies_it_is_said(results: list[dict[str, Any]], count: int) -> None:
    markdown = parallel_coordinates(results, ["x"], 1.0, "A-0")

    assert markdown == f"No hyperparameter varies between the {count} results."


def test_strange_words_and_equal_results_are_drawn() -> None:
    picture = plotted(rows([0.0, 0.0], kind=["<b>$x$ & 'q'</b>", "b"], naive=[True, False]))

    assert {"<b>$x$ & 'q'", "True", "False"} <= set(picture.texts)


def test_ten_thousand_results_of_many_hyperparameters_are_small() -> None:
    random = np.random.default_rng(0)
    names = [f"hyperparameter_{number:02}" for number in range(MOST_AXES + 3)]
    values = 10 ** random.uniform(-5, 0, size=(10_000, len(names)))
    mses = np.sort(random.lognormal(size=10_000)).tolist()
    results = [
        {"code_task": f"A-{at}", "mse": mses[at], **dict(zip(names, row, strict=True))}
        for at, row in enumerate(values.tolist())
    ]

    markdown = parallel_coordinates(results, names, 1.0, "A-0")

    assert len(markdown) < 60_000
    assert shown(markdown).caption == (
        "10,000 results (184 drawn, evenly from best to worst) as lines through 12 of the 15 "
        "hyperparameters that vary."
    )
