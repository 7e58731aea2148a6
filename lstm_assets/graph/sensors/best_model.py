"""The sensor best_model: it follows the runs of model_results."""

from __future__ import annotations

import dagster as dg

from lstm_assets.errors import StoreError
from lstm_assets.graph.jobs import SELECT, Jobs
from lstm_assets.graph.keys import MODEL_RESULTS
from lstm_assets.graph.runs.queries import ENDED, ended_since, selects, unfinished
from lstm_assets.graph.sensors.one_line import Requests, in_one_line
from lstm_assets.graph.tags import BACKFILL, CHOOSES_ITSELF, FOLLOWS, RETUNE
from lstm_assets.records.scored import read_scored_cells
from lstm_assets.store.engine import connect
from lstm_assets.store.setup import database
from lstm_assets.study import Study

SECONDS_BETWEEN_TICKS = 10


def best_model_sensor(study: Study, jobs: Jobs) -> dg.SensorDefinition:
    """Return the sensor that materializes best_model when a run of model_results has ended.

    The runs of one backfill count as one: best_model follows the last of them.
    """

    @dg.sensor(
        name=f"{study.name}__best_model",
        description="Materializes best_model when a run of model_results ends, even if some of its "
        "cells failed.",
        job=jobs[SELECT],
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    @in_one_line
    def tick(context: dg.SensorEvaluationContext) -> Requests:
        ended = ended_since(context.instance, ENDED, context.cursor)
        trained = [run for run in ended.runs if _is_followed(study, run)]
        unfinished_backfills = _unfinished_backfills(context.instance, study)
        last = [run for run in trained if run.tags.get(BACKFILL) not in unfinished_backfills]
        context.update_cursor(ended.cursor(len(ended.runs)))
        if not trained:
            yield dg.SkipReason("no run of model_results has ended since the last tick")
        elif not last:
            yield dg.SkipReason("other runs of the same backfill have not ended yet")
        elif not _has_results(study):
            yield dg.SkipReason("there is no result on the current prices")
        else:
            yield dg.RunRequest(tags={FOLLOWS: last[-1].run_id})

    return tick


def _is_followed(study: Study, run: dg.DagsterRun) -> bool:
    """Return whether this sensor materializes best_model after a run."""
    # A re-execution has the tags of its parent, but no launcher that waits for its end.
    has_launcher = run.parent_run_id is None and (CHOOSES_ITSELF in run.tags or RETUNE in run.tags)
    return selects(run, study, MODEL_RESULTS) and not has_launcher


def _unfinished_backfills(instance: dg.DagsterInstance, study: Study) -> set[str]:
    """Return the backfills that still have runs which have not ended."""
    runs = unfinished(instance, study, MODEL_RESULTS)
    return {run.tags[BACKFILL] for run in runs if BACKFILL in run.tags}


def _has_results(study: Study) -> bool:
    try:
        with connect(database()) as conn:
            return bool(read_scored_cells(conn, study).ranking.ranked)
    except StoreError:
        return False  # the study has no cells or no prices any more
