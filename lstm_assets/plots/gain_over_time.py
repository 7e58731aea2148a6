"""How a tested forecast gained on the naive one, bar by bar of the holdout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lstm_assets.data.windows import Floats
from lstm_assets.plots.drawing import BLUE, INK, as_dates, date_axis, picture, thinned

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_POINTS = 1800  # of the line
_HEIGHT = 280  # CSS pixels


def gain_over_time(dates: Sequence[str], actual: Floats, predicted: Floats, naive: Floats) -> str:
    """Return the gain so far by date, as markdown: the share of naive's squared errors saved.

    A gain that comes from a few bars shows as steps.

    Args:
        dates: of the holdout, YYYY-MM-DD, oldest first, (H,).
        actual: prices, shape (H,).
        predicted: the tested forecast, same shape and unit.
        naive: the last seen prices, same shape and unit.

    Source: Welch & Goyal (2008), A comprehensive look at the empirical performance of equity
    premium prediction, Review of Financial Studies 21(4):1455-1508, figure 1
    """
    days = as_dates(dates)
    if len(days) < 2:
        return f"{len(days)} bars of the holdout are too few to draw."
    saved = ((actual - naive) / naive) ** 2 - ((actual - predicted) / naive) ** 2
    total = float((((actual - naive) / naive) ** 2).sum())
    so_far = np.cumsum(saved) / total * 100 if total else np.zeros(len(days))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        line = thinned(so_far, MOST_POINTS)
        axes.plot(days[line], so_far[line], color=BLUE, drawstyle="steps-post")
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.set_ylabel("gain so far, % of all")
        date_axis(axes)

    caption = (
        f"Gain over the naive forecast on {len(days):,} bars that no search saw: "
        f"{so_far[-1]:.1f}% in the end. Above 0, the tested forecast was closer."
    )
    return f"{caption}\n\n{picture(draw, _HEIGHT, 'Gain on the holdout by date')}"
