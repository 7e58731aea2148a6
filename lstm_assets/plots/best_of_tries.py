"""What luck alone would show: the best of many tries that are no better than naive."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lstm_assets.data.windows import Floats
from lstm_assets.evaluation.holdout import short
from lstm_assets.plots.drawing import BLUE, SKY, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_BARS = 60  # of the histogram
_HEIGHT = 300  # CSS pixels
_PALE = "#cfcfcf"


def best_of_tries(draws: Floats, t: float, p_value: float, tries: int) -> str:
    """Return a histogram of the largest t by luck, with this study's t as a line, as markdown.

    Args:
        draws: the largest t of all tries in each draw of a bootstrap in which no try is better than
            naive, shape (B,). A draw that is not finite is left out.
        t: this study's: the largest of its tries.
        p_value: of t, against the draws.
        tries: how many were made.
    """
    draws = draws[np.isfinite(draws)]
    count = "1 try" if tries == 1 else f"{tries:,} tries"
    if not len(draws):
        return f"The luck of the best of {count} is not known: there are no draws."
    if not (math.isfinite(t) and math.isfinite(p_value)):
        return f"The best of {count} has no t to draw."
    found = f"t = {round(t, 1) + 0:.1f}, p {short(p_value)} after {count}"

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        edges = _edges(draws, t)
        _draw_bars(axes, draws[draws < t], edges, _PALE, "by luck, smaller")
        _draw_bars(axes, draws[draws >= t], edges, SKY, "by luck, as large")
        axes.axvline(t, color=BLUE, linewidth=1.6)
        _set_axes(axes, edges, t)
        _draw_label(axes, t, f"this study: {found}")
        axes.set_xlabel(f"largest t of {count}, if none is better than naive")
        figure.legend(loc="outside upper right", ncols=2)

    caption = (
        f"The best of {count}, if none is better than naive, in {len(draws):,} draws of a "
        f"bootstrap. This study: {found}."
    )
    return f"{caption}\n\n{picture(draw, _HEIGHT, 'Largest t by luck, and of this study')}"


def _edges(draws: Floats, t: float) -> Floats:
    """Return the edges of the bars; t is one of them if it is among the draws."""
    low, high = float(draws.min()), float(draws.max())
    bars = min(MOST_BARS, math.ceil(2 * math.sqrt(len(draws))))
    width = (high - low) / bars
    anchor = t if low <= t <= high else low
    if width < 1e-9 * max(abs(low), abs(high), 1.0):  # all are the same: one bar, room beside it
        width, anchor = 0.02 * max(abs(low), abs(t - low), 1.0), low
        low, high = low - 9 * width, high + 9 * width
    first, last = math.floor((low - anchor) / width), math.floor((high - anchor) / width) + 1
    edges = anchor + width * np.arange(first, last + 1, dtype=np.float64)
    edges[0], edges[-1] = min(edges[0], low), max(edges[-1], high)  # rounding loses no draw
    return edges


def _draw_bars(axes: Axes, draws: Floats, edges: Floats, color: str, label: str) -> None:
    """Draw the bars, all as one path."""
    if not len(draws):
        return
    counts, _ = np.histogram(draws, edges)
    filled = np.flatnonzero(counts)
    first, end = filled[0], filled[-1] + 1
    axes.stairs(
        counts[first:end],
        edges[first : end + 1],
        fill=True,
        color=color,
        linewidth=0,
        label=label,
    )


def _set_axes(axes: Axes, edges: Floats, t: float) -> None:
    from matplotlib.ticker import MaxNLocator

    low, high = min(float(edges[0]), t), max(float(edges[-1]), t)
    axes.set_xlim(low - 0.03 * (high - low), high + 0.03 * (high - low))
    axes.set_ylim(0, 1.2 * axes.dataLim.y1)  # with room for the label
    axes.set_axisbelow(True)
    axes.set_ylabel("draws")
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_formatter("{x:,.0f}")


def _draw_label(axes: Axes, t: float, label: str) -> None:
    """Write the label at the top of the line, on the side with more room."""
    left, right = axes.get_xlim()
    is_right = t - left < right - t
    axes.annotate(
        label,
        (t, 0.97),
        (6 if is_right else -6, 0),
        xycoords=axes.get_xaxis_transform(),
        textcoords="offset points",
        ha="left" if is_right else "right",
        va="top",
        color=BLUE,
    )
