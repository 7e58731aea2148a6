"""The finalists, each with the scores of its seeds as dots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from lstm_assets.plots.drawing import BLUE, GREY, INK, VERMILLION, dots, picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HEIGHT, _HEIGHT_ROW = 90, 30  # CSS pixels


def seeds_plot(scores: Mapping[str, Sequence[float]], naive: float, name: str) -> str:
    """Return a row of dots for each finalist, as markdown; a seed that diverged has no dot.

    Args:
        scores: of each finalist, by CODE_TASK, the best first: a score a seed.
        naive: the same score of the naive forecast.
        name: what the scores are, such as MSE.
    """
    finite = {code: [each for each in found if np.isfinite(each)] for code, found in scores.items()}
    finite = {code: found for code, found in finite.items() if found}
    if not finite:
        return "No finalist has a score."

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        rows = np.arange(len(finite))
        across = np.array([each for found in finite.values() for each in found])
        up = np.repeat(rows, [len(found) for found in finite.values()]).astype(np.float64)
        dots(axes, across, up, BLUE, "a seed")
        means = np.array([fmean(found) for found in finite.values()])
        axes.plot(means, rows, "|", color=VERMILLION, markersize=14, label="mean")
        if np.isfinite(naive):
            axes.axvline(naive, color=GREY, linestyle="--", label="naive")
        axes.set_yticks(rows, list(finite))
        axes.set_ylim(len(finite) - 0.5, -0.5)
        axes.set_xlabel(f"{name}, chosen on these bars")
        axes.tick_params(colors=INK)
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))

    height = _HEIGHT + _HEIGHT_ROW * len(finite)
    caption = f"{name} of the finalists with each of their seeds. The mean ranks them."
    return f"{caption}\n\n{picture(draw, height, 'Scores of the finalists by seed')}"
