"""The prices of a study, and which of them train, choose and test its networks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lstm_assets.data.windows import Floats
from lstm_assets.plots.drawing import BLUE, INK, Dates, as_dates, date_axis, picture, thinned
from lstm_assets.plots.markdown import literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POINTS = 1800  # of the line: about two per column of pixels
_HEIGHT = 340  # CSS pixels
_LABEL, _ROW = 0.09, 0.11  # width and height of a label of two lines, as shares of the axes
_BANDS = {"train": "#f2f2f2", "validation": "#d6ebf8", "holdout": "#f9dcc8"}
_LABELS = {"train": INK, "validation": "#005a8e", "holdout": "#9c4500"}


@dataclass(frozen=True, slots=True)
class _Part:
    """Bars that follow each other."""

    name: str
    start: int  # index of its first bar
    end: int  # index after its last bar


def parts(
    ticker: str,
    dates: Sequence[str],
    prices: Floats,
    validation_begin: str,
    holdout_begin: str | None = None,
) -> str:
    """Return the prices with their parts as bands, as markdown.

    Bars before the validation part are the training part. A part without bars is not drawn, and a
    bar is left out if its price is not finite.

    Args:
        ticker: of the bars.
        dates: of all bars, YYYY-MM-DD, oldest first, (n,).
        prices: their prices, shape (n,).
        validation_begin: from this date on, bars choose the winner.
        holdout_begin: from this date on, bars test it; None if the study has no holdout.
    """
    known = np.isfinite(prices)
    days, prices = as_dates(dates)[known], prices[known]
    if len(days) < 2:
        return f"**{literal(ticker)}**: {len(days)} bars are too few to draw."
    found = _parts(days, validation_begin, holdout_begin)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        line = thinned(prices, MOST_POINTS)
        axes.plot(days[line], prices[line], color=BLUE, linewidth=0.9)
        _draw_bands(axes, days, found)
        _leave_room(axes, prices, rows=_draw_labels(axes, days, found))
        axes.set_ylabel("price, adjusted")
        date_axis(axes)

    counts = ", ".join(
        f"{each.name} {each.end - each.start:,} from {days[each.start]}" for each in found
    )
    caption = f"**{literal(ticker)}**: {len(days):,} bars to {days[-1]}: {counts}."
    return f"{caption}\n\n{picture(draw, _HEIGHT, 'Prices by date, with the parts of the study')}"


def _parts(days: Dates, validation_begin: str, holdout_begin: str | None) -> list[_Part]:
    """Return the parts that have bars, oldest first."""
    holdout = len(days)
    if holdout_begin is not None:
        holdout = int(np.searchsorted(days, as_dates([holdout_begin])[0]))
    validation = min(int(np.searchsorted(days, as_dates([validation_begin])[0])), holdout)
    found = [
        _Part("train", 0, validation),
        _Part("validation", validation, holdout),
        _Part("holdout", holdout, len(days)),
    ]
    return [part for part in found if part.start < part.end]


def _draw_bands(axes: Axes, days: Dates, found: Sequence[_Part]) -> None:
    """Shade each part up to the next one; the last bar lasts a day."""
    after = np.append(days, days[-1] + 1)
    for part in found:
        until = after[part.end]
        axes.axvspan(days[part.start], until, color=_BANDS[part.name], linewidth=0, zorder=0)


def _draw_labels(axes: Axes, days: Dates, found: Sequence[_Part]) -> int:
    """Write the name and first date of each part over it, in as many rows as they need.

    The axis is made longer if the last label does not fit.

    Returns:
        The number of rows.
    """
    span = float((days[-1] + 1 - days[0]).astype(int))
    ends: list[float] = []  # of the labels of each row, as a share of the axis
    for part in found:
        begin = float((days[part.start] - days[0]).astype(int)) / span
        row = next((n for n, end in enumerate(ends) if end <= begin), len(ends))
        ends[row : row + 1] = [begin + _LABEL]
        axes.annotate(
            f"{part.name}\n{days[part.start]}",
            (days[part.start], 0.985 - row * _ROW),
            (3, 0),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            va="top",
            color=_LABELS[part.name],
        )
    hours = math.ceil(24 * span * max(1.01, *ends))
    axes.set_xlim(days[0], days[0] + np.timedelta64(hours, "h"))
    return len(ends)


def _leave_room(axes: Axes, prices: Floats, rows: int) -> None:
    """Leave room for the labels over the line."""
    lowest, highest = float(prices.min()), float(prices.max())
    span = highest - lowest or abs(highest) or 1.0
    axes.set_ylim(lowest - 0.05 * span, lowest + 1.05 * span / (0.97 - rows * _ROW))
