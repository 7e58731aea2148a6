"""A study's grid as the tables hold it: cells, the prices they are trained on, what they scored.

No Dagster in this module.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from lstm_assets.cells.cell import Cell
from lstm_assets.cells.result import Result, Version
from lstm_assets.evaluation.selection import Selection, select
from lstm_assets.records.cells import Grid, read_grid
from lstm_assets.search.history import State, Trial
from lstm_assets.store.results import read_results, read_versions
from lstm_assets.study import Study
from lstm_assets.training.series import warm_data_version


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


def read_scored(conn: Connection, study: Study) -> ScoredGrid:
    """Return the study's grid and the newest result of each cell; raises as read_grid."""
    grid = read_grid(conn, study)
    results = {each.code_task: each for each in read_results(conn, study.code)}
    return ScoredGrid(grid, results, read_versions(conn, study.code))
