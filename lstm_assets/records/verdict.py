"""The verdict on a winner, and the figures beside it."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from statistics import stdev

import numpy as np

from lstm_assets.cells.result import Best, Result
from lstm_assets.data.windows import Floats
from lstm_assets.errors import ModelFileError
from lstm_assets.evaluation.holdout import LEVEL, Evidence, compare, short
from lstm_assets.evaluation.luck import best_coin_p, diebold_mariano, share_of_best_bars
from lstm_assets.evaluation.metrics import last_seen, mean_squared_error
from lstm_assets.records.baselines import Baselines
from lstm_assets.records.holdout import HeldOut, HoldoutForecasts, Tested, holdout_forecasts
from lstm_assets.records.scored import ScoredCells, stored_score
from lstm_assets.records.tries import Tries, compare_tries

NO_FILE = "The winner's model file is missing: nothing is claimed"


@dataclass(frozen=True, slots=True)
class Judged:
    """A winner with its verdict, and what pictures of it are drawn from."""

    best: Best
    forecasts: HoldoutForecasts | None = None  # None: no holdout, or no model file
    tries: Tries | None = None


def shown(best: Best, winner: Result, scored: ScoredCells, held: HeldOut) -> Judged:
    """Return a winner that was judged before, for pictures: nothing is tested again.

    Without the forecasts of the holdout if others would be tested today.
    """
    tries = compare_tries(winner, scored)
    tested = Tested.of(winner, scored)
    if not held.count or best.tested != tested.name:
        return Judged(best, None, tries)
    try:
        return Judged(best, holdout_forecasts(tested, scored, held), tries)
    except ModelFileError:  # its message names a path of this machine, so it is not shown
        return Judged(best, None, tries)


def judged(
    best: Best,
    winner: Result,
    scored: ScoredCells,
    held: HeldOut,
    before: Collection[str],
    baselines: Baselines,
) -> Judged:
    """Return a winner with the verdict of its study's holdout.

    What is tested is the mean forecast of the best cells, the winner among them, with its returns
    shrunk as the validation bars say.

    Args:
        best: the winner.
        winner: its result.
        scored: the study's cells and results.
        held: the bars of the holdout.
        before: the forecasts that were tested on these bars before, by name.
        baselines: simple forecasts that were judged like the winner.
    """
    best = _counted(best, winner, scored)
    best, tries = _beside(best, winner, scored)
    if not held.count:
        return Judged(_beside_baselines(best, winner, scored, baselines, None, 1), None, tries)
    tested = Tested.of(winner, scored)
    opened = len({*before, tested.name})
    try:
        forecasts = holdout_forecasts(tested, scored, held)
    except ModelFileError:  # its message names a path of this machine, so it is not shown
        return Judged(replace(best, verdict=NO_FILE), None, tries)
    best = _with_verdict(best, forecasts, scored.split(winner.code_task).horizon, opened)
    best = replace(
        best,
        holdout_begin=held.date(held.start),
        holdout_end=held.date(-1),
        holdout_bars=held.count,
        tested=tested.name,
    )
    best = _beside_baselines(best, winner, scored, baselines, forecasts, opened)
    return Judged(best, forecasts, tries)


def beside(best: Best) -> list[tuple[str, str]]:
    """Return what stands beside a verdict and never decides it: names and texts."""
    tries = "1 try" if best.tries == 1 else f"{best.tries or 0:,} tries"
    found = {
        f"best of {tries}": best.p_search is not None
        and f"p {short(best.p_search)} (chosen on these bars)",
        "model confidence set": best.mcs_size and f"{best.mcs_size:,} forecasts",
        "directions": best.p_accuracy is not None
        and f"p {short(best.p_accuracy)} for the best of as many coins",
        "seeds": best.seed_sd is not None and f"{best.seeds}, SD of MSE {best.seed_sd:.3g}",
        "Diebold-Mariano": best.p_dm is not None and f"p {short(best.p_dm)}",
        "three best bars": best.gain_best_bars and f"{best.gain_best_bars:.0%} of the gain",
    }
    return [(name, text) for name, text in found.items() if text]


def _counted(best: Best, winner: Result, scored: ScoredCells) -> Best:
    """Return the winner with the number of all trainings, and the spread over its own seeds."""
    seeds = [each for each in scored.others if each.idx_repeat and not each.idx_fold]
    repeats = range(1, scored.study.finalists.seeds)
    trained = [winner, *(scored.repeat(winner.code_task, each) for each in repeats)]
    mses = [each.mse for each in trained if each is not None and each.mse is not None]
    return replace(
        best,
        tries=len(scored.results) + len(seeds),
        seeds=len(mses),
        seed_sd=stdev(mses) if len(mses) > 1 else None,
    )


def _beside(best: Best, winner: Result, scored: ScoredCells) -> tuple[Best, Tries | None]:
    """Return the winner with what the evaluation bars say of all tries together."""
    tries = compare_tries(winner, scored)
    split, series = scored.split(winner.code_task), scored.series.prices
    moved = int(np.sum(series[split.evaluation_start :] != last_seen(series, split)))
    known = winner.accuracy is not None and math.isfinite(winner.accuracy) and moved > 0
    p_accuracy = best_coin_p(winner.accuracy or 0.0, moved, best.tries or 1) if known else None
    return (
        replace(
            best,
            p_search=tries.best.p_value if tries and tries.best else None,
            mcs_size=tries.mcs_size if tries else None,
            p_accuracy=p_accuracy,
        ),
        tries,
    )


def _with_verdict(best: Best, found: HoldoutForecasts, horizon: int, opened: int) -> Best:
    """Return the winner with its verdict, and the figures of the holdout beside it."""
    actual, naive = found.actual, found.simple["naive"]
    compared = tuple(
        compare(name, actual, found.tested, each, horizon) for name, each in found.simple.items()
    )
    evidence = Evidence(len(actual), compared, opened, best.tries or 0)
    mses = {name: mean_squared_error(actual, each) for name, each in found.simple.items()}
    share = share_of_best_bars(actual, found.tested, naive)
    return replace(
        best,
        verdict=evidence.verdict,
        holdout_opened=opened,
        mse_holdout=mean_squared_error(actual, found.winner),
        mse_naive_holdout=mses["naive"],
        mse_drift_holdout=mses["drift"],
        mse_close_holdout=mses.get("close"),
        gain=evidence.gain,
        p_value=evidence.p_value,
        p_dm=diebold_mariano(actual, found.tested, naive, horizon),
        gain_best_bars=None if math.isnan(share) else share,
    )


def _beside_baselines(
    best: Best,
    winner: Result,
    scored: ScoredCells,
    baselines: Baselines,
    found: HoldoutForecasts | None,
    opened: int,
) -> Best:
    """Return the winner beside the best simple forecast on the bars that it was chosen on."""
    if not baselines.scores:
        return best
    simple = min(baselines.scores, key=lambda each: stored_score(scored.study, each))
    code = winner.code_task
    theirs = scored.means.get(code, scored.scores.get(code, stored_score(scored.study, winner)))
    is_ahead = stored_score(scored.study, simple) < theirs
    best = replace(
        best,
        baseline=simple.name,
        mse_baseline=simple.mse,
        mse_baseline_holdout=simple.mse_holdout,
    )
    is_shown = False
    if found is not None and simple.name in baselines.forecasts:
        horizon = scored.split(winner.code_task).horizon
        forecasts: Floats = baselines.forecasts[simple.name]
        against = compare(simple.name, found.actual, found.tested, forecasts, horizon)
        is_shown = best.is_shown and against.gain > 0 and against.p_value < LEVEL / opened
        best = replace(best, p_baseline=against.p_value)
    return replace(best, baseline_verdict=_sentence(simple.name, is_ahead, is_shown))


def _sentence(name: str, is_ahead: bool, is_shown: bool) -> str:
    if is_shown:
        return f"{name} is the best simple forecast; the network is shown to be better."
    if is_ahead:
        return f"{name} is the best forecast; no network is shown to be better."
    return f"{name} is the best simple forecast; no network is shown to be better."
