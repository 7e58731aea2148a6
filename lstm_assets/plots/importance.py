"""The importance of each hyperparameter for the scores of a study's results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_assets.evaluation.importance import FEWEST_RESULTS, Importance
from lstm_assets.plots.drawing import BLUE, INK, SKY, picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_BARS = 20
_BAR, _REST = 24, 52  # CSS pixels


def importance(measured: Importance | None, results: int) -> str:
    """Return a bar for each hyperparameter that varies, the most important first, as markdown.

    Args:
        measured: see evaluation.importance; None if it could not be computed.
        results: number of results of the study.
    """
    if measured is None:
        return (
            f"The importance of the hyperparameters cannot be computed from {results:,} results: "
            f"it needs {FEWEST_RESULTS} that differ in MSE and in a hyperparameter."
        )
    bars = measured.shares[:MOST_BARS]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        at = range(len(bars))
        means = [share.mean for share in bars]
        axes.barh(at, means, height=0.62, color=SKY)
        for place, share in enumerate(bars):
            axes.plot([share.low, share.high], [place, place], color=INK, linewidth=1.2)
            end = max(share.high, share.mean)
            axes.text(end + 0.008, place, f"{share.mean:.0%}", va="center", color=BLUE)
        axes.set_yticks(at, [share.name for share in bars])
        axes.grid(visible=False, axis="y")
        axes.set_xlim(0, min(1.08, 1.12 * max(share.high for share in bars) + 0.04))
        axes.xaxis.set_major_formatter("{x:.0%}")
        axes.set_xlabel("share of the variance of log MSE")
        axes.invert_yaxis()

    rest = max(0.0, 1 - sum(share.mean for share in measured.shares))
    count = len(measured.shares)
    first = f" The first {MOST_BARS} of {count} are shown." if count > MOST_BARS else ""
    which = f"{results:,} results"
    if measured.results != results:
        which = f"{measured.results:,} of {results:,} results, evenly from best to worst"
    caption = (
        "Share of the variance of log MSE that each hyperparameter explains by itself (functional "
        f"ANOVA of {which}). Combinations of hyperparameters explain the other {rest:.0%}. "
        f"The thin line contains the values of 8 in 10 trees.{first}"
    )
    height = _REST + _BAR * len(bars)
    return f"{caption}\n\n{picture(draw, height, 'Importance of each hyperparameter')}"
