"""The finalists: how far each one's MSE depends on its seed, beside the naive forecast's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lstm_assets.data.windows import Floats
from lstm_assets.plots.drawing import INK, SKY, VERMILLION, dots, log_axis, picture
from lstm_assets.plots.markdown import literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 20
MOST_DOTS = 1200  # of all rows together
_ROW, _REST = 26, 76  # CSS pixels
_SPREAD = 0.16  # of a row, to each side: dots of similar MSEs are drawn over each other


def finalists(mses: Mapping[str, Sequence[float]], mse_naive: float) -> str:
    """Return a row for each finalist with a dot for each seed, as markdown.

    Args:
        mses: of each finalist, by CODE_TASK, the MSE of each of its seeds, in price units squared.
            The rows have the same order. An MSE that is not finite is left out, and so is a
            finalist without any; the first MOST_ROWS are drawn.
        mse_naive: the naive forecast's MSE on the same bars, drawn as a line if it is finite.
    """
    finite = {name: _finite(of_seeds) for name, of_seeds in mses.items()}
    scored = {name: of_seeds for name, of_seeds in finite.items() if len(of_seeds)}
    if not scored:
        return "No finalist has a result yet."
    rows = dict(list(scored.items())[:MOST_ROWS])

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        _draw_seeds(axes, list(rows.values()))
        _draw_means(axes, list(rows.values()))
        if math.isfinite(mse_naive):
            axes.axvline(mse_naive, color=VERMILLION, linestyle="--", label="naive")
        _set_axes(axes, rows, mse_naive)
        figure.legend(loc="outside upper right", ncols=3)

    best = min(scored, key=lambda name: float(scored[name].mean()))
    naive = f", naive {mse_naive:.6g}" if math.isfinite(mse_naive) else ""
    first = f" The first {MOST_ROWS} of {len(scored)} are shown." if len(scored) > MOST_ROWS else ""
    caption = (
        f"MSE of {_count(len(scored), 'finalist')} with {_seeds(scored)}. The lowest mean, "
        f"**{literal(best)}**, is {float(scored[best].mean()):.6g}{naive}.{first}"
    )
    height = _REST + _ROW * len(rows)
    return f"{caption}\n\n{picture(draw, height, 'MSE of each seed of the finalists')}"


def _finite(of_seeds: Sequence[float]) -> Floats:
    found = np.array(of_seeds, dtype=np.float64)
    return found[np.isfinite(found)]


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'s' * (number != 1)}"


def _seeds(scored: Mapping[str, Floats]) -> str:
    fewest, most = (f(len(of_seeds) for of_seeds in scored.values()) for f in (min, max))
    if fewest < most:
        return f"{fewest:,} to {most:,} seeds each"
    return f"{_count(most, 'seed')}{' each' * (len(scored) > 1)}"


def _draw_seeds(axes: Axes, rows: Sequence[Floats]) -> None:
    across, up = [], []
    for row, of_seeds in enumerate(rows):
        most = min(len(of_seeds), MOST_DOTS // len(rows))
        shown = np.sort(of_seeds)[np.linspace(0, len(of_seeds) - 1, most).astype(int)]
        beside = 2 * (np.arange(most) * 0.618034 % 1) - 1 if most > 1 else np.zeros(1)
        across.append(shown)
        up.append(row + _SPREAD * beside)
    dots(axes, np.concatenate(across), np.concatenate(up), SKY, "a seed")


def _draw_means(axes: Axes, rows: Sequence[Floats]) -> None:
    """Draw a stroke across each row, all as one path."""
    means = np.array([of_seeds.mean() for of_seeds in rows])
    at = np.arange(len(rows), dtype=np.float64)
    axes.plot(
        np.repeat(means, 3),
        np.column_stack([at - 0.3, at + 0.3, np.full(len(rows), np.nan)]).ravel(),
        color=INK,
        linewidth=1.6,
        label="mean of the seeds",
    )


def _set_axes(axes: Axes, rows: Mapping[str, Floats], mse_naive: float) -> None:
    naive = [mse_naive] if math.isfinite(mse_naive) else []
    log = log_axis(axes, "x", np.concatenate([*rows.values(), naive]))
    axes.margins(x=0.03)
    axes.set_xlabel(f"MSE, price squared{', log' if log else ''}")
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_ylim(len(rows) - 0.5, -0.5)  # the first on top
