"""The training loss of one cell: a small and fast plot, because every partition has one."""

import math
from collections.abc import Sequence

from lstm_assets.plots.image import image

MOST_POINTS = 60
WIDTH, HEIGHT = 236, 56  # CSS pixels
_PEN = 2  # pixels; the line stays inside the picture
_COLOUR = "#3b8fd0"  # the same contrast with white and with the dark theme's black

Point = tuple[int, float]  # epoch, from 1, and its loss


def loss_curve(losses: Sequence[float]) -> str:
    """Return the first, last and lowest loss as text, and the curve of all.

    Args:
        losses: training loss of each epoch, mean squared error in window units. A loss that is
            not finite is left out.

    Returns:
        Markdown of less than 1,000 ASCII characters. The curve has a log scale if the losses span a
        decade or more.
    """
    points = [(epoch, loss) for epoch, loss in enumerate(losses, 1) if math.isfinite(loss)]
    if not points:
        return "No training loss was recorded."
    words = f"Training loss: {_first_last_lowest(points)}"
    if len(points) == 1:
        return f"{words}."
    log = _spans_a_decade(points)
    scale = ", drawn on a log scale" if log else ""
    return f"{words}{scale}.\n\n{image(_svg(_thinned(points), log), 'Training loss by epoch')}"


def _first_last_lowest(points: list[Point]) -> str:
    first, last = points[0], points[-1]
    lowest = min(points, key=lambda point: point[1])
    words = " to ".join(map(_in_epoch, [first, last] if first != last else [first]))
    return words if lowest[1] == last[1] else f"{words}, lowest {_in_epoch(lowest)}"


def _in_epoch(point: Point) -> str:
    return f"{point[1]:.3g} in epoch {point[0]}"


def _spans_a_decade(points: list[Point]) -> bool:
    lowest, highest = min(loss for _, loss in points), max(loss for _, loss in points)
    return lowest > 0 and highest / 10 >= lowest


def _thinned(points: list[Point]) -> list[Point]:
    """Return at most MOST_POINTS points, evenly spread, with the first and the last."""
    steps = min(len(points), MOST_POINTS) - 1
    return [points[round(step * (len(points) - 1) / steps)] for step in range(steps + 1)]


def _svg(points: list[Point], log: bool) -> str:
    heights = [math.log(loss) if log else loss for _, loss in points]
    first, span = points[0][0], points[-1][0] - points[0][0]
    top, fall = max(heights), max(heights) / 2 - min(heights) / 2  # halves: no overflow
    across, down = WIDTH - 2 * _PEN, HEIGHT - 2 * _PEN
    path = "L".join(
        f"{_PEN + across * (epoch - first) / span:.0f},"
        f"{_PEN + down * ((top / 2 - height / 2) / fall if fall else 0.5):.1f}"
        for (epoch, _), height in zip(points, heights, strict=True)
    )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{HEIGHT}'>"
        f"<path d='M{path}' fill='none' stroke='{_COLOUR}' stroke-width='1.5'/></svg>"
    )
