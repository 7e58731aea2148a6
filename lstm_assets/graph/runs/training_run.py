"""What a run of model_results does: it reuses or trains the cells that it was asked for."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import fmean, stdev

import dagster as dg
from dagster import DagsterExecutionInterruptedError

from lstm_assets.cells.cell import Cell
from lstm_assets.cells.codes import by_number
from lstm_assets.cells.result import Result
from lstm_assets.errors import StoreError
from lstm_assets.graph.failures import reason
from lstm_assets.graph.instance import storage_refusals
from lstm_assets.graph.interrupts import held_back
from lstm_assets.graph.io_managers.results import ResultTables
from lstm_assets.graph.runs.materializations import materialization, provenance
from lstm_assets.records.cells import StudyCells
from lstm_assets.records.scored import ScoredCells
from lstm_assets.records.winner import relative_mse_of
from lstm_assets.store.engine import through_outage
from lstm_assets.store.locks import training_lock
from lstm_assets.store.status import Status, without_refused_note
from lstm_assets.study import Study
from lstm_assets.tracking.listener import Listener
from lstm_assets.training.checkpoint import checkpoint_path
from lstm_assets.training.events import CellFailed, CellTrained, Event, TrajectoryStarted
from lstm_assets.training.executors import Executor
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries, warm_data_version
from lstm_assets.training.trajectory import Trajectory, plan
from lstm_assets.training.warm_start import WarmStart

_logger = logging.getLogger(__name__)


@contextmanager
def training_run(
    context: dg.AssetExecutionContext,
    tables: ResultTables,
    codes: Sequence[str],
    listener: Listener,
) -> Iterator[TrainingRun]:
    """Begin a run of these cells, once no other run trains the study.

    Args:
        context: the context of the run.
        tables: the study's tables, where cells are read and stored.
        codes: the requested CODE_TASKs.
        listener: follows the progress of the training.

    Raises:
        StoreError: the grid has no such cell, or the database refused.
    """
    study = tables.study

    def waiting() -> None:
        listener.show_line(f"another run is training study {study.code}; waiting until it ends")

    through_outage(partial(tables.begin_run, context))
    with training_lock(tables.engine, study.code, waiting):
        # Read only now, so that cells which the other run has finished are not trained again.
        scored = through_outage(tables.load)
        yield TrainingRun(context, tables, scored, scored.only(codes), listener)


def log_line(context: dg.AssetExecutionContext, line: str) -> None:
    """Write a line to the run's log; wait if Dagster's storage is away."""

    def write() -> None:
        with storage_refusals():
            context.log.info(line)

    through_outage(write)


@dataclass
class TrainingRun:
    """A run of cells of one study, see `training_run`."""

    context: dg.AssetExecutionContext
    tables: ResultTables
    scored: ScoredCells  # all cells of the study, and their results before this run
    requested: StudyCells  # the cells that the run was asked for
    listener: Listener
    versions: dict[str, str] = field(init=False)  # CODE_TASK -> data version that training gives
    left: dict[str, Cell] = field(init=False)  # cells that are not finished yet
    provenance: dict[str, str] = field(init=False)  # tags that name the grid of the cells
    failed: dict[str, str] = field(default_factory=dict)  # CODE_TASK -> reason
    on_folds: dict[tuple[str, int], Result] = field(default_factory=dict)  # trained by this run

    @property
    def study(self) -> Study:
        """The study of the cells."""
        return self.requested.study

    def __post_init__(self) -> None:
        self.left = dict(self.requested.cells)
        self.versions = dict(self.requested.data_versions)
        self.provenance = provenance(self.context.instance, self.study)

    def reuse(self) -> None:
        """Materialize, without training, cells whose stored result training would give again."""
        trained = [self.scored.results[code] for code in self.left if code in self.scored.trained]
        reused = [each for each in map(self._with_ranking_scores, trained) if each is not None]
        for result in reused:
            if result != self.scored.results[result.code_task]:
                self.tables.write_ranking_scores(result)
        self.tables.completed([result.code_task for result in reused])
        for result in reused:
            through_outage(partial(self._materialize, result, reused=True))

    def train(
        self, executor: Executor, options: Options, *, warm_start: bool, retrain: bool = False
    ) -> None:
        """Train the cells left.

        Args:
            executor: where they are trained.
            options: checkpoints, limits and device.
            warm_start: whether to start from each cell's last weights, if it has any.
            retrain: whether to also train cells that failed on the same prices before, by no fault
                of their run. Otherwise they are left as they are, and count as failed.
        """
        warm_starts = self._warm_starts() if warm_start else {}
        reused = len(self.requested.cells) - len(self.left)
        if not retrain:
            self._leave_out_failures()
        with self._cells_left_are_noted():
            self.tables.claim(list(self.left), self.context.run.run_id)
            for series in self.requested.fold_series:
                number = series.fold.number if series.fold else 0
                cells = {
                    code: cell
                    for code, cell in self.left.items()
                    if retrain or self.scored.repeat(code, 0, number) is None
                }
                # From their seeds: the last weights of a cell have seen later bars.
                self._train(executor, options, series, plan(self.study.code, cells, series))
            if self.requested.fold_series and not retrain:
                self.reuse()  # those that lacked no more than a fold
            series = self.requested.series
            trajectories = plan(self.study.code, self.left, series, warm_starts)
            self._train(executor, options, series, trajectories, reused=reused)
        self._drop_checkpoints(options)

    def _train(
        self,
        executor: Executor,
        options: Options,
        series: TrainingSeries,
        trajectories: list[Trajectory],
        reused: int = 0,
    ) -> None:
        """Train trajectories on all bars or on one fold, and store each of their cells at once."""
        if series.fold and not trajectories:
            return
        if series.fold:
            count = len(self.requested.fold_series) + 1
            self.listener.show_line(f"fold {series.fold.number} of {count}")
        self.listener.start(trajectories, series, reused=reused)
        by_code = {code: each for each in trajectories for code in each.codes}
        with closing(executor.train(trajectories, series, options)) as events:
            for event in events:
                # The wait is out here, because signals are held back inside `_handle`.
                through_outage(partial(self._handle, event, by_code, series))
                self.listener.happened(event)

    def refuse_if_failed(self) -> None:
        """Fail the run if cells failed; only then does Dagster show these cells as failed."""
        if self.failed:
            code = min(self.failed, key=by_number)
            count = f"{len(self.failed)} of {len(self.requested.cells)} cells"
            raise dg.Failure(
                f"{count} failed, {code} first: {self.failed[code]}",
                metadata=dict(self.failed),
                allow_retries=False,
            )

    def _leave_out_failures(self) -> None:
        """Do not train cells that would fail again as they did before; count them as failed."""
        codes = [
            code
            for code, cell in self.left.items()
            if cell.failure_recurs and cell.failed_data_version == self.versions[code]
        ]
        if not codes:
            return
        self.failed |= self.tables.failed_before(codes)
        for code in codes:
            del self.left[code]
        count = f"{len(codes)} cell{'s' * (len(codes) != 1)}"
        self.listener.show_line(
            f"{count} diverged or could not be trained on these prices before, {codes[0]} first: "
            f"{self.failed[codes[0]]} {'They are' if len(codes) > 1 else 'It is'} not trained "
            "again; --retrain, or `retrain: true` in the run config, does so."
        )

    def _drop_checkpoints(self, options: Options) -> None:
        """Delete the checkpoints of cells that the search has stopped and will not continue."""
        trained = self.requested.cells.keys() - self.failed.keys()
        stopped = self.scored.stopped(trained | self.scored.current)
        for series in (*self.requested.fold_series, self.requested.series):
            for each in plan(self.study.code, stopped, series):
                if options.checkpoints:
                    checkpoint_path(options.checkpoints, each, series).unlink(missing_ok=True)

    def _warm_starts(self) -> Mapping[str, WarmStart]:
        warm_starts: dict[str, WarmStart] = {}
        for code in self.left:
            last = self.scored.results.get(code)
            if last is None or not last.path_model or not last.data_version:
                continue
            if self.scored.has_seen_evaluation(code, last.version_model):
                self.listener.show_line(
                    f"{code} starts from its seed: its last weights were trained on evaluation bars"
                )
                continue
            warm_starts[code] = WarmStart(Path(last.path_model), last.data_version)
            self.versions[code] = warm_data_version(self.versions[code], last.data_version)
        return warm_starts

    def _handle(
        self, event: Event, trajectories: dict[str, Trajectory], series: TrainingSeries
    ) -> None:
        """Store and materialize what happened. If it fails halfway, it can be repeated."""
        with held_back():
            if isinstance(event, TrajectoryStarted):
                self.tables.begin(event.codes, self.context.run.run_id)
            elif isinstance(event, CellTrained):
                self._finish(event, trajectories[event.code], series)
            elif isinstance(event, CellFailed):
                self._fail(event)

    def _finish(self, event: CellTrained, trajectory: Trajectory, series: TrainingSeries) -> None:
        run_id = self.context.run.run_id
        if series.fold is not None:
            number = series.fold.number
            version = self.requested.version_of(event.code, 0, number)
            result = replace(
                result_of(self.study, event, trajectory, series, version), idx_fold=number
            )
            self.on_folds[event.code, number] = self.tables.write_repeat(result, None, run_id)
            return
        version = self.versions[event.code]
        result = result_of(self.study, event, trajectory, series, version)
        result = self._with_ranking_scores(result) or result
        stored = self.tables.write(result, event.weights, run_id)
        self._materialize(stored, reused=False, losses=event.losses)

    def _with_ranking_scores(self, result: Result) -> Result | None:
        """Return a cell's own result with its relative MSE and its folds; None if one is missing.

        A result of an older version of the code has no relative MSE: its model forecasts again.
        """
        code, scored = result.code_task, self.scored
        if scored.score(result) is None:
            if (relative := relative_mse_of(scored, result)) is None:
                return None
            result = replace(result, relative_mse=relative)
        numbers = [each + 1 for each in range(len(self.requested.fold_series))]
        if not numbers:
            return result
        folds = [self.on_folds.get((code, n)) or scored.repeat(code, 0, n) for n in numbers]
        scores = [None if each is None else scored.score(each) for each in (*folds, result)]
        known = [each for each in scores if each is not None]
        if len(known) < len(scores):
            return None
        return replace(result, folds_mean=fmean(known), folds_sd=stdev(known))

    def _fail(self, event: CellFailed) -> None:
        version = self.versions[event.code]
        self.tables.fail(event, self.context.run.run_id, version)
        with storage_refusals():
            self.context.log.error(f"{event.code}: {event.reason}")
        self.failed[event.code] = event.reason
        del self.left[event.code]

    def _materialize(self, result: Result, *, reused: bool, losses: Sequence[float] = ()) -> None:
        """Materialize a stored cell. Dagster stores events at once, so a killed run keeps them."""
        cell = self.requested.cells[result.code_task]
        event = materialization(
            self.study,
            result,
            self.provenance,
            reused=reused,
            losses=losses,
            epoch_full=cell.epoch_full if cell.is_partial else None,
        )
        with storage_refusals():
            self.context.log_event(event)
        del self.left[result.code_task]

    @contextmanager
    def _cells_left_are_noted(self) -> Iterator[None]:
        """Leave no row Running and no claim, whatever ends the run."""
        ended, note = Status.ERROR, ""
        try:
            yield
        except (KeyboardInterrupt, DagsterExecutionInterruptedError):
            ended = Status.CANCELED
            raise
        except Exception as error:
            note = reason(error)
            raise
        finally:
            self._leave(ended, note)

    def _leave(self, ended: Status, note: str) -> None:
        def write(text: str) -> None:
            with held_back():
                self.tables.leave(list(self.left), self.context.run.run_id, ended, text)

        try:
            through_outage(partial(without_refused_note, write, note))
        except StoreError as error:  # raised here, it would hide why the run has ended
            code = self.study.code
            _logger.warning("cells of study %s did not become %s: %s", code, ended, error)


def result_of(
    study: Study,
    event: CellTrained,
    trajectory: Trajectory,
    series: TrainingSeries,
    version: str,
) -> Result:
    """Return what a training scored, before it is stored under a version.

    Args:
        study: the study of the cell.
        event: the end of its training.
        trajectory: what trained it.
        series: the prices that it was trained on.
        version: the data version of the training.
    """
    return replace(
        without_scores(study, event.code, trajectory, series, version),
        loss=event.scores.loss,
        accuracy=event.scores.accuracy,
        mse=event.scores.mse,
        relative_mse=event.scores.relative_mse,
        seconds_train=event.seconds,
    )


def without_scores(
    study: Study, code_task: str, trajectory: Trajectory, series: TrainingSeries, version: str
) -> Result:
    """Return a training that has no scores, such as one that diverged; see `result_of`."""
    split = trajectory.split(series)
    return Result(
        code_task=code_task,
        ticker=study.ticker,
        version_model=0,
        date_b_train=series.date(0),
        date_e_train=series.date(split.cut - 1),
        date_b_test=series.date(int(split.test_origins[0])),
        date_e_test=series.date(split.bars - 1),
        loss=None,
        accuracy=None,
        mse=None,
        seed=trajectory.seed,
        data_version=version,
    )
