"""The sensor task_status: it keeps TB_TASKSTATUS true, whatever happens to runs."""

from __future__ import annotations

import time

import dagster as dg

from lstm_assets.graph.jobs import Jobs
from lstm_assets.graph.runs.alerting import alert_of_run
from lstm_assets.graph.runs.queries import assets_of, ended_since
from lstm_assets.graph.runs.settling import reconcile, settle_run
from lstm_assets.graph.sensors.one_line import Requests, in_one_line
from lstm_assets.study import Study

SECONDS_BETWEEN_TICKS = 5
SECONDS_PER_TICK = 15  # the next tick does the rest; Dagster stops a tick after 60 seconds
SECONDS_OF_NEWS = 3600  # a run that ended longer ago is settled without an alert

BAD_ENDS = [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def task_status_sensor(study: Study, jobs: Jobs) -> dg.SensorDefinition:
    """Return the sensor that settles runs of the study that ended badly.

    It looks at the runs that failed or were canceled since its last tick, and then at every claim
    of a run that has ended. So its first tick also settles what happened while it was off.
    """

    @dg.sensor(
        name=f"{study.name}__task_status",
        description="Sets the TB_TASKSTATUS rows of runs that failed, were canceled, died or "
        "never started, and materializes results that a run stored but did not materialize.",
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    @in_one_line
    def tick(context: dg.SensorEvaluationContext) -> Requests:
        deadline = time.monotonic() + SECONDS_PER_TICK
        ended = ended_since(context.instance, BAD_ENDS, context.cursor)
        handled = settled = 0
        for run in ended.runs:
            if assets_of(study, run):
                if time.monotonic() > deadline or not settle_run(context.instance, study, run):
                    break
                _alert(context.instance, study, run)
                settled += 1
            handled += 1
        context.update_cursor(ended.cursor(handled))
        if handled < len(ended.runs):
            yield dg.SkipReason(f"{settled} runs are settled; the next tick settles the others")
            return
        reconciled = reconcile(context.instance, study)
        yield dg.SkipReason(
            f"{settled} runs failed or were canceled since the last tick; "
            f"{len(reconciled)} other runs were settled"
        )

    return tick


def _alert(instance: dg.DagsterInstance, study: Study, run: dg.DagsterRun) -> None:
    """Send an alert about a run that died. A run that failed in a step has sent its own."""
    record = instance.get_run_record_by_id(run.run_id)
    is_news = record is not None and time.time() - (record.end_time or 0.0) < SECONDS_OF_NEWS
    if is_news and run.status is dg.DagsterRunStatus.FAILURE:
        alert_of_run(instance, study, run)
