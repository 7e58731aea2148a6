"""How important each hyperparameter was for what the results of a study scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_assets.evaluation.importance import FEWEST_RESULTS, Importance
from lstm_assets.plots.drawing import BLUE, INK, SKY, picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_BARS = 20
_BAR, _REST = 24, 52  # CSS pixels


def importance(found: Importance | None, results: int) -> str:
    """Return a bar for each hyperparameter that varies, the most important first, as markdown.

    Args:
        found: see search.importance; None if it could not be told.
        results: that there were to tell it from.
    """
    if found is None:
        return (
            f"How important each hyperparameter is cannot be told from {results:,} results: it "
            f"takes {FEWEST_RESULTS} that differ in MSE and in a hyperparameter."
        )
    bars = found.shares[:MOST_BARS]

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

    rest = max(0.0, 1 - sum(share.mean for share in found.shares))
    first = (
        f" The first {MOST_BARS} of {len(found.shares)}." if len(found.shares) > MOST_BARS else ""
    )
    of = "" if found.results == results else f" of {results:,}, evenly from best to worst,"
    caption = (
        f"What each hyperparameter explains by itself of how {found.results:,} results{of} differ "
        f"(functional ANOVA of log MSE); {rest:.0%} lies in how they act together. "
        f"Of the trees that say so, 8 in 10 agree to within the thin line.{first}"
    )
    height = _REST + _BAR * len(bars)
    return f"{caption}\n\n{picture(draw, height, 'Importance of each hyperparameter')}"
