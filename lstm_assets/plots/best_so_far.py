"""The progress of a search: every cell in the order of its number, and the best so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from lstm_assets.data.windows import Floats
from lstm_assets.plots.drawing import (
    BLUE,
    GREY,
    SKY,
    VERMILLION,
    dots,
    log_axis,
    picture,
    upper_end,
)
from lstm_assets.plots.markdown import literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_DOTS = 1500
MOST_STROKES = 400  # of failed cells, and of cells over the upper end
MOST_ROUNDS = 60  # with more rounds, none is shaded
_HEIGHT = 340  # CSS pixels
_CHARACTER = 0.0075  # width of a character, as a share of the axis


@dataclass(frozen=True, slots=True)
class Point:
    """A cell that has a result or failed."""

    code_task: str
    number: int  # the number in its CODE_TASK
    mse: float | None  # price units squared; None: it failed
    is_partial: bool = False  # whether it was stopped early; then it cannot be the best
    method: str = ""  # the search method that proposed it
    round: int = 0  # the round of that method


def best_so_far(points: Sequence[Point], mse_naive: float, winner: str) -> str:
    """Return a plot of the cells by number, and the best MSE up to each, as markdown.

    Args:
        points: in the order of their numbers; a point with an MSE that is not finite is left out.
        mse_naive: the naive forecast's MSE, drawn as a line if it is finite.
        winner: the code_task to mark.
    """
    points = [each for each in points if each.mse is None or math.isfinite(each.mse)]
    whole = [each for each in points if each.mse is not None and not each.is_partial]
    partial = [each for each in points if each.mse is not None and each.is_partial]
    failed = [each for each in points if each.mse is None]
    if not whole:
        return "No cell has a result that counts yet."
    best = _improvements(whole)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        end = upper_end(_mses(whole), mse_naive)
        _draw_rounds(axes, points)
        _draw_cells(axes, partial, end, GREY, "stopped early")
        _draw_cells(axes, whole, end, SKY, "a result")
        _draw_edge(axes, [each for each in [*partial, *whole] if (each.mse or 0) > end], end)
        _draw_failed(axes, failed)
        steps = [*best, Point("", points[-1].number, best[-1].mse)]
        seen = [each for each in steps if (each.mse or 0) <= end]
        axes.step(_numbers(seen), _mses(seen), where="post", color=BLUE, label="best so far")
        if math.isfinite(mse_naive):
            axes.axhline(mse_naive, color=VERMILLION, linestyle="--", label="naive")
        marked = [each for each in whole if each.code_task == winner and (each.mse or 0) <= end]
        for each in marked:
            place = [each.number], [each.mse or 0.0]
            axes.plot(*place, "*", color=BLUE, markersize=11, zorder=3, label="winner")
        _set_axes(axes, whole, end, mse_naive)
        figure.legend(loc="outside upper right", ncols=7)

    counted = [f"{len(whole):,} results"]
    counted += [f"{len(failed):,} failed"] if failed else []
    counted += [f"{len(partial):,} stopped early, which do not count"] if partial else []
    first = f"**{literal(best[-1].code_task)}**, is number {best[-1].number:,}"
    caption = f"Best MSE so far by cell: {', '.join(counted)}. The best, {first}."
    return f"{caption}\n\n{picture(draw, _HEIGHT, 'Best MSE so far by cell')}"


def _improvements(whole: Sequence[Point]) -> list[Point]:
    """Return the cells that are better than all cells before them."""
    found: list[Point] = []
    for each in whole:
        if not found or (each.mse or 0) < (found[-1].mse or 0):
            found.append(each)
    return found


def _numbers(points: Sequence[Point]) -> Floats:
    return np.array([each.number for each in points], dtype=np.float64)


def _mses(points: Sequence[Point]) -> Floats:
    return np.array([each.mse for each in points], dtype=np.float64)


def _sample(points: Sequence[Point], most: int) -> list[Point]:
    """Return at most `most` points, evenly spread."""
    kept = np.linspace(0, len(points) - 1, min(len(points), most)).astype(int)
    return [points[at] for at in kept]


def _draw_cells(axes: Axes, cells: Sequence[Point], end: float, color: str, label: str) -> None:
    seen = _sample([each for each in cells if (each.mse or 0) <= end], MOST_DOTS)
    if seen:
        dots(axes, _numbers(seen), _mses(seen), color, label)


def _draw_edge(axes: Axes, over: Sequence[Point], end: float) -> None:
    if over:
        _strokes(axes, over, (0.97, 1.0), SKY, f"over {end:.4g}: {len(over):,}")


def _draw_failed(axes: Axes, failed: Sequence[Point]) -> None:
    if failed:
        _strokes(axes, failed, (0.0, 0.045), VERMILLION, "failed")


def _strokes(
    axes: Axes, points: Sequence[Point], between: tuple[float, float], color: str, label: str
) -> None:
    """Draw one stroke per cell at an edge of the axes, all as one path."""
    numbers = _numbers(_sample(points, MOST_STROKES))
    axes.plot(
        np.repeat(numbers, 3),
        np.tile([*between, np.nan], len(numbers)),
        color=color,
        linewidth=1.4,
        transform=axes.get_xaxis_transform(),
        label=label,
    )


def _draw_rounds(axes: Axes, points: Sequence[Point]) -> None:
    """Shade every second round, and write the method and number over each round."""
    rounds = [list(each) for _, each in groupby(points, key=lambda each: (each.method, each.round))]
    if len(rounds) < 2 or len(rounds) > MOST_ROUNDS:
        return
    last, method, label_end = points[-1].number, "", 0.0
    character = _CHARACTER * (last - points[0].number + 1)
    for at, cells in enumerate(rounds):
        begin = cells[0].number - 0.5
        after = rounds[at + 1][0].number - 0.5 if at + 1 < len(rounds) else last + 0.5
        if at % 2:
            axes.axvspan(begin, after, color="#f2f2f2", linewidth=0, zorder=0)
        if begin < label_end:
            continue  # there is no room for a label
        label = str(cells[0].round)
        if cells[0].method != method:
            method = cells[0].method
            label = f"{method or 'no method'}, round {label}"
        axes.text(begin, 1.01, label, transform=axes.get_xaxis_transform(), color=GREY)
        label_end = begin + character * (len(label) + 2)


def _set_axes(axes: Axes, whole: Sequence[Point], end: float, mse_naive: float) -> None:
    from matplotlib.ticker import MaxNLocator

    values = np.minimum(_mses(whole), end)
    if math.isfinite(mse_naive):
        values = np.append(values, mse_naive)
    log = log_axis(axes, "y", values)
    lowest, highest = float(values.min()), max(end, float(values.max()))
    room = 0.07 * (highest - lowest) or 0.07 * abs(highest) or 1.0
    axes.set_ylim(lowest * (lowest / highest) ** 0.07 if log else lowest - room, highest + room / 2)
    axes.set_ylabel(f"MSE, price squared{', log' if log else ''}")
    axes.set_xlabel("cell, by the number of its CODE_TASK")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
