"""A study's cells and their results."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import Connection

from lstm_assets.cells.cell import Cell
from lstm_assets.cells.result import Baseline, Result, Version
from lstm_assets.evaluation.selection import Selection, select
from lstm_assets.records.cells import StudyCells, read_study_cells
from lstm_assets.search.history import State, Trial
from lstm_assets.store.results import read_repeats, read_results, read_versions
from lstm_assets.study import Study
from lstm_assets.training.series import warm_data_version


@dataclass(frozen=True)
class ScoredCells(StudyCells):
    """All cells of one study and their results."""

    results: dict[str, Result]  # the newest result of each cell, by CODE_TASK
    versions: dict[str, dict[int, Version]]  # by CODE_TASK, then by version
    others: Sequence[Result] = field(default=(), kw_only=True)  # with other seeds, on earlier folds

    @cached_property
    def trained(self) -> frozenset[str]:
        """The CODE_TASKs whose newest result today's prices and code would give again.

        The training may start from the cell's seed, or from the weights of an earlier version.
        """
        return frozenset(code for code, result in self.results.items() if self._is_trained(result))

    @cached_property
    def current(self) -> frozenset[str]:
        """The CODE_TASKs that are trained and have what their study ranks by, on every fold."""
        return frozenset(code for code in self.trained if self._is_complete(code))

    def repeat(self, code_task: str, repeat: int = 0, fold: int = 0) -> Result | None:
        """Return another training of a cell on today's prices; None if there is none.

        Args:
            code_task: its code.
            repeat: number of another seed, from 1; 0: its own.
            fold: number of an earlier fold, from 1; 0: all bars.
        """
        return self._repeats.get((code_task, repeat, fold))

    def score(self, result: Result) -> float | None:
        """Return what the study ranks a training by, folds left aside; None if it has none."""
        return score_of(self.study, result)

    def fold_scores(self, code_task: str, repeat: int = 0) -> list[float | None]:
        """Return the scores of a cell with one of its seeds: each fold, all bars last.

        A training that does not exist has the score None.
        """
        folds = [self.repeat(code_task, repeat, n + 1) for n in range(len(self.fold_series))]
        whole = self.repeat(code_task, repeat) if repeat else self.results[code_task]
        return [None if each is None else self.score(each) for each in (*folds, whole)]

    def ranked_by(self, code_task: str, repeat: int = 0) -> float | None:
        """Return what a cell with one of its seeds is ranked by; None if a part is missing."""
        scores = self.fold_scores(code_task, repeat)
        return _mean(scores if self.ranks_by_folds else scores[-1:])

    @property
    def ranks_by_folds(self) -> bool:
        """Whether the study ranks by the mean over its folds."""
        return ranks_by_folds(self.study)

    @cached_property
    def scores(self) -> dict[str, float]:
        """What each current cell is ranked by with its own seed, by CODE_TASK."""
        own = {code: self.ranked_by(code) for code in self.current}
        return {code: score for code, score in own.items() if score is not None}

    @cached_property
    def finalists(self) -> list[Result]:
        """The best cells with their own seed, the best first. They may be trained with others.

        Cells that a search stopped early, or that are outside the study's space, are left out.
        """
        ranked = self._ranking({}).ranked
        whole = (each for each in ranked if not self.cells[each.code_task].is_partial)
        inside = [each for each in whole if each.code_task not in self.outside]
        return inside[: self.study.finalists.cells]

    def seed_scores(self, code_task: str) -> list[float | None]:
        """Return what a cell is ranked by with each seed that the study asks for, its own first.

        A seed that was not trained yet has the score None; one whose training diverged, infinity.
        """
        others = range(1, self.study.finalists.seeds)
        return [
            self.ranked_by(code_task),
            *(
                math.inf if self._has_diverged(code_task, each) else self.ranked_by(code_task, each)
                for each in others
            ),
        ]

    @cached_property
    def ranking(self) -> Selection:
        """The ranking of the current results; finalists with all their seeds come first."""
        return self._ranking(self.means)

    @cached_property
    def means(self) -> dict[str, float]:
        """The mean over the seeds of each finalist that was trained with all, by CODE_TASK."""
        if self.study.finalists.seeds == 1:
            return {}
        means = {each.code_task: _mean(self.seed_scores(each.code_task)) for each in self.finalists}
        return {code: mean for code, mean in means.items() if mean is not None}

    def _ranking(self, means: dict[str, float]) -> Selection:
        partial = epochs_of_partial(self.cells)
        return select(
            self.results.values(), self.current, partial, self.outside, self.scores, means
        )

    def _has_diverged(self, code_task: str, repeat: int) -> bool:
        parts = [self.repeat(code_task, repeat, n) for n in range(len(self.fold_series) + 1)]
        return any(each is not None and each.mse is None for each in parts)

    @cached_property
    def _repeats(self) -> dict[tuple[str, int, int], Result]:
        folds = range(len(self.fold_series) + 1)
        found: dict[tuple[str, int, int], Result] = {}
        for each in self.others:
            code, repeat, fold = each.code_task, each.idx_repeat or 0, each.idx_fold or 0
            if code not in self.cells or fold not in folds:
                continue
            if each.data_version == self.version_of(code, repeat, fold):
                found[code, repeat, fold] = each
        return found

    def _is_complete(self, code_task: str) -> bool:
        return code_task in self.cells and None not in self.fold_scores(code_task)

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

    def _is_trained(self, result: Result) -> bool:
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
            state, mse = State.DONE, self.scores[code_task]
        elif cell.failed_data_version == self.data_versions[code_task]:
            state = State.FAILED
        return Trial(
            values=cell.hyperparameters,
            state=state,
            mse=mse,
            code_task=code_task,
            method=cell.method,
            round=cell.round,
            seconds=self._seconds(code_task),
            epoch_full=cell.epoch_full,
        )

    def _seconds(self, code_task: str) -> float:
        """Return the seconds of training of a cell, on all its folds."""
        folds = [self.repeat(code_task, 0, n + 1) for n in range(len(self.fold_series))]
        trained = [self.results.get(code_task), *folds]
        return sum((each.seconds_train if each else None) or 0.0 for each in trained)


def ranks_by_folds(study: Study) -> bool:
    """Return whether a study ranks its cells by the mean over their folds."""
    return study.folds is not None and study.folds.rank == "mean"


def score_of(study: Study, result: Result | Baseline) -> float | None:
    """Return what a study ranks a forecast by, folds left aside; None if it has none."""
    return result.mse if study.rank_by == "mse" else result.relative_mse


def stored_score(study: Study, result: Result | Baseline) -> float:
    """Return what a stored forecast, also on other prices, was ranked by; infinity if unknown."""
    stored = result.folds_mean if ranks_by_folds(study) else score_of(study, result)
    return math.inf if stored is None else stored


def _mean(scores: Iterable[float | None]) -> float | None:
    """Return the mean; None if a score is missing."""
    known = list(scores)
    return None if None in known else sum(each or 0.0 for each in known) / len(known)


def epochs_of_partial(cells: dict[str, Cell]) -> dict[str, int]:
    """Return the epochs, by CODE_TASK, of the cells that a search stopped early."""
    return {code: cell.hyperparameters["epoch"] for code, cell in cells.items() if cell.is_partial}


def read_scored_cells(conn: Connection, study: Study) -> ScoredCells:
    """Return the study's cells and the newest result of each; raises like read_study_cells."""
    study_cells = read_study_cells(conn, study)
    results = {result.code_task: result for result in read_results(conn, study.code)}
    versions = read_versions(conn, study.code)
    others = read_repeats(conn, study.code)
    return ScoredCells(
        study, study_cells.cells, study_cells.series, results, versions, others=others
    )
