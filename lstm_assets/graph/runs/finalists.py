"""Train the best cells of a study with other seeds, before its winner is named."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

import dagster as dg

from lstm_assets.graph.interrupts import held_back
from lstm_assets.graph.io_managers.results import ResultTables
from lstm_assets.graph.runs.training_run import log_line, result_of, without_scores
from lstm_assets.records.scored import ScoredCells
from lstm_assets.store.engine import through_outage
from lstm_assets.store.locks import training_lock
from lstm_assets.tracking.listener import Listener
from lstm_assets.training.events import CellFailed, CellTrained, Event
from lstm_assets.training.executors import Executor
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory, plan


@dataclass(frozen=True, slots=True)
class Seeds:
    """How the finalists of one study are trained with other seeds."""

    context: dg.AssetExecutionContext
    tables: ResultTables
    executor: Executor
    options: Options
    listener: Listener

    def trained(self, scored: ScoredCells) -> ScoredCells:
        """Return the study's results, once each finalist has been trained with each seed.

        Each training is stored at once, so a run that is repeated trains only what is missing. A
        seed that diverges is stored without an MSE. One that fails in another way is logged, and is
        tried again the next time.
        """
        if not _missing(scored):
            return scored

        def waiting() -> None:
            code = scored.study.code
            self.listener.show_line(f"another run is training study {code}; waiting until it ends")

        with training_lock(self.tables.engine, scored.study.code, waiting):
            scored = self._read(scored)  # another run may have trained them meanwhile
            missing = _missing(scored)
            for repeat, fold in sorted({(repeat, fold) for _, repeat, fold in missing}):
                codes = {code for code, *part in missing if part == [repeat, fold]}
                self._train(scored, codes, repeat, fold)
            return self._read(scored)

    def _read(self, scored: ScoredCells) -> ScoredCells:
        return replace(through_outage(self.tables.load), searched=scored.searched)

    def _train(self, scored: ScoredCells, codes: set[str], repeat: int, fold: int) -> None:
        series = scored.fold_series[fold - 1] if fold else scored.series
        cells = {code: cell for code, cell in scored.cells.items() if code in codes}
        trajectories = plan(scored.study.code, cells, series, repeat=repeat)
        self.listener.show_line(
            f"{len(codes)} finalists: seed {repeat + 1} of {scored.study.finalists.seeds}"
        )
        self.listener.start(trajectories, series, reused=0)
        by_code = {code: each for each in trajectories for code in each.codes}
        with closing(self.executor.train(trajectories, series, self.options)) as events:
            for event in events:
                work = partial(self._handle, event, by_code, series, scored, repeat)
                through_outage(work)
                self.listener.happened(event)

    def _handle(
        self,
        event: Event,
        trajectories: dict[str, Trajectory],
        series: TrainingSeries,
        scored: ScoredCells,
        repeat: int,
    ) -> None:
        """Store what happened. If it fails halfway, it can be repeated."""
        if not isinstance(event, CellTrained | CellFailed):
            return
        fold = series.fold.number if series.fold else 0
        version = scored.version_of(event.code, repeat, fold)
        trajectory, weights = trajectories[event.code], None
        if isinstance(event, CellTrained):
            result = result_of(scored.study, event, trajectory, series, version)
            weights = None if fold else event.weights
        else:
            log_line(self.context, f"{event.code}, seed {repeat + 1}: {event.reason}")
            if not event.recurs:
                return
            result = without_scores(scored.study, event.code, trajectory, series, version)
        part = replace(result, idx_repeat=repeat, idx_fold=fold or None)
        with held_back():
            self.tables.write_repeat(part, weights)


def _missing(scored: ScoredCells) -> list[tuple[str, int, int]]:
    """Return CODE_TASK, number of the seed and of the fold of each training that is missing."""
    folds = [*range(1, len(scored.fold_series) + 1)] if scored.ranks_by_folds else []
    return [
        (each.code_task, repeat, fold)
        for each in scored.finalists
        for repeat in range(1, scored.study.finalists.seeds)
        for fold in [*folds, 0]
        if scored.repeat(each.code_task, repeat, fold) is None
    ]
