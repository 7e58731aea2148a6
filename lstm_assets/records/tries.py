"""What all tries of a search say together of the bars that the winner was chosen on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_assets.cells.result import Result
from lstm_assets.data.windows import Floats
from lstm_assets.errors import ModelFileError
from lstm_assets.evaluation.luck import BestOfTries, best_of_tries, confidence_set
from lstm_assets.evaluation.metrics import last_seen
from lstm_assets.records.holdout import forecast_of, has_file, horizon_of
from lstm_assets.records.scored import ScoredCells

MOST_TRIES = 500  # models that forecast again, the best: loading each takes some milliseconds


@dataclass(frozen=True, slots=True)
class Tries:
    """How lucky the best of all tries may be."""

    best: BestOfTries | None  # None: no try differs from the last price
    count: int  # models that forecast again
    mcs_size: int  # forecasts in the model confidence set, the naive one among them if it is


def compare_tries(winner: Result, scored: ScoredCells) -> Tries | None:
    """Return what all cells of the winner's horizon forecast of the evaluation bars, compared.

    Results whose model file is gone or cannot be read are left out. So are, of very many, all but
    the best: then the figures are kinder than they should be.

    Returns:
        None if there is no model.
    """
    split, series = scored.split(winner.code_task), scored.series.prices
    actual, naive = series[split.evaluation_start :], last_seen(series, split)
    forecasts: list[Floats] = []
    for each in _of_same_horizon(winner, scored):
        try:
            found = forecast_of(each, scored, series, split.evaluation_start)
        except ModelFileError:  # unreadable: left out like one that is gone, see above
            continue
        forecasts.append(found.predicted)
    if not forecasts:
        return None
    unit = np.ones_like(naive) if scored.study.rank_by == "mse" else naive
    losses = np.array([((actual - each) / unit) ** 2 for each in [naive, *forecasts]]).T
    best = best_of_tries(actual, naive, forecasts, split.horizon)
    return Tries(best, len(forecasts), confidence_set(losses))


def _of_same_horizon(winner: Result, scored: ScoredCells) -> list[Result]:
    horizon = horizon_of(scored, winner)
    seeds = [each for each in scored.others if each.idx_repeat and not each.idx_fold]
    known = (scored.repeat(each.code_task, each.idx_repeat or 0) for each in seeds)
    current = [each for each in known if each is not None]
    tried = [*scored.ranking.ranked[:MOST_TRIES], *dict.fromkeys(current)]
    return [each for each in tried if has_file(each) and horizon_of(scored, each) == horizon]
