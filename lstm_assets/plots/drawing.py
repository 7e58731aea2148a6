"""Drawing the pictures of the asset pages: their common style, and a figure as markdown."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lstm_assets.data.windows import Floats
from lstm_assets.plots.image import image
from lstm_assets.plots.svg import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType

WIDTH = 960  # CSS pixels: the window in which Dagster shows a picture, on a laptop's screen
PIXELS_AN_INCH = 96  # of CSS

# Okabe and Ito's colours, which people with colour blindness can distinguish too.
INK, BLUE, VERMILLION, SKY, GREY = "#222222", "#0072b2", "#d55e00", "#56b4e9", "#8c8c8c"

DOT = 3.5  # points across
FEW_VALUES = 12  # of an axis, as in a grid; more values are treated as a sample of a range

Dates = np.ndarray[Any, np.dtype[np.datetime64]]

_STYLE: dict[RcKeyType, Any] = {
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.xmargin": 0.01,
    "axes.formatter.useoffset": False,
    "axes.unicode_minus": False,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "xtick.bottom": False,  # the grid lines replace the ticks
    "ytick.left": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "lines.linewidth": 1.0,
    "path.simplify": False,  # the code thins lines itself, and dots must all stay
    "svg.fonttype": "none",  # text as text: a tenth of the size of outlines
    "svg.hashsalt": "lstm_assets",  # the same data gives the same picture
    "text.parse_math": False,  # a $ is a dollar
}


def picture(draw: Callable[[Figure], None], height: int, alt: str) -> str:
    """Return a picture as markdown.

    Args:
        draw: draws into an empty figure.
        height: of the picture, in CSS pixels.
        alt: text for readers that do not show pictures.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # a matplotlibrc of the user must not change the picture
        matplotlib.rcParams.update(_STYLE)
        size = (WIDTH / PIXELS_AN_INCH, height / PIXELS_AN_INCH)
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    return image(shortened(file.getvalue()), alt)


def as_dates(dates: Iterable[str]) -> Dates:
    """Return dates, written YYYY-MM-DD, as an array that matplotlib draws as dates."""
    return np.array(list(dates), dtype="datetime64[D]")


def thinned(values: Floats, most: int) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Return the indices of at most `most` values that draw the same line.

    A longer line is cut into pieces. The lowest and the highest value of each piece are kept, and
    the first and last value of the line.
    """
    if len(values) <= most:
        return np.arange(len(values))
    edges = np.linspace(0, len(values), most // 2).astype(int)
    extremes = [
        start + extreme
        for start, end in pairwise(edges)
        for extreme in (int(values[start:end].argmin()), int(values[start:end].argmax()))
    ]
    return np.unique([0, *extremes, len(values) - 1])


def date_axis(axes: Axes) -> None:
    """Label the horizontal axis with dates; the year appears only once if that is enough."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=4, maxticks=10)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def dots(axes: Axes, across: Floats, up: Floats, color: str, label: str) -> None:
    """Draw one dot per value: a line of length 0 with round ends.

    All dots are one path of the picture; markers would be one element each.
    """
    gap = np.full(len(across), np.nan)
    axes.plot(
        np.column_stack([across, across, gap]).ravel(),
        np.column_stack([up, up, gap]).ravel(),
        color=color,
        linewidth=DOT,
        solid_capstyle="round",
    )
    axes.plot([], [], "o", color=color, markersize=DOT, label=label)  # for the legend


def upper_end(values: Floats, shown: float) -> float:
    """Return the upper end of an axis of errors.

    A search tries many cells with very large errors. On an axis with all of them, the small errors
    could not be distinguished. With more than FEW_VALUES values, the axis therefore ends at 1.25
    times the distance from the smallest value to the median.

    Args:
        values: at least one.
        shown: another value that must be inside the axis, if it is finite.
    """
    lowest = float(values.min())
    end = float(values.max())
    if len(values) > FEW_VALUES:
        end = min(end, lowest + 1.25 * (float(np.median(values)) - lowest))
    return max(end, shown + 0.1 * (shown - lowest)) if np.isfinite(shown) else end


def is_log(values: Floats) -> bool:
    """Return whether a log scale fits the values: they are positive and span a decade or more.

    Many values that are spread evenly do not need one: half of the values from 0 to 0.5 are over
    0.25.
    """
    lowest, highest = float(values.min()), float(values.max())
    even = len(np.unique(values)) > FEW_VALUES and np.median(values) > 0.4 * highest
    return not even and lowest > 0 and highest / 10 >= lowest


def log_axis(axes: Axes, which: Literal["x", "y"], values: Floats) -> bool:
    """Set a log scale on an axis if it fits the values, see is_log.

    Returns:
        Whether the axis has a log scale.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    if not is_log(values):
        return False
    lowest, highest = float(values.min()), float(values.max())
    between = (1, 2, 5) if highest / 200 < lowest else (1,)
    axes.set(**{f"{which}scale": "log"})
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(LogLocator(subs=between, numticks=5))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())
    return True
