"""What a study's search knows: the trials of its own cells, and prior results of other studies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from lstm_assets.cells.settings import settings_of
from lstm_assets.errors import LeakError, StoreError, TooFewBarsError
from lstm_assets.evaluation.metrics import naive_mse, naive_relative_mse
from lstm_assets.records.cells import known_cells
from lstm_assets.records.prices import adjusted_bars
from lstm_assets.records.scored import read_scored_cells
from lstm_assets.search.history import History, State, Trial
from lstm_assets.search.prior_results import PriorResult, read_leaderboard_file
from lstm_assets.store.hyperparameters import read_cells
from lstm_assets.store.results import read_best, read_results
from lstm_assets.study import Study
from lstm_assets.training.series import TrainingSeries


def read_history(conn: Connection, study: Study) -> History:
    """Return the trials of the study's own cells, then the prior results as trials.

    Raises:
        StoreError: there are no prices, or the study of the prior results has no results.
        StudyError: the leaderboard file of the prior results cannot be read.
    """
    own = read_scored_cells(conn, study).trials if known_cells(conn, study) else []
    if study.prior_results is None:
        return History(study.model, own)
    if study.prior_results.study:
        prior = list(_results_of_study(conn, study, study.prior_results.study))
    else:
        prior = read_leaderboard_file(study.prior_results.leaderboard)
    bars = adjusted_bars(conn, study)
    series = TrainingSeries.of(bars, study.price, study.evaluation_share)
    return History(study.model, [*own, *_as_trials(prior, study, series)])


def _results_of_study(conn: Connection, study: Study, code: str) -> Iterator[PriorResult]:
    """Yield the results of another study that were scored on the same bars as its winner.

    The prices of the other study are not read. The MSE of the naive forecast is the one stored with
    its winner, so only cells with the winner's horizon are used.
    """
    best = read_best(conn, code)
    cells = {key: cell for key, cell in read_cells(conn, code).items() if cell.model == study.model}
    if best is None or best.code_task not in cells or not best.mse_naive:
        raise StoreError(
            f"search.warm_start: study {code} has no winner of model {study.model} in this "
            "database. Tune it first, or name another study."
        )
    results = {result.code_task: result for result in read_results(conn, code)}
    horizon = _horizon(cells[best.code_task].hyperparameters, study.model)
    newest = max((result.date_e_test or "" for result in results.values()), default="")
    for key, result in results.items():
        cell = cells.get(key)
        if cell is None or result.mse is None or result.date_e_test != newest:
            continue
        if _horizon(cell.hyperparameters, study.model) == horizon:
            yield PriorResult(cell.hyperparameters, result.mse / best.mse_naive)


def _as_trials(
    prior: Iterable[PriorResult], study: Study, series: TrainingSeries
) -> Iterator[Trial]:
    """Yield prior results as trials on this study's prices.

    The MSE keeps its ratio to the MSE of the naive forecast. Results whose values are outside the
    study's space, or cannot be trained on its prices, are left out.
    """
    naive: dict[int, float] = {}  # by horizon, what the study ranks by, of the naive forecast
    naive_score = naive_mse if study.rank_by == "mse" else naive_relative_mse
    for result in prior:
        if result.values not in study.space:
            continue
        training, network = settings_of(result.values, study.model)
        try:
            split = series.split(training, network)
        except (TooFewBarsError, LeakError):
            continue
        if network.horizon not in naive:
            naive[network.horizon] = naive_score(series.prices, split)
        mse = result.mse_over_naive * naive[network.horizon]
        yield Trial(result.values, State.DONE, mse)


def _horizon(values: dict[str, object], model: str) -> int:
    return settings_of(values, model)[1].horizon
