"""A study's cells, and what they scored."""

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
    """All cells of one study, and their results."""

    results: dict[str, Result]  # the newest of each cell, by CODE_TASK
    versions: dict[str, dict[int, Version]]  # by CODE_TASK, then by version

    @cached_property
    def current(self) -> frozenset[str]:
        """The CODE_TASKs whose newest result today's prices and code would give again.

        Such a result was trained from the cell's seed, or from the weights of an earlier version.
        """
        return frozenset(code for code, result in self.results.items() if self._is_current(result))

    @cached_property
    def ranking(self) -> Selection:
        """The ranking of the current results."""
        return select(self.results.values(), self.current, epochs_of_partial(self.cells))

    @cached_property
    def trials(self) -> list[Trial]:
        """The cells of the study's model as what a search knows, in order of their codes."""
        return [
            self._trial(code, cell)
            for code, cell in self.cells.items()
            if cell.model == self.study.model
        ]

    def has_seen_evaluation(self, code_task: str, version_model: int) -> bool:
        """Whether a version was trained on a bar that scores its cell today.

        So was a warm-started one of whose earlier versions that is true.
        """
        start = self.evaluation_start(code_task)
        return any(
            known.date_e_train >= start
            for version, known in self.versions.get(code_task, {}).items()
            if version <= version_model
        )

    def _is_current(self, result: Result) -> bool:
        fresh = self.data_versions.get(result.code_task)
        if fresh is None or result.data_version is None:
            return False  # of no cell, or nobody can say what it was scored on
        earlier = [
            known.data_version
            for version, known in self.versions.get(result.code_task, {}).items()
            if version < result.version_model and known.data_version
        ]
        possible = [fresh, *(warm_data_version(fresh, parent) for parent in earlier)]
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
    """Return the study's cells and the newest result of each; raises as read_study_cells."""
    known = read_study_cells(conn, study)
    results = {each.code_task: each for each in read_results(conn, study.code)}
    versions = read_versions(conn, study.code)
    return ScoredCells(study, known.cells, known.series, results, versions)
