"""A ticker's adjusted prices over time, and the dates of the bars that were dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lstm_assets.data.windows import price_series as prices_of
from lstm_assets.plots.drawing import BLUE, VERMILLION, as_dates, date_axis, picture, thinned
from lstm_assets.plots.markdown import literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POINTS = 1800  # of the line: about two per column of pixels
MOST_MARKS = 400  # per rule
_HEIGHT, _HEIGHT_RULE = 340, 24  # CSS pixels


def price_series(ticker: str, bars: pd.DataFrame, dropped: pd.DataFrame, price: str) -> str:
    """Return the adjusted series as markdown, with a row of marks for each rule that dropped bars.

    Args:
        ticker: of the bars.
        bars: `Adjusted.bars`.
        dropped: `Adjusted.dropped`; bars outside the study are not drawn.
        price: the price of a bar to draw, mid or close.
    """
    dates, prices = as_dates(bars["date"]), prices_of(bars, price)
    known = np.isfinite(prices)
    dates, prices = dates[known], prices[known]
    if len(prices) < 2:
        return f"**{literal(ticker)}**: {len(prices)} adjusted bars are too few to draw."
    inside = dropped[dropped["rule"] != "dropped_outside_study"]
    rules = {_words(str(rule)): frame for rule, frame in inside.groupby("rule", sort=False)}

    def draw(figure: Figure) -> None:
        heights = [_HEIGHT, *[_HEIGHT_RULE] * len(rules)]
        panels = figure.subplots(len(heights), sharex=True, height_ratios=heights, squeeze=False)
        line = thinned(prices, MOST_POINTS)
        panels[0, 0].plot(dates[line], prices[line], color=BLUE, linewidth=0.9)
        panels[0, 0].set_ylabel(f"{price} price, adjusted")
        for axes, (words, frame) in zip(panels[1:, 0], rules.items(), strict=True):
            _mark(axes, words, frame)
        date_axis(panels[-1, 0])

    counts = ", ".join(f"{words} {len(frame):,}" for words, frame in rules.items())
    caption = (
        f"**{literal(ticker)}**: {len(prices):,} adjusted bars, {dates[0]} to {dates[-1]}. "
        f"Dropped: {counts or 'none'}."
    )
    height = _HEIGHT + 40 + _HEIGHT_RULE * len(rules)
    return f"{caption}\n\n{picture(draw, height, 'Adjusted prices by date')}"


def _words(rule: str) -> str:
    return rule.removeprefix("dropped_").replace("_", " ")


def _mark(axes: Axes, words: str, frame: pd.DataFrame) -> None:
    """Draw a row of strokes, one per date."""
    dates = np.unique(as_dates(frame["date"]))
    dates = dates[thinned(np.arange(len(dates), dtype=np.float64), MOST_MARKS)]
    # All strokes are one path with gaps; as markers, each would be a separate element.
    across = np.repeat(dates, 3)
    up = np.tile([0.15, 0.85, np.nan], len(dates))
    axes.plot(across, up, color=VERMILLION, linewidth=1.2)
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    axes.set_ylabel(words, rotation=0, ha="right", va="center")
