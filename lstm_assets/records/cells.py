"""All cells of a study and the prices they are trained on, read from the tables."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

from sqlalchemy import Connection

from lstm_assets.cells.cell import Cell
from lstm_assets.cells.settings import settings_of
from lstm_assets.data.windows import Split
from lstm_assets.errors import StoreError
from lstm_assets.evaluation.metrics import naive_mse
from lstm_assets.models import MODELS
from lstm_assets.records.prices import adjusted_bars
from lstm_assets.search.history import trajectory_key
from lstm_assets.search.space.space import Space
from lstm_assets.store.hyperparameters import read_cells
from lstm_assets.study import Study
from lstm_assets.training.series import TrainingSeries, data_version
from lstm_assets.training.trajectory import seed_of


@dataclass(frozen=True)
class StudyCells:
    """All cells of one study and the prices they are trained on."""

    study: Study
    cells: dict[str, Cell]  # by CODE_TASK, in order of their numbers
    series: TrainingSeries
    searched: Space | None = field(default=None, kw_only=True)  # what a command searches instead

    @cached_property
    def data_versions(self) -> dict[str, str]:
        """By CODE_TASK, the data version that a training of the cell would have today."""
        return {code: self.version_of(code) for code in self.cells}

    @cached_property
    def fold_series(self) -> list[TrainingSeries]:
        """The parts of the series that are its earlier folds, the oldest first; often none.

        Raises:
            TooFewBarsError: the oldest fold has no bars to train on.
        """
        folds = self.study.folds
        return self.series.earlier_folds(folds.n, folds.bars_of_gap) if folds else []

    def version_of(self, code_task: str, repeat: int = 0, fold: int = 0) -> str:
        """Return the data version that a training of a cell would have today.

        Args:
            code_task: its code.
            repeat: number of another seed, from 1; 0: its own.
            fold: number of an earlier fold, from 1; 0: all bars.
        """
        cell = self.cells[code_task]
        digest = self._digests[fold]
        seed = seed_of(self.study.code, cell.hyperparameters, repeat)
        return data_version(digest, cell.model, cell.hyperparameters, seed)

    @cached_property
    def _digests(self) -> list[str]:
        return [each.digest() for each in (self.series, *self.fold_series)]

    @cached_property
    def outside(self) -> frozenset[str]:
        """The CODE_TASKs of the cells outside the study's space."""
        return outside_codes(self.study, self.cells, self.searched)

    def only(self, codes: Sequence[str]) -> Self:
        """Return a copy with only these cells, in this order.

        Raises:
            StoreError: the study does not have one of these cells.
        """
        unknown = [code for code in codes if code not in self.cells]
        if unknown:
            raise StoreError(
                f"TB_HYPERPARAMETER holds no {unknown[0]} of study {self.study.code}. "
                "Materialize hyperparameter_grid. If no grid has this CODE_TASK, delete its "
                "partition."
            )
        return replace(self, cells={code: self.cells[code] for code in codes})

    def stopped(self, done: Container[str]) -> dict[str, Cell]:
        """Return the cells that a search has stopped early and will not continue.

        The newest round of a search contains every cell that continues, or may still do so.

        Args:
            done: CODE_TASKs of cells that need no training. A done cell that has all its epochs
                does not continue.
        """
        newest: dict[tuple[str, str], int] = {}
        for cell in self.cells.values():
            search = cell.model, cell.method
            newest[search] = max(newest.get(search, 0), cell.round)
        continued = {
            trajectory_key(cell.model, cell.hyperparameters)
            for code, cell in self.cells.items()
            if cell.epoch_full is not None
            and cell.round == newest[cell.model, cell.method]
            and (cell.is_partial or code not in done)
        }
        return {
            code: cell
            for code, cell in self.cells.items()
            if cell.is_partial and trajectory_key(cell.model, cell.hyperparameters) not in continued
        }

    def naive_mse(self, code_task: str) -> float:
        """Return the MSE of the naive forecast for a cell's horizon, in price units squared.

        Raises:
            TooFewBarsError: the series is too short for the cell.
            LeakError: the cell would be trained on evaluation bars.
        """
        return naive_mse(self.series.prices, self.split(code_task))

    def evaluation_start(self, code_task: str) -> str:
        """Return the date of the first bar that scores a cell, YYYYMMDD; raises like naive_mse."""
        return self.series.date(self.split(code_task).evaluation_start)

    def split(self, code_task: str) -> Split:
        """Return how a cell's settings cut the series; raises like naive_mse."""
        cell = self.cells[code_task]
        return self.series.split(*settings_of(cell.hyperparameters, cell.model))


def outside_codes(
    study: Study, cells: Mapping[str, Cell], searched: Space | None = None
) -> frozenset[str]:
    """Return the CODE_TASKs of the cells that the study's space or constraint no longer has.

    They were trained before the study was changed, or with another space on the command line.

    Args:
        study: the study.
        cells: by CODE_TASK.
        searched: another space whose cells count as the study's own.
    """
    spaces = [study.space, searched] if searched else [study.space]
    return frozenset(
        code
        for code, cell in cells.items()
        if cell.model != study.model
        or not any(space.takes(cell.hyperparameters) for space in spaces)
    )


def known_cells(conn: Connection, study: Study) -> dict[str, Cell]:
    """Return the study's cells by CODE_TASK, in order of their numbers.

    Rows of the reference system have no model. They are not cells until a grid proposes them. Nor
    are rows of another program with an unknown model or without an epoch.
    """
    cells = read_cells(conn, study.code)
    return {
        code: cell
        for code, cell in cells.items()
        if cell.model in MODELS and "epoch" in cell.hyperparameters
    }


def read_study_cells(conn: Connection, study: Study) -> StudyCells:
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
    return StudyCells(study, cells, TrainingSeries.of(bars, study.price, study.evaluation_share))
