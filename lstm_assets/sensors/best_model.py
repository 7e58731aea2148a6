"""best_model: follows the runs of model_results."""

from __future__ import annotations

import dagster as dg

from lstm_assets.errors import StoreError
from lstm_assets.io_managers.results import ResultTables
from lstm_assets.jobs import Jobs
from lstm_assets.keys import BEST_MODEL, MODEL_RESULTS
from lstm_assets.operations.study_runs import ENDED, ended_since, selects, unfinished
from lstm_assets.run_tags import BACKFILL, CHOOSES_ITSELF, FOLLOWS, RETUNE
from lstm_assets.study import Study

SECONDS_BETWEEN_TICKS = 10


def best_model_sensor(study: Study, jobs: Jobs) -> dg.SensorDefinition:
    """Make the sensor that materializes best_model when a run of model_results has ended.

    The runs of one backfill count as one: best_model follows the last of them.
    """

    @dg.sensor(
        name=f"{study.name}__best_model",
        description="Materializes best_model when a run of model_results ends, also when some "
        "cells failed.",
        job=jobs.select,
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def tick(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        ended = ended_since(context.instance, ENDED, context.cursor)
        trained = [run for run in ended.runs if _is_followed(study, run)]
        waiting = _still_training(context.instance, study, trained)
        if waiting:
            return dg.SkipReason(f"{waiting} more runs of the same backfill are to end first")
        context.update_cursor(ended.cursor)
        if not trained:
            return dg.SkipReason("no run of model_results has ended since the last look")
        if not _has_results(study):
            return dg.SkipReason("there is no result on the current prices to choose from")
        if unfinished(context.instance, study, BEST_MODEL):
            context.log.info("a run of best_model is under way already; this one follows it")
        return dg.RunRequest(tags={FOLLOWS: trained[-1].run_id})

    return tick


def _is_followed(study: Study, run: dg.DagsterRun) -> bool:
    launched_elsewhere = CHOOSES_ITSELF in run.tags or RETUNE in run.tags
    return selects(run, study, MODEL_RESULTS) and not launched_elsewhere


def _still_training(
    instance: dg.DagsterInstance, study: Study, trained: list[dg.DagsterRun]
) -> int:
    """Return how many runs of the backfills of these runs have not ended."""
    backfills = {run.tags[BACKFILL] for run in trained if BACKFILL in run.tags}
    others = unfinished(instance, study, MODEL_RESULTS)
    return sum(run.tags.get(BACKFILL) in backfills for run in others)


def _has_results(study: Study) -> bool:
    try:
        return bool(ResultTables(study).scored().ranking(study).ranked)
    except StoreError:
        return False  # no cells or no prices are left
