"""What the report shows of a study, read from its tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import pandas as pd
from sqlalchemy import Connection

from lstm_assets.cells.result import Baseline, Best, Result
from lstm_assets.errors import StoreError
from lstm_assets.evaluation.selection import Selection
from lstm_assets.plots.markdown import literal
from lstm_assets.plots.price_series import price_series
from lstm_assets.records.baselines import current_baselines
from lstm_assets.records.holdout import HeldOut
from lstm_assets.records.leaderboard import best_is_current
from lstm_assets.records.prices import (
    adjusted_bars,
    adjusted_prices_of,
    bars_with_holdout,
    date_range,
    refuse_empty,
)
from lstm_assets.records.scored import ScoredCells, read_scored_cells
from lstm_assets.records.verdict import shown
from lstm_assets.records.winner import leader, winner_forecasts
from lstm_assets.report.search_plots import SearchPlots, forecast_plot, search_plots
from lstm_assets.report.verdict_plots import VerdictPlots, verdict_plots
from lstm_assets.search.history import State, Trial, epochs_spent, seconds_spent
from lstm_assets.store.prices import read_raw
from lstm_assets.store.results import read_baselines, read_best, read_results, read_version
from lstm_assets.store.status import Status, StatusRow, read_statuses
from lstm_assets.study import Study


@dataclass(frozen=True, slots=True)
class Round:
    """A round of the search and its results."""

    method: str
    number: int
    cells: int
    results: int
    failed: int
    partial: int  # cells that were stopped early
    best: float | None  # smallest MSE of cells trained to the end, price units squared


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that the report shows. Plots are markdown."""

    scored: ScoredCells
    selection: Selection
    best: Best
    best_is_current: bool  # whether the winner's MSE is that on the current prices
    winner: Result | None  # the winner's result; None if the history no longer has it
    failed: Sequence[StatusRow]
    rounds: Sequence[Round]
    epochs: int  # epochs trained; those that cells share count once
    seconds: float  # training time of these epochs
    search_plots: SearchPlots
    forecasts: str
    prices: str
    baselines: Sequence[Baseline] = ()  # simple forecasts on the current prices
    verdict_plots: VerdictPlots | None = None  # None: the winner is of other prices

    @property
    def study(self) -> Study:
        """The study that the report is about."""
        return self.scored.study

    @property
    def trials(self) -> Sequence[Trial]:
        """The study's cells as trials of its search, in order of their codes."""
        return self.scored.trials


def read_findings(conn: Connection, study: Study) -> Findings:
    """Return what the report shows of a study.

    Raises:
        StoreError: the study has no results on its current prices.
    """
    if not read_results(conn, study.code):
        raise StoreError(
            f"study {study.code} has no results yet. Run `lstm-assets tune {study.code}`."
        )
    scored = read_scored_cells(conn, study)
    selection = scored.ranking
    if not selection.ranked:
        raise StoreError(
            f"study {study.code} has no results on its current prices, and {len(selection.stale)} "
            f"on others. Run `lstm-assets tune {study.code}`."
        )
    stored = read_best(conn, study.code)
    best = stored or leader(scored)
    done = [trial for trial in scored.trials if trial.state is State.DONE]
    statuses = read_statuses(conn, study.code)
    return Findings(
        scored=scored,
        selection=selection,
        best=best,
        best_is_current=stored is None or best_is_current(stored, scored),
        winner=read_version(conn, best.code_task, best.version_model),
        failed=[
            row for row in statuses if row.status == Status.ERROR and row.code_task in scored.cells
        ],
        rounds=_rounds(scored),
        epochs=epochs_spent(study.model, done),
        seconds=seconds_spent(study.model, done),
        baselines=current_baselines(scored, read_baselines(conn, study.code)),
        verdict_plots=_verdict_plots(conn, scored, best),
        search_plots=search_plots(scored, selection.ranked, best),
        forecasts=forecast_plot(best, winner_forecasts(scored, best)),
        prices=_prices(conn, study),
    )


def _verdict_plots(conn: Connection, scored: ScoredCells, best: Best) -> VerdictPlots | None:
    winner = scored.results.get(best.code_task)
    if winner is None or best.code_task not in scored.current:
        return None
    held = HeldOut(scored.study, bars_with_holdout(conn, scored.study))
    return verdict_plots(shown(best, winner, scored, held), scored, held)


def _rounds(scored: ScoredCells) -> list[Round]:
    """Return the rounds, by method and number."""
    ordered = sorted(scored.trials, key=lambda trial: (trial.method, trial.round))
    rounds = []
    for (method, number), group in groupby(ordered, key=lambda trial: (trial.method, trial.round)):
        trials = list(group)
        done = [trial for trial in trials if trial.state is State.DONE]
        whole = [trial for trial in done if not scored.cells[trial.code_task].is_partial]
        results = [scored.results[trial.code_task] for trial in whole]
        mses = [result.mse for result in results if result.mse is not None]
        rounds.append(
            Round(
                method=method,
                number=number,
                cells=len(trials),
                results=len(done),
                failed=sum(trial.state is State.FAILED for trial in trials),
                partial=len(done) - len(whole),
                best=min(mses, default=None),
            )
        )
    return rounds


def _prices(conn: Connection, study: Study) -> str:
    """Return the plot of the prices, or why it cannot be drawn."""
    bars = adjusted_bars(conn, study)
    raw = read_raw(conn, study.ticker, *date_range(study))
    try:
        refuse_empty(raw.bars, "TB_ASSETVALUE_RAW", "raw_prices", study)
    except StoreError as error:
        return literal(f"It is not known which prices were dropped: {error}")
    dropped: pd.DataFrame = adjusted_prices_of(study, raw).dropped
    return price_series(study.ticker, bars, dropped, study.price)
