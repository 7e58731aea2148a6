"""The best of all tries beside what luck alone would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_assets.evaluation.luck import BestOfTries
from lstm_assets.plots.drawing import GREY, INK, VERMILLION, picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BINS = 40
_HEIGHT = 260  # CSS pixels


def best_of_tries_plot(found: BestOfTries, tries: int) -> str:
    """Return the null distribution of the largest t beside the one that was found, as markdown.

    Args:
        found: the best of the tries.
        tries: number of cells that were trained.
    """

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.hist(found.draws, bins=_BINS, color=GREY, alpha=0.6, label="luck alone")
        axes.axvline(found.statistic, color=VERMILLION, linewidth=1.6, label="this study")
        axes.set_xlabel("largest t of all tries, on the bars that chose the winner")
        axes.set_yticks([])
        axes.tick_params(colors=INK)
        axes.legend(loc="upper right")

    caption = (
        f"The best of {tries:,} tries has t = {found.statistic:.2f}. Luck alone gives as much "
        f"with p = {found.p_value:.2g}."
    )
    return f"{caption}\n\n{picture(draw, _HEIGHT, 'Largest t of all tries beside luck')}"
