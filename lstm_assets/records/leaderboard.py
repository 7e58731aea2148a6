"""The leaderboard of a study: its results, the best first."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from statistics import fmean, stdev
from typing import Any

from sqlalchemy import Connection

from lstm_assets.cells.cell import Cell
from lstm_assets.cells.result import SCORES, SPREADS, Baseline, Best, Result
from lstm_assets.cells.values import Values
from lstm_assets.errors import LeakError, StoreError, TooFewBarsError
from lstm_assets.evaluation.selection import select
from lstm_assets.records.baselines import current_baselines
from lstm_assets.records.cells import outside_codes
from lstm_assets.records.scored import (
    ScoredCells,
    epochs_of_partial,
    read_scored_cells,
    stored_score,
)
from lstm_assets.search.space.space import Space
from lstm_assets.store.hyperparameters import read_cells
from lstm_assets.store.results import read_baselines, read_best, read_results
from lstm_assets.study import Study


@dataclass(frozen=True, slots=True)
class Row:
    """One result and its rank."""

    rank: int | None  # from 1, over the cells; None: a simple forecast, which only stands there
    result: Result
    cell: Cell | None  # None: the tables no longer have its hyperparameters
    is_current: bool  # whether it was scored on the current prices by the current code
    mse_naive: float | None  # of the naive forecast on the same bars; None if not current
    is_outside: bool = False  # whether its values are outside the study's space or constraint
    is_baseline: bool = False  # whether it is a simple forecast; its code is its name then
    seeds: Sequence[float] = ()  # what a finalist is ranked by with each of its seeds, own first

    @property
    def values(self) -> Values:
        """The hyperparameters by name; empty if they are not known."""
        return self.cell.hyperparameters if self.cell else {}

    @property
    def is_partial(self) -> bool:
        """Whether a search stopped the cell early."""
        return self.cell is not None and self.cell.is_partial

    @property
    def seeds_mean(self) -> float | None:
        """What a finalist is ranked by: the mean over its seeds; None for others."""
        return fmean(self.seeds) if self.seeds else None

    @property
    def seeds_sd(self) -> float | None:
        """The standard deviation over a finalist's seeds; None for others, or if one diverged."""
        return stdev(self.seeds) if self.seeds and math.isfinite(sum(self.seeds)) else None

    @property
    def as_dict(self) -> dict[str, Any]:
        """The row by column name, the hyperparameters last."""
        folds, seeds = (self.result.folds_mean, self.result.folds_sd), len(self.seeds) or None
        spreads = dict(zip(SPREADS, (*folds, seeds, self.seeds_mean, self.seeds_sd), strict=True))
        return {
            "rank": self.rank,
            "code_task": self.result.code_task,
            "version_model": None if self.is_baseline else self.result.version_model,
            "current": self.is_current,
            "stopped_early": self.is_partial,
            "in_space": not self.is_outside,
            "mse": self.result.mse,
            "mse_naive": self.mse_naive,
            "loss": self.result.loss,
            "accuracy": self.result.accuracy,
            "baseline": self.is_baseline,
            "relative_mse": self.result.relative_mse,
            **{name: value for name, value in spreads.items() if value is not None},
            **self.values,
        }


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """A study's results, the smallest MSE first."""

    rows: list[Row]
    best: Best | None  # the study's winner, if one was chosen
    best_is_current: bool  # whether the winner's MSE is that on the current prices
    best_values: Values = field(default_factory=dict)  # the winner's hyperparameters, if known
    best_is_outside: bool = False  # whether the winner is outside the study's space or constraint
    rank_by: str = "mse"  # what ranks the rows: mse or relative_mse


def read_leaderboard(
    conn: Connection, study: Study, top: int | None = None, searched: Space | None = None
) -> Leaderboard:
    """Return a study's results, the best first. Those on other prices are included and marked.

    Args:
        conn: a connection to the database.
        study: the study.
        top: number of cells; None: all.
        searched: another space whose cells count as the study's own.
    """
    cells, results = read_cells(conn, study.code), read_results(conn, study.code)
    codes = {result.code_task for result in results}
    outside = outside_codes(study, cells, searched)
    best = read_best(conn, study.code)
    winner = cells.get(best.code_task) if best else None
    values = winner.hyperparameters if winner else {}
    is_outside = best is not None and best.code_task in outside
    try:
        scored = read_scored_cells(conn, study)
    except StoreError:  # the study has no cells or no prices any more, so nothing is current
        scored = None
    scores = {each.code_task: stored_score(study, each) for each in results}
    scores |= scored.scores if scored else {}
    means = scored.means if scored else {}
    partial = epochs_of_partial(cells)
    ranked = select(results, codes, partial, outside, scores, means).ranked
    baselines = current_baselines(scored, read_baselines(conn, study.code)) if scored else []
    rows = rows_of(ranked[:top], cells, scored, outside, baselines)
    if top is not None and len(ranked) > top:  # those after the last one shown are not shown
        while rows and rows[-1].is_baseline:
            rows.pop()
    is_current = scored is not None and best_is_current(best, scored)
    return Leaderboard(rows, best, is_current, values, is_outside, study.rank_by)


def rows_of(
    ranked: Iterable[Result],
    cells: Mapping[str, Cell],
    scored: ScoredCells | None = None,
    outside: Container[str] = (),
    baselines: Sequence[Baseline] = (),
) -> list[Row]:
    """Return the rows of a leaderboard.

    A simple forecast stands before the first cell trained to its end that it is better than, and
    has no rank.

    Args:
        ranked: results, the best first.
        cells: by CODE_TASK.
        scored: says which results are current; None: no result is.
        outside: CODE_TASKs of the cells outside the study's space.
        baselines: what simple forecasts score on the current prices; none without `scored`.
    """
    rows = [_row(result, cells.get(result.code_task), scored, outside) for result in ranked]
    if scored:
        rows = _with_baselines(rows, scored, baselines)
    ranks = count(1)
    return [row if row.is_baseline else replace(row, rank=next(ranks)) for row in rows]


def _row(
    result: Result, cell: Cell | None, scored: ScoredCells | None, outside: Container[str]
) -> Row:
    code = result.code_task
    is_current = scored is not None and code in scored.current
    means = scored.means if scored else {}
    seeds = scored.seed_scores(code) if scored and code in means else []
    return Row(
        rank=None,
        result=result,
        cell=cell,
        is_current=is_current,
        mse_naive=scored.naive_mse(code) if scored and is_current else None,
        is_outside=code in outside,
        seeds=[each for each in seeds if each is not None],
    )


def _with_baselines(
    rows: Sequence[Row], scored: ScoredCells, baselines: Sequence[Baseline]
) -> list[Row]:
    """Return the rows with those of simple forecasts between them."""
    left = sorted(baselines, key=lambda each: stored_score(scored.study, each))
    merged: list[Row] = []
    for row in rows:
        code = row.result.code_task
        score = scored.means.get(code, scored.scores.get(code))
        is_last = row.is_outside or row.is_partial  # those rank behind, whatever they score
        limit = math.inf if is_last else score
        while left and limit is not None and stored_score(scored.study, left[0]) < limit:
            merged.append(_row_of_baseline(scored, left.pop(0)))
        merged.append(row)
    return [*merged, *(_row_of_baseline(scored, each) for each in left)]


def _row_of_baseline(scored: ScoredCells, baseline: Baseline) -> Row:
    result = Result(
        code_task=baseline.name,
        ticker=scored.study.ticker,
        version_model=0,
        date_b_train="",
        date_e_train="",
        date_b_test="",
        date_e_test="",
        loss=baseline.loss,
        accuracy=baseline.accuracy,
        mse=baseline.mse,
        relative_mse=baseline.relative_mse,
        folds_mean=baseline.folds_mean,
    )
    naive = scored.naive_mse(scored.ranking.winner.code_task) if scored.ranking.ranked else None
    return Row(None, result, None, is_current=True, mse_naive=naive, is_baseline=True)


def varying(values: Sequence[Values]) -> list[str]:
    """Return the names of the hyperparameters that are not the same in all of these values.

    Rows without values are left out: simple forecasts, and cells that are gone.
    """
    known = [each for each in values if each]
    names = dict.fromkeys(name for each in known for name in each)
    return [name for name in names if len({str(each.get(name)) for each in known}) > 1]


def best_is_current(best: Best | None, scored: ScoredCells) -> bool:
    """Return whether a winner's MSE is that on the current prices; False without a winner."""
    if best is None:
        return False
    newest = scored.results.get(best.code_task)
    if newest is not None and newest.version_model == best.version_model:
        if best.code_task in scored.current:
            return True
        if not scored.study.retune.enabled:
            return False  # it is not a champion, so its MSE is that of its training
    if best.code_task not in scored.cells:
        return False
    # An earlier version, or a champion that was scored again. The MSE of the naive forecast shows
    # on which prices.
    try:
        naive = scored.naive_mse(best.code_task)
    except (TooFewBarsError, LeakError):  # it cannot be scored on today's prices
        return False
    return math.isclose(best.mse_naive, naive, rel_tol=1e-12)


def as_csv(board: Leaderboard) -> str:
    """Return the rows as CSV with a header line."""
    rows = [row.as_dict for row in board.rows]
    names = list(dict.fromkeys([*SCORES, *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_json(board: Leaderboard) -> str:
    """Return the rows as a JSON array of objects."""
    return json.dumps([row.as_dict for row in board.rows], indent=2)
