"""A study's grid as the tables hold it: cells, the prices they are trained on, what they scored.

No Dagster in this module.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection

from lstm_assets.data.windows import Split
from lstm_assets.errors import StoreError
from lstm_assets.evaluation.metrics import naive_mse
from lstm_assets.evaluation.selection import Selection, select
from lstm_assets.models import MODELS
from lstm_assets.search.history import State, Trial, trajectory_key
from lstm_assets.search.space.space import settings_of
from lstm_assets.store.hyperparameters import Cell, read_cells
from lstm_assets.store.prices import read_adjusted
from lstm_assets.store.results import Result, Version, read_results, read_versions
from lstm_assets.study import Study
from lstm_assets.training.series import TrainingSeries, data_version, warm_data_version
from lstm_assets.training.trajectory import seed_of


@dataclass(frozen=True, slots=True)
class Grid:
    """All cells of a study, and what they are trained on."""

    cells: dict[str, Cell]  # by CODE_TASK, in order of their numbers
    series: TrainingSeries

    def data_versions(self, study: Study) -> dict[str, str]:
        """Return, by CODE_TASK, the data version each cell has when it is trained now."""
        digest = self.series.digest()
        return {
            code: data_version(
                digest,
                cell.model,
                cell.hyperparameters,
                seed_of(study.code, cell.hyperparameters),
            )
            for code, cell in self.cells.items()
        }

    def stopped(self, done: Container[str]) -> dict[str, Cell]:
        """Return the cells that a search has stopped early and will not go on with.

        Its newest round holds every tuple that goes on, or that still may.

        Args:
            done: CODE_TASKs of cells that need no training: one at its full epochs goes nowhere.
        """
        newest: dict[tuple[str, str], int] = {}
        for cell in self.cells.values():
            search = cell.model, cell.method
            newest[search] = max(newest.get(search, 0), cell.round)
        going_on = {
            trajectory_key(cell.model, cell.hyperparameters)
            for code, cell in self.cells.items()
            if cell.epoch_full is not None
            and cell.round == newest[cell.model, cell.method]
            and (cell.is_partial or code not in done)
        }
        return {
            code: cell
            for code, cell in self.cells.items()
            if cell.is_partial and trajectory_key(cell.model, cell.hyperparameters) not in going_on
        }

    def naive_mse(self, code_task: str) -> float:
        """Return the naive forecast's MSE at a cell's horizon, in price units squared.

        Raises:
            TooFewBarsError: the cell could not be trained on this series.
            LeakError: likewise.
        """
        return naive_mse(self.series.prices, self._split(code_task))

    def evaluation_start(self, code_task: str) -> str:
        """Return the first bar that scores a cell, YYYYMMDD; raises as naive_mse."""
        return self.series.date(self._split(code_task).evaluation_start)

    def _split(self, code_task: str) -> Split:
        cell = self.cells[code_task]
        return self.series.split(*settings_of(cell.hyperparameters, cell.model))


@dataclass(frozen=True, slots=True)
class ScoredGrid:
    """A study's grid, and what its cells scored."""

    grid: Grid
    results: dict[str, Result]  # the newest of each cell, by CODE_TASK
    versions: dict[str, dict[int, Version]]  # by CODE_TASK, then by version

    def current(self, study: Study) -> set[str]:
        """Return the CODE_TASKs whose newest result today's prices and code would give again.

        Such a result was trained from the cell's seed, or from the weights of an earlier version.
        """
        fresh = self.grid.data_versions(study)
        return {
            code
            for code, result in self.results.items()
            if code in fresh and self._would_be(result, fresh[code])
        }

    def ranking(self, study: Study) -> Selection:
        """Rank the results that the current prices and code would give again."""
        partial = {
            code: each.hyperparameters["epoch"]
            for code, each in self.grid.cells.items()
            if each.is_partial
        }
        return select(self.results.values(), self.current(study), partial)

    def trials(self, study: Study) -> list[Trial]:
        """Return the cells of the study's model as what a search knows, in order of their codes."""
        current, fresh = self.current(study), self.grid.data_versions(study)
        return [
            _trial(cell, self.results.get(code), code in current, fresh[code])
            for code, cell in self.grid.cells.items()
            if cell.model == study.model
        ]

    def has_seen_evaluation(self, code_task: str, version_model: int) -> bool:
        """Whether a version was trained on a bar that scores its cell today.

        So was a warm-started one of whose earlier versions that is true.
        """
        start = self.grid.evaluation_start(code_task)
        return any(
            known.date_e_train >= start
            for version, known in self.versions.get(code_task, {}).items()
            if version <= version_model
        )

    def _would_be(self, result: Result, fresh: str) -> bool:
        if result.data_version is None:
            return False  # nobody can say what it was scored on
        earlier = [
            known.data_version
            for version, known in self.versions.get(result.code_task, {}).items()
            if version < result.version_model and known.data_version
        ]
        possible = [fresh, *(warm_data_version(fresh, parent) for parent in earlier)]
        return result.data_version in possible


def _trial(cell: Cell, result: Result | None, current: bool, fresh: str) -> Trial:
    state, mse = State.OPEN, None
    if current and result is not None and result.mse is not None:
        state, mse = State.DONE, result.mse
    elif cell.failed_data_version == fresh:
        state = State.FAILED
    return Trial(
        values=cell.hyperparameters,
        state=state,
        mse=mse,
        code_task=cell.code_task,
        method=cell.method,
        round=cell.round,
        seconds=(result.seconds_train if result else None) or 0.0,
        epoch_full=cell.epoch_full,
    )


def known_cells(conn: Connection, study: Study) -> dict[str, Cell]:
    """Return the study's cells by CODE_TASK, in order of their numbers.

    Rows without a model, as the reference system left them, are no cells until a grid claims them.
    """
    found = read_cells(conn, study.code)
    return {code: cell for code, cell in found.items() if cell.model in MODELS}


def read_grid(conn: Connection, study: Study) -> Grid:
    """Return all cells of the study, and the prices they are trained on.

    Raises:
        StoreError: there are no cells, or no prices.
    """
    cells = known_cells(conn, study)
    if not cells:
        raise StoreError(
            f"TB_HYPERPARAMETER holds no cell of study {study.code}. "
            "Materialize hyperparameter_grid first."
        )
    bars = adjusted_bars(conn, study)
    return Grid(cells, TrainingSeries.of(bars, study.price, study.evaluation_share))


def read_scored(conn: Connection, study: Study) -> ScoredGrid:
    """Return the study's grid and the newest result of each cell; raises as read_grid."""
    grid = read_grid(conn, study)
    results = {each.code_task: each for each in read_results(conn, study.code)}
    return ScoredGrid(grid, results, read_versions(conn, study.code))


def adjusted_bars(conn: Connection, study: Study) -> pd.DataFrame:
    """Return the study's adjusted bars; raises StoreError if there are none."""
    bars = read_adjusted(conn, study.ticker, *date_range(study))
    refuse_empty(bars, "TB_ASSETVALUE_ADJ", "adjusted_prices", study)
    return bars


def date_range(study: Study) -> tuple[str, str | None]:
    """Return the study's dates as the tables write them; None is open-ended."""
    date_end = study.date_end.isoformat() if study.date_end else None
    return study.date_begin.isoformat(), date_end


def refuse_empty(bars: pd.DataFrame, table: str, asset: str, study: Study) -> None:
    """Raise StoreError if a table holds no bars of the study's dates."""
    if bars.empty:
        raise StoreError(
            f"{table} holds no bars of {study.ticker} from {study.date_begin} to "
            f"{study.date_end or 'today'}. Materialize {asset} first."
        )
