"""The MSE of a study's results against each hyperparameter that varies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from lstm_assets.data.windows import Floats
from lstm_assets.plots.drawing import (
    BLUE,
    FEW_VALUES,
    INK,
    SKY,
    VERMILLION,
    dots,
    log_axis,
    picture,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Row = Mapping[str, Any]

MOST_PANELS = 12
MOST_DOTS = 1200  # of all panels together
MOST_LABELS = 6  # of values on an axis
CHARACTERS_A_WORD = 14
_PANELS_A_ROW = 4
_ROW, _LEGEND = 200, 30  # CSS pixels
_SPREAD = 0.05  # of the axis, to each side: results of one value are drawn beside each other


@dataclass(frozen=True, slots=True)
class _Panel:
    """The results with one hyperparameter, the best first."""

    name: str
    at: Floats  # the place of each on the axis; for a word, its index in `words`
    mse: Floats
    words: list[str]  # labels of the axis instead of numbers; empty for numbers
    winner: int | None  # index of the marked result


def mse_by_hyperparameter(
    rows: Sequence[Row], names: Sequence[str], mse_naive: float, winner: str
) -> str:
    """Return a panel for each hyperparameter that varies, as markdown.

    Args:
        rows: one per result: `code_task`, `mse` in price units squared, and its hyperparameters
            by name, numbers or words. A row without a finite MSE is left out, and a row with a
            number that is not finite is left out of that panel.
        names: of the hyperparameters; the first MOST_PANELS that vary are drawn.
        mse_naive: the naive forecast's MSE, drawn as a line if it is finite.
        winner: the code_task of the result to mark.
    """
    scored = sorted((row for row in rows if _finite(row.get("mse"))), key=lambda row: row["mse"])
    varying = [panel for name in names if (panel := _panel(name, scored, winner))]
    if not varying:
        return f"No hyperparameter varies between the {len(scored):,} results."
    panels = varying[:MOST_PANELS]
    down = math.ceil(len(panels) / _PANELS_A_ROW)
    most = MOST_DOTS // len(panels)

    def draw(figure: Figure) -> None:
        _draw(figure, panels, down, most, mse_naive)

    results, which = _results(len(scored), most), _hyperparameters(len(panels), len(varying))
    drawn = picture(draw, _LEGEND + _ROW * down, "MSE by hyperparameter")
    return f"{results} against {which}.\n\n{drawn}"


def _results(results: int, most: int) -> str:
    drawn = f" ({most} of them drawn, evenly from best to worst)" if results > most else ""
    return f"MSE of {results:,} results{drawn}"


def _hyperparameters(panels: int, varying: int) -> str:
    if panels < varying:
        return f"{panels} of the {varying} hyperparameters that vary"
    return "each hyperparameter that varies"


def _finite(value: object) -> bool:
    return isinstance(value, Real) and math.isfinite(value)


def _panel(name: str, scored: list[Row], winner: str) -> _Panel | None:
    """Return the panel of a hyperparameter; None if it does not vary."""
    rows = [row for row in scored if isinstance(row.get(name), str) or _finite(row.get(name))]
    values = [row[name] for row in rows]
    if len(set(values)) < 2:
        return None
    words: list[str] = []
    if any(isinstance(value, str | bool) for value in values):
        words = sorted({str(value) for value in values})
        index = {word: float(place) for place, word in enumerate(words)}
        values = [index[str(value)] for value in values]
    marked = [place for place, row in enumerate(rows) if row["code_task"] == winner]
    return _Panel(
        name=name,
        at=np.array(values, dtype=np.float64),
        mse=np.array([row["mse"] for row in rows], dtype=np.float64),
        words=words,
        winner=marked[0] if marked else None,
    )


def _draw(figure: Figure, panels: list[_Panel], down: int, most: int, mse_naive: float) -> None:
    grid = figure.subplots(down, math.ceil(len(panels) / down), sharey=True, squeeze=False)
    for axes in grid.flat[len(panels) :]:
        axes.remove()
    for axes, panel in zip(grid.flat, panels, strict=False):
        _draw_panel(axes, panel, most, mse_naive)
    naive = [mse_naive] if math.isfinite(mse_naive) else []
    log = log_axis(grid[0, 0], "y", np.concatenate([*(panel.mse for panel in panels), naive]))
    for axes in grid[:, 0]:
        axes.set_ylabel(f"MSE, price squared{', log' if log else ''}")
    entries = [axes.get_legend_handles_labels() for axes in grid.flat]
    legend = {label: handle for pair in entries for handle, label in zip(*pair, strict=True)}
    figure.legend(legend.values(), legend.keys(), loc="outside upper right", ncols=len(legend))


def _draw_panel(axes: Axes, panel: _Panel, most: int, mse_naive: float) -> None:
    log = not panel.words and log_axis(axes, "x", panel.at)
    axes.set_xlabel(f"{panel.name}, log" if log else panel.name)
    values = np.unique(panel.at)
    few = len(values) <= FEW_VALUES
    shown = np.linspace(0, len(panel.at) - 1, min(most, len(panel.at))).astype(int)
    at = _spread(panel.at[shown], log) if few else panel.at[shown]
    dots(axes, at, panel.mse[shown], SKY, "a result")
    _groups(axes, panel, values)
    if math.isfinite(mse_naive):
        axes.axhline(mse_naive, color=VERMILLION, linestyle="--", label="naive")
    if panel.winner is not None:
        place = [panel.at[panel.winner]], [panel.mse[panel.winner]]
        axes.plot(*place, "*", color=BLUE, markersize=11, zorder=3, label="winner")
    axes.margins(x=0.1 if few else 0.04)
    if panel.words:
        _label(axes, panel.words)
    elif len(values) <= MOST_LABELS:
        axes.set_xticks(values, [f"{value:.10g}" for value in values])


def _label(axes: Axes, words: list[str]) -> None:
    """Write words below their places, slanted if they are long, and only some if they are many."""
    shown = range(0, len(words), math.ceil(len(words) / FEW_VALUES))
    short = [words[place][:CHARACTERS_A_WORD] for place in shown]
    slant = sum(map(len, short)) > 2 * CHARACTERS_A_WORD
    axes.set_xticks(shown, short, rotation=40 if slant else 0, ha="right" if slant else "center")


def _groups(axes: Axes, panel: _Panel, values: Floats) -> None:
    """Draw the median and the best MSE of each value; with many numbers, of groups of neighbours.

    There are FEW_VALUES groups, each with about the same number of results.
    """
    by_value = bool(panel.words) or len(values) <= FEW_VALUES
    if by_value:
        groups = [np.flatnonzero(panel.at == value) for value in values]
    else:
        groups = np.array_split(np.argsort(panel.at, kind="stable"), FEW_VALUES)
    at = [float(np.median(panel.at[group])) for group in groups]
    for label, of, width in (("median", np.median, 1.4), ("best", np.min, 0.7)):
        axes.plot(
            at,
            [float(of(panel.mse[group])) for group in groups],
            color=INK,
            linewidth=width,
            linestyle="none" if panel.words else "-",
            marker="_" if by_value else "",
            markersize=14,
            label=label,
        )


def _spread(at: Floats, log: bool) -> Floats:
    """Return places with results of one value beside each other: evenly, in a narrow band."""
    beside = _SPREAD * (2 * (np.arange(len(at)) * 0.618034 % 1) - 1)
    if log:
        moved: Floats = at * (at.max() / at.min()) ** beside
    else:
        moved = at + beside * (at.max() - at.min())
    return moved
