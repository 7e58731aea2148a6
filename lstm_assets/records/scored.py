"""A study's cells and their results."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection

from lstm_assets.cells.cell import Cell
from lstm_assets.cells.result import Result, Version
from lstm_assets.evaluation.selection import Selection, select
from lstm_assets.records.cells import StudyCells, read_study_cells
from lstm_assets.search.history import State, Trial
from lstm_assets.store.results import read_results, read_versions
from lstm_assets.study import Study
from lstm_assets.training.series import warm_data_version


@dataclass(frozen=True)
class ScoredCells(StudyCells):
    """All cells of one study and their results."""

    results: dict[str, Result]  # the newest result of each cell, by CODE_TASK
    versions: dict[str, dict[int, Version]]  # by CODE_TASK, then by version

    @cached_property
    def current(self) -> frozenset[str]:
        """The CODE_TASKs whose newest result today's prices and code would give again.

        The training may start from the cell's seed, or from the weights of an earlier version.
        """
        return frozenset(code for code, result in self.results.items() if self._is_current(result))

    @cached_property
    def ranking(self) -> Selection:
        """The ranking of the current results."""
        partial = epochs_of_partial(self.cells)
        return select(self.results.values(), self.current, partial, self.outside)

    @cached_property
    def trials(self) -> list[Trial]:
        """The study's cells as trials of a search, in order of their codes; only of its model."""
        return [
            self._trial(code, cell)
            for code, cell in self.cells.items()
            if cell.model == self.study.model
        ]

    def has_seen_evaluation(self, code_task: str, version_model: int) -> bool:
        """Return whether a version was trained on a bar that scores its cell today.

        Earlier versions count as well, because a warm start may have used their weights.
        """
        start = self.evaluation_start(code_task)
        return any(
            trained.date_e_train >= start
            for version, trained in self.versions.get(code_task, {}).items()
            if version <= version_model
        )

    def _is_current(self, result: Result) -> bool:
        from_seed = self.data_versions.get(result.code_task)
        if from_seed is None or result.data_version is None or result.mse is None:
            return False  # it has no cell or no MSE, or it is not known what it was scored on
        earlier = [
            trained.data_version
            for version, trained in self.versions.get(result.code_task, {}).items()
            if version < result.version_model and trained.data_version
        ]
        possible = [from_seed, *(warm_data_version(from_seed, parent) for parent in earlier)]
        return result.data_version in possible

    def _trial(self, code_task: str, cell: Cell) -> Trial:
        result = self.results.get(code_task)
        state, mse = State.OPEN, None
        if code_task in self.current and result is not None and result.mse is not None:
            state, mse = State.DONE, result.mse
        elif cell.failed_data_version == self.data_versions[code_task]:
            state = State.FAILED
        return Trial(
            values=cell.hyperparameters,
            state=state,
            mse=mse,
            code_task=code_task,
            method=cell.method,
            round=cell.round,
            seconds=(result.seconds_train if result else None) or 0.0,
            epoch_full=cell.epoch_full,
        )


def epochs_of_partial(cells: dict[str, Cell]) -> dict[str, int]:
    """Return the epochs, by CODE_TASK, of the cells that a search stopped early."""
    return {code: cell.hyperparameters["epoch"] for code, cell in cells.items() if cell.is_partial}


def read_scored_cells(conn: Connection, study: Study) -> ScoredCells:
    """Return the study's cells and the newest result of each; raises like read_study_cells."""
    study_cells = read_study_cells(conn, study)
    results = {result.code_task: result for result in read_results(conn, study.code)}
    versions = read_versions(conn, study.code)
    return ScoredCells(study, study_cells.cells, study_cells.series, results, versions)
