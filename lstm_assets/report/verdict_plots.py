"""Plots of a verdict, as markdown: for the page of best_model and for the report."""

from __future__ import annotations

from dataclasses import dataclass

from lstm_assets.plots.best_of_tries import best_of_tries
from lstm_assets.plots.finalists import finalists
from lstm_assets.plots.gain_over_time import gain_over_time
from lstm_assets.plots.parts import parts
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
    dates = [str(each) for each in held.bars["date"]]
    holdout_begin = dates[held.start] if held.count else None
    gain = NO_HOLDOUT
    if forecasts is not None:
        naive = forecasts.simple["naive"]
        name, actual = best.code_task, forecasts.actual
        gain = gain_over_time(name, forecasts.dates, actual, forecasts.tested, naive)
    elif held.count:
        gain = best.verdict
    luck = NO_TRIES
    if tries is not None and tries.best is not None:
        of = tries.best
        luck = best_of_tries(of.draws, of.statistic, of.p_value, best.tries or tries.count)
    return VerdictPlots(
        parts=parts(
            scored.study.ticker, dates, held.prices, dates[split.evaluation_start], holdout_begin
        ),
        gain_over_time=gain,
        best_of_tries=luck,
        finalists=_finalists(scored, best.mse_naive),
    )


def _finalists(scored: ScoredCells, mse_naive: float) -> str:
    """Return the plot of the finalists' MSE on the evaluation bars with each of their seeds."""
    codes = [each.code_task for each in scored.ranking.ranked if each in scored.finalists]
    repeats = range(1, scored.study.finalists.seeds)
    mses = {
        code: [
            each.mse
            for each in (scored.results[code], *(scored.repeat(code, n) for n in repeats))
            if each is not None and each.mse is not None
        ]
        for code in codes
    }
    return finalists(mses, mse_naive)
