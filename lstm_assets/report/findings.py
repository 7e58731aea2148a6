"""What a report tells of a study, read from its tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import pandas as pd
from sqlalchemy import Connection

from lstm_assets.cells.result import Best, Result
from lstm_assets.data.adjusting import adjust
from lstm_assets.errors import StoreError
from lstm_assets.evaluation.selection import Selection
from lstm_assets.plots.markdown import literal
from lstm_assets.plots.price_series import price_series
from lstm_assets.records.leaderboard import best_is_current
from lstm_assets.records.prices import adjusted_bars, date_range, refuse_empty
from lstm_assets.records.scored import ScoredCells, read_scored_cells
from lstm_assets.records.winner import leader, winner_forecasts
from lstm_assets.report.search_plots import SearchPlots, forecast_plot, search_plots
from lstm_assets.search.history import State, Trial, epochs_spent, seconds_spent
from lstm_assets.store.prices import read_raw
from lstm_assets.store.results import read_best, read_results, read_version
from lstm_assets.store.status import Status, StatusRow, read_statuses
from lstm_assets.study import Study


@dataclass(frozen=True, slots=True)
class Round:
    """A round of the search, and what it found."""

    method: str
    number: int
    cells: int
    results: int
    failed: int
    partial: int  # stopped early
    best: float | None  # smallest MSE of those trained to the end, price units squared


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything a report tells. Plots are markdown."""

    scored: ScoredCells
    selection: Selection
    best: Best
    best_is_current: bool  # whether its MSE is of the current prices
    winner: Result | None  # the winner's result, if the history still has it
    failed: Sequence[StatusRow]
    rounds: Sequence[Round]
    epochs: int  # that were trained; of cells that share a training, once
    seconds: float  # that this took
    search_plots: SearchPlots
    forecasts: str
    prices: str

    @property
    def study(self) -> Study:
        """The study."""
        return self.scored.study

    @property
    def trials(self) -> Sequence[Trial]:
        """Its cells as its search knows them, in the order of their codes."""
        return self.scored.trials


def read_findings(conn: Connection, study: Study) -> Findings:
    """Read what there is to be told of a study.

    Raises:
        StoreError: it has no results on its current prices.
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
    named = read_best(conn, study.code)
    best = named or leader(scored)
    done = [each for each in scored.trials if each.state is State.DONE]
    statuses = read_statuses(conn, study.code)
    return Findings(
        scored=scored,
        selection=selection,
        best=best,
        best_is_current=named is None or best_is_current(named, scored),
        winner=read_version(conn, best.code_task, best.version_model),
        failed=[
            each
            for each in statuses
            if each.status == Status.ERROR and each.code_task in scored.cells
        ],
        rounds=_rounds(scored),
        epochs=epochs_spent(study.model, done),
        seconds=seconds_spent(study.model, done),
        search_plots=search_plots(scored, selection.ranked, best),
        forecasts=forecast_plot(best, winner_forecasts(scored, best)),
        prices=_prices(conn, study),
    )


def _rounds(scored: ScoredCells) -> list[Round]:
    ordered = sorted(scored.trials, key=lambda each: (each.method, each.round))
    found = []
    for (method, number), group in groupby(ordered, key=lambda each: (each.method, each.round)):
        members = list(group)
        done = [each for each in members if each.state is State.DONE]
        whole = [each for each in done if not scored.cells[each.code_task].is_partial]
        mses = [each.mse for each in whole if each.mse is not None]
        found.append(
            Round(
                method=method,
                number=number,
                cells=len(members),
                results=len(done),
                failed=sum(each.state is State.FAILED for each in members),
                partial=len(done) - len(whole),
                best=min(mses, default=None),
            )
        )
    return found


def _prices(conn: Connection, study: Study) -> str:
    bars = adjusted_bars(conn, study)
    raw = read_raw(conn, study.ticker, *date_range(study))
    try:
        refuse_empty(raw.bars, "TB_ASSETVALUE_RAW", "raw_prices", study)
    except StoreError as error:
        return literal(f"What was dropped from the prices is not known: {error}")
    dropped: pd.DataFrame = adjust(raw, study.date_begin, study.date_end).dropped
    return price_series(study.ticker, bars, dropped, study.price)
