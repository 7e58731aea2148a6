"""model_results: one trained and scored model per CODE_TASK."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace

import dagster as dg
from dagster import DagsterExecutionInterruptedError
from pydantic import Field

from lstm_assets.assets.keys import (
    HYPERPARAMETER_GRID,
    MODEL_RESULTS,
    asset_key,
    tables_key,
)
from lstm_assets.errors import StoreError
from lstm_assets.grid import Grid
from lstm_assets.interrupts import held_back
from lstm_assets.io_managers.cells import partitions_of
from lstm_assets.io_managers.results import ResultTables
from lstm_assets.io_managers.tables import one_line_failures, reason
from lstm_assets.settings import settings
from lstm_assets.store.hyperparameters import Cell
from lstm_assets.store.results import Result
from lstm_assets.store.status import Status
from lstm_assets.study import Study
from lstm_assets.training.events import CellFailed, CellTrained, Event, TrajectoryStarted
from lstm_assets.training.options import DeviceChoice, Options, workers_within
from lstm_assets.training.pool import default_workers, run
from lstm_assets.training.progress import LogProgress, Progress
from lstm_assets.training.series import code_version
from lstm_assets.training.trajectory import Trajectory, plan

CELLS_PER_RUN = 10_000  # of a backfill: a run's start costs as much as many small cells


class ModelResultsConfig(dg.Config):
    """Run config of model_results."""

    retrain: bool = Field(
        default=False, description="Train also the cells whose stored result is up to date."
    )
    workers: int | None = Field(
        default=None,
        ge=0,
        description="Worker processes; left out: one a processor; 0: train in the run's process.",
    )
    seconds_a_cell: float | None = Field(
        default=None, gt=0, description="Longest training of a cell; left out: no limit."
    )
    memory_megabytes: int | None = Field(
        default=None,
        gt=0,
        description="Memory of all workers together; fewer work if they would take more.",
    )
    device: DeviceChoice | None = Field(
        default=None,
        description="What trains: cpu, cuda or auto; left out: LSTM_ASSETS_DEVICE, or cpu.",
    )


def model_results(
    study: Study, tables: ResultTables, progress: Progress | None = None
) -> dg.AssetsDefinition:
    """Make the asset that trains the study's cells.

    Args:
        study: whose cells.
        tables: where results go.
        progress: what is told how training goes; None is the run's log.
    """

    @dg.asset(
        name=MODEL_RESULTS,
        key_prefix=study.name,
        group_name=study.name,
        description="Each CODE_TASK's model, trained and scored; its row is stored at once.",
        kinds={"mysql", "pytorch"},
        code_version=code_version(study.model),
        ins={
            "grid": dg.AssetIn(key=asset_key(study, HYPERPARAMETER_GRID)),
        },
        partitions_def=partitions_of(study),
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=CELLS_PER_RUN),
        output_required=False,
        io_manager_key=tables_key(study, MODEL_RESULTS),
    )
    def train(
        context: dg.AssetExecutionContext, config: ModelResultsConfig, grid: Grid
    ) -> Iterator[dg.Output[None]]:
        with one_line_failures():
            asked = _asked(study, grid, list(context.partition_keys))
            training = _Training(context, study, tables, asked)
            training.reuse(retrain=config.retrain)
            workers = default_workers() if config.workers is None else config.workers
            training.run(
                progress or LogProgress(context.log.info),
                workers_within(workers, config.memory_megabytes),
                Options(
                    checkpoints=settings().checkpoints / study.code,
                    seconds_a_cell=config.seconds_a_cell,
                    device=config.device or settings().device,
                ),
            )
        training.refuse_if_failed()
        yield from ()  # every cell was reported when it was finished; an output would do it again

    return train


def _asked(study: Study, grid: Grid, codes: list[str]) -> Grid:
    unknown = [code for code in codes if code not in grid.cells]
    if unknown:
        raise StoreError(
            f"TB_HYPERPARAMETER holds no {unknown[0]} of study {study.code}. "
            "Materialize hyperparameter_grid, and delete the partition if it is not one of its."
        )
    return replace(grid, cells={code: grid.cells[code] for code in codes})


def _provenance(context: dg.AssetExecutionContext, study: Study) -> dict[str, str]:
    """Return the tags by which Dagster tells whether a cell is in sync with its grid.

    It adds them to outputs, and not to events that an asset logs itself.
    """
    key = asset_key(study, HYPERPARAMETER_GRID)
    newest = context.instance.fetch_materializations(key, limit=1).records
    if not newest:
        return {}
    tags = newest[0].asset_materialization.tags if newest[0].asset_materialization else {}
    name = key.to_user_string()
    return {
        f"dagster/input_data_version/{name}": str((tags or {}).get("dagster/data_version", "")),
        f"dagster/input_event_pointer/{name}": str(newest[0].storage_id),
    }


@dataclass
class _Training:
    """One run's way through the cells it was asked for."""

    context: dg.AssetExecutionContext
    study: Study
    tables: ResultTables
    grid: Grid  # of the cells asked for
    versions: dict[str, str] = field(init=False)  # CODE_TASK -> data version
    left: dict[str, Cell] = field(init=False)  # not finished yet
    provenance: dict[str, str] = field(init=False)  # tags that name the grid it is trained from
    failed: dict[str, str] = field(default_factory=dict)  # CODE_TASK -> reason

    def __post_init__(self) -> None:
        self.left = dict(self.grid.cells)
        self.versions = self.grid.data_versions(self.study)
        self.provenance = _provenance(self.context, self.study)

    def reuse(self, *, retrain: bool) -> None:
        """Report the cells whose stored result is what training would give again."""
        if retrain:
            return
        stored = self.tables.results()
        reused = [
            stored[code]
            for code, version in self.versions.items()
            if code in stored and stored[code].data_version == version
        ]
        self.tables.set_statuses([result.code_task for result in reused], Status.COMPLETED)
        for result in reused:
            self._report(result, reused=True)

    def run(self, progress: Progress, workers: int, options: Options) -> None:
        """Train what is left."""
        trajectories = plan(self.study.code, self.left, self.grid.series)
        progress.start(trajectories, self.grid.series, reused=len(self.grid.cells) - len(self.left))
        by_code = {code: each for each in trajectories for code in each.codes}
        events = run(trajectories, self.grid.series, workers, options)
        with self._cells_left_are_noted(), closing(events):
            for event in events:
                with held_back():  # a cell is stored and reported whole
                    self._take(event, by_code)
                    progress.happened(event)

    def _take(self, event: Event, trajectories: dict[str, Trajectory]) -> None:
        if isinstance(event, TrajectoryStarted):
            self.tables.set_statuses(event.codes, Status.RUNNING)
        elif isinstance(event, CellTrained):
            self._finish(event, trajectories[event.code])
        elif isinstance(event, CellFailed):
            self._fail(event)

    def refuse_if_failed(self) -> None:
        """Fail the run, which is what makes Dagster show the missing cells as failed."""
        if self.failed:
            code, why = next(iter(self.failed.items()))
            raise dg.Failure(
                f"{len(self.failed)} of {len(self.grid.cells)} cells failed, {code} first: {why}",
                metadata=dict(self.failed),
                allow_retries=False,
            )

    def _finish(self, event: CellTrained, trajectory: Trajectory) -> None:
        result = self.tables.write(self._result(event, trajectory), event.weights)
        self._report(result, reused=False)

    def _fail(self, event: CellFailed) -> None:
        self.tables.set_statuses([event.code], Status.ERROR, event.reason)
        self.failed[event.code] = event.reason
        del self.left[event.code]
        self.context.log.error(f"{event.code}: {event.reason}")

    def _result(self, event: CellTrained, trajectory: Trajectory) -> Result:
        split = trajectory.split(self.grid.series)
        return Result(
            code_task=event.code,
            ticker=self.study.ticker,
            version_model=0,
            date_b_train=self.grid.series.date(0),
            date_e_train=self.grid.series.date(split.cut - 1),
            date_b_test=self.grid.series.date(int(split.test_origins[0])),
            date_e_test=self.grid.series.date(split.bars - 1),
            loss=event.scores.loss,
            accuracy=event.scores.accuracy,
            mse=event.scores.mse,
            seed=trajectory.seed,
            data_version=self.versions[event.code],
            seconds_train=event.seconds,
        )

    def _report(self, result: Result, *, reused: bool) -> None:
        """Tell Dagster of a stored cell; events are stored at once, so a killed run keeps them."""
        scores = {"mse": result.mse, "loss": result.loss, "accuracy": result.accuracy}
        self.context.log_event(
            dg.AssetMaterialization(
                self.context.asset_key,
                partition=result.code_task,
                metadata={
                    **{name: value for name, value in scores.items() if value is not None},
                    "seconds": result.seconds_train,
                    "version_model": result.version_model,
                    "reused": reused,
                },
                tags={
                    "dagster/data_version": self.versions[result.code_task],
                    "dagster/data_version_is_user_provided": "true",
                    "dagster/code_version": code_version(self.study.model),
                    **self.provenance,
                },
            )
        )
        del self.left[result.code_task]

    @contextmanager
    def _cells_left_are_noted(self) -> Iterator[None]:
        """Leave no row Running behind, whatever ends the run."""
        try:
            yield
        except (KeyboardInterrupt, DagsterExecutionInterruptedError):
            self.tables.set_statuses(list(self.left), Status.CANCELED)
            raise
        except Exception as error:
            self.tables.set_statuses(list(self.left), Status.ERROR, reason(error))
            raise
