"""The winner's forecasts of the evaluation bars, beside the actual prices and naive forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lstm_assets.data.windows import Floats
from lstm_assets.evaluation.metrics import mean_squared_error
from lstm_assets.evaluation.selection import beside_naive
from lstm_assets.plots.drawing import (
    BLUE,
    INK,
    VERMILLION,
    Dates,
    as_dates,
    date_axis,
    picture,
    thinned,
)
from lstm_assets.plots.markdown import literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POINTS = 600  # of each line
_HEIGHT = 600  # CSS pixels


def forecasts(
    name: str, dates: Sequence[str], actual: Floats, predicted: Floats, naive: Floats
) -> str:
    """Return the forecasts as markdown: prices, errors, and the squared error saved.

    A bar is left out if its price or one of its forecasts is not finite.

    Args:
        name: of the model, e.g. its CODE_TASK.
        dates: of the evaluation bars, YYYY-MM-DD, oldest first, (E,).
        actual: their prices, shape (E,).
        predicted: the model's forecasts, same shape and unit.
        naive: the naive forecasts, same shape and unit.

    Source: the third panel is that of Welch & Goyal (2008), doi:10.1093/rfs/hhm014
    """
    known = np.isfinite(actual) & np.isfinite(predicted) & np.isfinite(naive)
    days = as_dates(dates)[known]
    actual, predicted, naive = actual[known], predicted[known], naive[known]
    if len(days) < 2:
        return f"**{literal(name)}**: {len(days)} evaluation bars are too few to draw."

    def draw(figure: Figure) -> None:
        prices, errors, saved = figure.subplots(3, sharex=True, height_ratios=[5, 4, 3])
        _prices(prices, days, actual, predicted, naive)
        _errors(errors, days, predicted - actual, naive - actual)
        _saved(saved, days, np.cumsum((naive - actual) ** 2 - (predicted - actual) ** 2))
        date_axis(saved)

    mse, mse_naive = mean_squared_error(actual, predicted), mean_squared_error(actual, naive)
    caption = (
        f"**{literal(name)}**: {len(days):,} evaluation bars, {days[0]} to {days[-1]}. "
        f"MSE {mse:.6g}, naive {mse_naive:.6g}: {beside_naive(mse, mse_naive)}."
    )
    return f"{caption}\n\n{picture(draw, _HEIGHT, 'Forecasts, prices and errors by date')}"


def _prices(axes: Axes, days: Dates, actual: Floats, predicted: Floats, naive: Floats) -> None:
    axes.plot(*_line(days, actual), color="#b4b4b4", linewidth=3, label="actual")
    axes.plot(*_line(days, naive), color=VERMILLION, linewidth=0.8, label="naive")
    axes.plot(*_line(days, predicted), color=BLUE, label="forecast")
    axes.set(title="Prices", ylabel="price")
    axes.legend(ncols=3, loc="lower right", bbox_to_anchor=(1, 1), borderpad=0)


def _errors(axes: Axes, days: Dates, model: Floats, naive: Floats) -> None:
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.plot(*_line(days, naive), color=VERMILLION, linewidth=1.6, label="naive")
    axes.plot(*_line(days, model), color=BLUE, label="forecast")
    axes.set(title="Errors, forecast minus actual", ylabel="price")


def _saved(axes: Axes, days: Dates, saved: Floats) -> None:
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.plot(*_line(days, saved), color=BLUE)
    axes.set(
        title="Squared error saved against naive so far: rising where the model forecasts better",
        ylabel="price squared",
    )


def _line(days: Dates, values: Floats) -> tuple[Dates, Floats]:
    kept = thinned(values, MOST_POINTS)
    return days[kept], values[kept]
