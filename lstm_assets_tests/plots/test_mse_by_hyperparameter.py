import time
from typing import Any

import numpy as np
import pytest

from lstm_assets.plots.drawing import INK, SKY, VERMILLION
from lstm_assets.plots.mse_by_hyperparameter import MOST_PANELS, mse_by_hyperparameter
from lstm_assets_tests.plots.pictures import Shown, shown

NAN, INFINITE = float("nan"), float("inf")


def rows(mses: list[float | None], **hyperparameters: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "code_task": f"A-{at}",
            "mse": mse,
            **{name: values[at] for name, values in hyperparameters.items()},
        }
        for at, mse in enumerate(mses)
    ]


def plotted(results: list[dict[str, Any]], naive: float = NAN, winner: str = "") -> Shown:
    names = [name for name in results[0] if name not in ("code_task", "mse")]
    return shown(mse_by_hyperparameter(results, names, naive, winner))


def dots(picture: Shown) -> list[int]:
    """How many results each panel draws."""
    return [int(np.isfinite(panel).all(axis=1).sum()) for panel in picture.lines(SKY)]


def winners(picture: Shown) -> int:
    return picture.texts.count("winner")


def test_what_varies_has_a_panel_and_what_does_not_has_none() -> None:
    picture = plotted(rows([3.0, 1.0, 2.0], epoch=[10, 20, 30], size=[50, 50, 50]))

    assert picture.caption == "MSE of 3 results against each hyperparameter that varies."
    assert {"epoch", "10", "20", "30", "MSE, price squared"} <= set(picture.texts)
    assert "size" not in picture.texts
    assert dots(picture) == [3]


def test_the_median_and_the_best_of_each_value_are_drawn() -> None:
    picture = plotted(rows([1.0, 2.0, 6.0, 3.0, 5.0, 4.0], epoch=[10, 10, 10, 20, 20, 20]))

    median, best = (line for line in picture.lines(INK) if len(line) == 2)
    down = [y for _, y in [*median, *best]]  # of 2, 4, 1 and 3
    unit = down[2] - down[0]
    assert [(down[2] - y) / unit for y in down] == pytest.approx([1, 3, 0, 2], abs=0.02)


def test_words_are_categories_and_numbers_over_a_decade_have_a_log_axis() -> None:
    picture = plotted(
        rows(
            [1.0, 2.0, 3.0], scaler=["window", "robust", "window"], learning_rate=[0.001, 0.01, 0.1]
        )
    )

    assert {"scaler", "robust", "window", "learning_rate, log", "0.001", "0.01"} <= set(
        picture.texts
    )


def test_truth_values_and_mixtures_are_words() -> None:
    picture = plotted(rows([1.0, 2.0, 3.0], bias=[True, False, True], mixed=["auto", 1, 2]))

    assert {"True", "False", "auto", "1", "2"} <= set(picture.texts)


def test_results_and_values_that_are_not_finite_are_left_out() -> None:
    picture = plotted(
        rows(
            [1.0, 2.0, 3.0, NAN, None, INFINITE],
            whole=[1, 2, 3, 4, 5, 6],
            holed=[1.0, INFINITE, 2.0, 1.0, 1.0, 1.0],
            only_of_some=[None, 1, 2, 3, 4, 5],
        )
    )

    assert picture.caption.startswith("MSE of 3 results ")
    assert dots(picture) == [3, 2, 2]


def test_the_winner_and_the_naive_forecast_are_marked() -> None:
    results = rows([1.0, 2.0], epoch=[10, 20])

    assert winners(plotted(results, winner="A-1")) == 1
    assert winners(plotted(results, winner="B-1")) == 0
    assert len(plotted(results, naive=1.5).lines(VERMILLION)) == 2  # in the panel and the legend
    assert plotted(results, naive=INFINITE).lines(VERMILLION) == []


def test_the_winner_is_marked_where_the_first_hyperparameter_is_not_its_own() -> None:
    picture = plotted(rows([1.0, 2.0, 3.0], patch=[None, 4, 8], epoch=[1, 2, 3]), winner="A-0")

    assert winners(picture) == 1


def test_a_naive_forecast_without_error_keeps_the_axis_linear() -> None:
    picture = plotted(rows([1.0, 100.0], epoch=[1, 2]), naive=0.0)

    assert "MSE, price squared" in picture.texts
    assert len(picture.lines(VERMILLION)) == 2


@pytest.mark.parametrize(
    ("results", "count"), [([], 0), (rows([1.0], x=[1]), 1), (rows([1.0, NAN], x=[1, 2]), 1)]
)
def test_where_nothing_varies_it_is_said(results: list[dict[str, Any]], count: int) -> None:
    markdown = mse_by_hyperparameter(results, ["x"], 1.0, "A-0")

    assert markdown == f"No hyperparameter varies between the {count} results."


def test_all_results_alike_and_zero_are_drawn() -> None:
    assert dots(plotted(rows([0.0, 0.0], x=[1, 2]), naive=0.0)) == [2]


def test_long_and_strange_words_are_cut_and_shown_literally() -> None:
    picture = plotted(
        rows(
            [1.0, 2.0, 3.0],
            kind=["<b>$x$ & 'q'</b> and on", "standard_deviation", "robust_scaling"],
        )
    )

    assert {"<b>$x$ & 'q'</", "standard_devia", "robust_scaling"} <= set(picture.texts)


def test_ten_thousand_results_of_many_hyperparameters_are_small_and_soon_drawn() -> None:
    random = np.random.default_rng(0)
    names = [f"hyperparameter_{number:02}" for number in range(MOST_PANELS + 3)]
    values = 10 ** random.uniform(-5, 0, size=(10_000, len(names)))
    mses = random.lognormal(size=10_000).tolist()
    results = [
        {
            "code_task": f"A-{at}",
            "mse": mses[at],
            **dict(zip(names, values[at].tolist(), strict=True)),
        }
        for at in range(10_000)
    ]

    started = time.process_time()
    markdown = mse_by_hyperparameter(results, names, 1.0, "A-0")

    assert time.process_time() - started < 20
    assert len(markdown) < 60_000
    picture = shown(markdown)
    assert picture.caption == (
        "MSE of 10,000 results (100 of them drawn, evenly from best to worst) "
        "against 12 of the 15 hyperparameters that vary."
    )
    assert dots(picture) == [100] * MOST_PANELS
