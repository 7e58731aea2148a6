"""model_results: one trained and scored model per CODE_TASK."""

from collections.abc import Iterator
from functools import partial

import dagster as dg
from pydantic import Field

from lstm_assets.common.fields import DeviceChoice
from lstm_assets.graph.assets.checks import result_check_specs, result_checks
from lstm_assets.graph.assets.study_asset import Factory, Parts, study_asset
from lstm_assets.graph.failures import one_line_failures
from lstm_assets.graph.io_managers.results import ResultTables
from lstm_assets.graph.keys import HYPERPARAMETER_GRID, MODEL_RESULTS, TRAINING_POOL, asset_key
from lstm_assets.graph.partitions import partitions_of
from lstm_assets.graph.runs.training_run import log_line, training_run
from lstm_assets.settings import settings
from lstm_assets.store.engine import through_outage
from lstm_assets.tracking.listener import Listeners
from lstm_assets.tracking.progress import LogProgress
from lstm_assets.training.executors import default_workers, executor_for
from lstm_assets.training.options import Options, workers_within
from lstm_assets.training.series import code_version

CELLS_PER_RUN = 10_000  # of a backfill: starting a run takes as long as many small cells


class ModelResultsConfig(dg.Config):
    """Run config of model_results."""

    retrain: bool = Field(
        default=False,
        description="Also train cells whose stored result is up to date, and cells that diverged "
        "on the same prices before.",
    )
    warm_start: bool = Field(
        default=False, description="Start from each cell's last weights, if it has any."
    )
    workers: int | None = Field(
        default=None,
        ge=0,
        description="Number of training processes. Default: one per CPU; 0: the run's own process.",
    )
    seconds_a_cell: float | None = Field(
        default=None, gt=0, description="Seconds that training a cell may take. Default: no limit."
    )
    memory_megabytes: int | None = Field(
        default=None,
        gt=0,
        description="Megabytes for all training processes; fewer train if they would need more.",
    )
    device: DeviceChoice | None = Field(
        default=None,
        description="What trains: cpu, cuda or auto. Default: LSTM_ASSETS_DEVICE, or cpu.",
    )


def model_results(parts: Parts) -> dg.AssetsDefinition:
    """Return the asset that trains the study's cells."""
    study, tables = parts.study, parts.tables

    @study_asset(
        study,
        MODEL_RESULTS,
        description="A trained and scored model for each CODE_TASK. Each result is stored at once.",
        kinds={"mysql", "pytorch"},
        code_version=code_version(study.model),
        deps=[asset_key(study, HYPERPARAMETER_GRID)],
        partitions_def=partitions_of(study),
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=CELLS_PER_RUN),
        output_required=False,
        pool=TRAINING_POOL,
        check_specs=result_check_specs(study),
    )
    def train(
        context: dg.AssetExecutionContext, config: ModelResultsConfig
    ) -> Iterator[dg.AssetCheckResult]:
        listener = Listeners(parts.listeners or [LogProgress(partial(log_line, context))])
        codes = context.partition_keys
        with one_line_failures(), training_run(context, tables, codes, listener) as run:
            if not config.retrain:
                run.reuse()
            run.train(
                executor_for(_workers(config)),
                Options(
                    checkpoints=settings().checkpoints / study.code,
                    seconds_a_cell=config.seconds_a_cell,
                    device=config.device or settings().device,
                ),
                warm_start=config.warm_start,
                retrain=config.retrain,
            )
            checks = result_checks(through_outage(tables.load))
        # No output: each finished cell was materialized, and an output would do that again.
        yield from checks
        run.refuse_if_failed()

    return train


def _workers(config: ModelResultsConfig) -> int:
    workers = default_workers() if config.workers is None else config.workers
    return workers_within(workers, config.memory_megabytes)


FACTORY = Factory(model_results, ResultTables)
