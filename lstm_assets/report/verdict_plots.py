"""Plots of a verdict, as markdown: for the page of best_model and for the report."""

from __future__ import annotations

from dataclasses import dataclass

from lstm_assets.plots.best_of_tries import best_of_tries_plot
from lstm_assets.plots.gain_over_time import gain_over_time
from lstm_assets.plots.parts import parts
from lstm_assets.plots.seeds import seeds_plot
from lstm_assets.records.holdout import HeldOut
from lstm_assets.records.scored import ScoredCells
from lstm_assets.records.verdict import Judged

NO_HOLDOUT = "The study has no holdout: nothing is claimed."
NO_TRIES = "No try differs from the last price, or no model file is left."


@dataclass(frozen=True, slots=True)
class VerdictPlots:
    """The plots of a verdict, each as markdown."""

    parts: str
    gain_over_time: str
    best_of_tries: str
    finalists: str


def verdict_plots(found: Judged, scored: ScoredCells, held: HeldOut) -> VerdictPlots:
    """Return the plots of a winner's verdict.

    Args:
        found: the winner with its verdict.
        scored: the study's cells and their newest results.
        held: the study's bars with those of its holdout.
    """
    best, forecasts, tries = found.best, found.forecasts, found.tries
    split = scored.split(best.code_task)
    starts = {"train": 0, "validation": split.evaluation_start, "holdout": held.start}
    dates = [str(each) for each in held.bars["date"]]
    gain = NO_HOLDOUT
    if forecasts is not None:
        naive = forecasts.simple["naive"]
        gain = gain_over_time(forecasts.dates, forecasts.actual, forecasts.tested, naive)
    elif held.count:
        gain = best.verdict
    best_of = tries.best if tries else None
    return VerdictPlots(
        parts=parts(scored.study.ticker, dates, held.prices, starts),
        gain_over_time=gain,
        best_of_tries=best_of_tries_plot(best_of, best.tries or 0) if best_of else NO_TRIES,
        finalists=_finalists(scored, best.mse_naive),
    )


def _finalists(scored: ScoredCells, mse_naive: float) -> str:
    """Return the plot of the finalists' seeds; of relative errors, the naive one is not drawn."""
    codes = [each.code_task for each in scored.ranking.ranked if each in scored.finalists]
    scores = {
        code: [each for each in scored.seed_scores(code) if each is not None] for code in codes
    }
    is_mse = scored.study.rank_by == "mse" and not scored.ranks_by_folds
    return seeds_plot(scores, mse_naive if is_mse else float("nan"), scored.study.rank_by.upper())
