"""Every result as a line through its hyperparameters, the best ones on top."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lstm_assets.data.windows import Floats
from lstm_assets.plots.drawing import (
    BLUE,
    FEW_VALUES,
    GREY,
    INK,
    SKY,
    VERMILLION,
    is_log,
    picture,
    upper_end,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Row = Mapping[str, Any]

MOST_AXES = 12
MOST_POINTS = 2400  # of all lines together
MOST_TICKS = 10
CHARACTERS_A_WORD = 12
_HEIGHT = 380  # CSS pixels
_BAND = 0.03  # of an axis, to each side: lines through one value are drawn beside each other
_ABSENT = -0.12  # place of a result that does not have the hyperparameter
_PALE = "#cfcfcf"


@dataclass(frozen=True, slots=True)
class _Axis:
    """A vertical axis."""

    name: str
    places: Floats  # of each result, the best first: 0 to 1, or _ABSENT
    ticks: list[tuple[float, str]]  # place and label


def parallel_coordinates(
    rows: Sequence[Row], names: Sequence[str], mse_naive: float, winner: str
) -> str:
    """Return the results as lines, with one axis per hyperparameter that varies and one for MSE.

    Args:
        rows: one per result, the best first: `code_task`, `mse` in price units squared,
            `is_partial` if it was stopped early, and its hyperparameters by name, numbers or
            words. A row without a finite MSE is left out.
        names: of the hyperparameters; the first MOST_AXES that vary are drawn.
        mse_naive: the naive forecast's MSE, inside the axis of MSE if it is finite.
        winner: the code_task of the line to mark.
    """
    scored = [row for row in rows if isinstance(row["mse"], int | float) and _finite(row["mse"])]
    varying = [axis for name in names if (axis := _axis(name, scored))]
    if not varying:
        return f"No hyperparameter varies between the {len(scored):,} results."
    axes = [*varying[:MOST_AXES], _mse_axis(scored, mse_naive)]
    most = MOST_POINTS // len(axes)
    shown = np.linspace(0, len(scored) - 1, min(most, len(scored))).astype(int)

    def draw(figure: Figure) -> None:
        canvas = figure.subplots()
        _draw_lines(canvas, axes, scored, shown, winner)
        _draw_axes(canvas, axes)
        figure.legend(loc="outside upper right", ncols=5)

    drawn = f" ({len(shown)} drawn, evenly from best to worst)" if len(shown) < len(scored) else ""
    which = f"{len(axes) - 1} of the {len(varying)}" if len(axes) - 1 < len(varying) else "the"
    caption = f"{len(scored):,} results{drawn} as lines through {which} hyperparameters that vary."
    return (
        f"{caption}\n\n{picture(draw, _HEIGHT, 'Results as lines through their hyperparameters')}"
    )


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _axis(name: str, scored: Sequence[Row]) -> _Axis | None:
    """Return the axis of a hyperparameter; None if it does not vary."""
    values = [row.get(name) for row in scored]
    given = [value for value in values if value is not None]
    if len({str(value) for value in values}) < 2:
        return None
    if all(_finite(value) for value in given):
        return _numbers_axis(name, values)
    words = sorted({str(value) for value in given})
    step = 1 / max(len(words) - 1, 1)
    place = {word: at * step for at, word in enumerate(words)}
    places = np.array([_ABSENT if v is None else place[str(v)] for v in values])
    skip = math.ceil(len(words) / FEW_VALUES)
    ticks = [(place[word], word[:CHARACTERS_A_WORD]) for word in words[::skip]]
    return _Axis(name, _fanned_out(places, len(words)), _with_absent(ticks, places))


def _numbers_axis(name: str, values: Sequence[Any]) -> _Axis:
    given = np.array([value for value in values if value is not None], dtype=np.float64)
    log = is_log(given)
    distinct = np.unique(given)
    low, high = (float(each) for each in _scaled(distinct[[0, -1]], log))

    def place(value: float) -> float:
        scaled = math.log(value) if log else value
        return (scaled - low) / (high - low) if high > low else 0.5

    places = np.array([_ABSENT if value is None else place(value) for value in values])
    marks = distinct if len(distinct) <= MOST_TICKS else _round_numbers(distinct, log)
    ticks = [(place(float(mark)), f"{mark:.6g}") for mark in marks]
    label = f"{name}, log" if log else name
    return _Axis(label, _fanned_out(places, len(distinct)), _with_absent(ticks, places))


def _mse_axis(scored: Sequence[Row], mse_naive: float) -> _Axis:
    mses = np.array([row["mse"] for row in scored], dtype=np.float64)
    end = upper_end(mses, mse_naive)
    low = min(float(mses.min()), mse_naive if math.isfinite(mse_naive) else math.inf)
    span = end - low or 1.0
    places = (np.minimum(mses, end) - low) / span
    over = end < float(mses.max())
    ticks = [
        ((mark - low) / span, f"{mark:.6g}")
        for mark in _round_numbers(np.array([low, end]), log=False)
        if mark < low + 0.94 * span
    ]
    return _Axis("MSE", places, [*ticks, (1.0, f"{end:.4g}{' and over' if over else ''}")])


def _scaled(values: Floats, log: bool) -> Floats:
    return np.log(values) if log else values


def _round_numbers(values: Floats, log: bool) -> list[float]:
    from matplotlib.ticker import LogLocator, MaxNLocator

    low, high = float(values.min()), float(values.max())
    between = (1, 2, 5) if high / 1000 < low else (1,)
    locator = LogLocator(subs=between, numticks=9) if log else MaxNLocator(5)
    inside = [float(mark) for mark in locator.tick_values(low, high) if low <= mark <= high]
    return inside or [low, high]


def _with_absent(ticks: list[tuple[float, str]], places: Floats) -> list[tuple[float, str]]:
    return [*ticks, (_ABSENT, "none")] if (places == _ABSENT).any() else ticks


def _fanned_out(places: Floats, values: int) -> Floats:
    """Return places with lines through one value beside each other, the best at the bottom.

    With more than FEW_VALUES values, the places do not change.
    """
    if values > FEW_VALUES:
        return places
    moved = places.copy()
    band = min(_BAND, 0.3 / values)
    for value in np.unique(places):
        at = np.flatnonzero(places == value)
        moved[at] = value + np.linspace(-band, band, len(at)) if len(at) > 1 else value
    return moved


def _draw_lines(
    canvas: Axes, axes: Sequence[_Axis], scored: Sequence[Row], shown: Any, winner: str
) -> None:
    """Draw the lines of the worst results first, each class of results as one path."""
    whole = [at for at, row in enumerate(scored) if not row.get("is_partial")]
    rank = {at: place / len(whole) for place, at in enumerate(whole)}
    classes = [
        ("stopped early", GREY, 0.6, [at for at in shown if at not in rank]),
        ("the rest", _PALE, 0.8, [at for at in shown if rank.get(at, -1.0) >= 0.3]),
        ("next fifth", SKY, 0.8, [at for at in shown if 0.1 <= rank.get(at, -1.0) < 0.3]),
        ("best tenth", BLUE, 1.0, [at for at in shown if 0.0 <= rank.get(at, -1.0) < 0.1]),
        ("winner", VERMILLION, 2.2, [n for n, r in enumerate(scored) if r["code_task"] == winner]),
    ]
    across = np.append(np.arange(len(axes), dtype=np.float64), np.nan)
    for label, color, width, lines in reversed([each for each in reversed(classes) if each[3]]):
        up = [[*(axis.places[at] for axis in axes), np.nan] for at in lines]
        canvas.plot(
            np.tile(across, len(lines)),
            np.array(up).ravel(),
            color=color,
            linewidth=width,
            linestyle=":" if label == "stopped early" else "-",
            label=label,
        )


def _draw_axes(canvas: Axes, axes: Sequence[_Axis]) -> None:
    canvas.set_axis_off()
    last = len(axes) - 1
    canvas.set_xlim(-0.35, last + 0.35 + 0.02 * len(axes))
    lowest = min(place for axis in axes for place, _ in axis.ticks)
    canvas.set_ylim(min(-0.06, lowest - 0.05), 1.06)
    for at, axis in enumerate(axes):
        canvas.plot([at, at], [0, 1], color=GREY, linewidth=1.0, zorder=1.5)
        for place, label in axis.ticks:
            canvas.text(
                at + (0.03 if at == last else -0.03),
                place,
                label,
                ha="left" if at == last else "right",
                va="center",
                color=INK,
                zorder=3,
                fontsize=7.5,
                bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.6},
            )
        canvas.text(at, 1.1, axis.name, ha="center", va="bottom", color=INK, zorder=3)
