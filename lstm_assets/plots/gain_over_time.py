"""The gain of a tested forecast against the naive one, bar by bar: steady, or of a few bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lstm_assets.data.windows import Floats
from lstm_assets.plots.drawing import BLUE, INK, as_dates, date_axis, picture, thinned
from lstm_assets.plots.markdown import literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_POINTS = 600
_HEIGHT = 300  # CSS pixels


def gain_over_time(
    name: str, dates: Sequence[str], actual: Floats, predicted: Floats, naive: Floats
) -> str:
    """Return the gain up to each bar of the holdout, as markdown.

    The gain up to a bar is the squared error of returns that the forecast has saved so far, as a
    share of the naive forecast's over all bars. So the line ends at the gain that
    evaluation.holdout tests. A bar is left out if its price or one of its forecasts is not finite,
    or if its naive forecast is 0.

    Args:
        name: of the tested forecast, e.g. the winner's CODE_TASK.
        dates: of the holdout's bars, YYYY-MM-DD, oldest first, (H,).
        actual: their prices, shape (H,).
        predicted: the tested forecasts, same shape and unit.
        naive: the naive forecasts, same shape and unit.

    Source: Welch & Goyal (2008), doi:10.1093/rfs/hhm014; their line is not divided by anything
    """
    known = np.isfinite(actual) & np.isfinite(predicted) & np.isfinite(naive) & (naive != 0)
    days = as_dates(dates)[known]
    actual, predicted, naive = actual[known], predicted[known], naive[known]
    if len(days) < 2:
        return f"**{literal(name)}**: {len(days)} bars of the holdout are too few to draw."
    naive_squared = ((actual - naive) / naive) ** 2
    if not naive_squared.any():
        return f"**{literal(name)}**: the naive forecast makes no error on the holdout."
    saved = np.cumsum(naive_squared - ((actual - predicted) / naive) ** 2)
    gains: Floats = saved / naive_squared.sum()
    total = _percent(float(gains[-1]))

    def draw(figure: Figure) -> None:
        from matplotlib.ticker import PercentFormatter

        axes = figure.subplots()
        axes.axhline(0, color=INK, linewidth=0.8)
        line = thinned(gains, MOST_POINTS)
        across, up = np.append(days[0], days[line]), np.append(0.0, gains[line])  # begins at 0
        axes.step(across, up, where="post", color=BLUE)
        axes.set(
            title=f"Gain against naive: {total} in total, rising where the forecast is better",
            ylabel="gain so far",
        )
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
        date_axis(axes)

    caption = (
        f"**{literal(name)}**: gain against naive by bar, {total} in total. {len(days):,} bars of "
        f"the holdout, {days[0]} to {days[-1]}. Where a few bars make the gain, the line has a few "
        "steps."
    )
    return f"{caption}\n\n{picture(draw, _HEIGHT, 'Gain against naive by date')}"


def _percent(share: float) -> str:
    """Return a share in percent; 0 has no sign."""
    return f"{round(share, 3) + 0:.1%}"
