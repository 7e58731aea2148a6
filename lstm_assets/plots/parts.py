"""The parts of a study's bars on its prices: train, validation and holdout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lstm_assets.data.windows import Floats
from lstm_assets.plots.drawing import (
    BLUE,
    GREY,
    INK,
    SKY,
    VERMILLION,
    as_dates,
    date_axis,
    picture,
    thinned,
)
from lstm_assets.plots.markdown import literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_POINTS = 1800  # of the line
_HEIGHT = 320  # CSS pixels
_COLORS = {"train": GREY, "validation": SKY, "holdout": VERMILLION}


def parts(ticker: str, dates: Sequence[str], prices: Floats, starts: dict[str, int]) -> str:
    """Return the prices as markdown, with the parts of the bars shaded.

    Args:
        ticker: of the bars.
        dates: YYYY-MM-DD, oldest first, (n,).
        prices: the series that is forecast, shape (n,).
        starts: position of the first bar of each part, in order; a part without bars is left out.
    """
    days = as_dates(dates)
    if len(days) < 2:
        return f"**{literal(ticker)}**: {len(days)} bars are too few to draw."
    ends = [*list(starts.values())[1:], len(days)]
    found = {
        name: (start, end)
        for (name, start), end in zip(starts.items(), ends, strict=True)
        if end > start
    }

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        line = thinned(prices, MOST_POINTS)
        axes.plot(days[line], prices[line], color=BLUE, linewidth=0.9)
        axes.set_ylabel("price")
        for name, (start, end) in found.items():
            last = days[min(end, len(days) - 1)]
            axes.axvspan(days[start], last, color=_COLORS.get(name, GREY), alpha=0.12, linewidth=0)
            middle = days[start] + (last - days[start]) / np.int64(2)
            axes.text(
                middle, 1.01, name, transform=axes.get_xaxis_transform(), ha="center", color=INK
            )
        date_axis(axes)

    told = "; ".join(
        f"{name} {end - start:,} bars from {days[start]}" for name, (start, end) in found.items()
    )
    return f"**{literal(ticker)}**: {told}.\n\n{picture(draw, _HEIGHT, 'Parts of the bars')}"
