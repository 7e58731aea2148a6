"""Alerts about failed assets and about runs that died."""

from __future__ import annotations

import dagster as dg

from lstm_assets.alerts import Alert, send_alert
from lstm_assets.graph.failures import reason, reason_of_run
from lstm_assets.graph.keys import asset_of_op
from lstm_assets.study import Study


def alert_on_failure(study: Study) -> dg.HookDefinition:
    """Return the hook that sends an alert when an asset of the study fails."""

    @dg.failure_hook(name=f"{study.name}__alert")
    def alert(context: dg.HookContext) -> None:
        error = context.op_exception
        send_alert(
            Alert(
                study=study.code,
                failed=asset_of_op(study, context.op.name),
                run_id=context.run_id,
                reason=reason(error) if error else "no reason given",
                link=f"/runs/{context.run_id}",
            )
        )

    return alert


def alert_of_run(instance: dg.DagsterInstance, study: Study, run: dg.DagsterRun) -> None:
    """Send an alert about a run that failed outside its steps: it died, or never started."""
    steps = instance.get_records_for_run(
        run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE, limit=1
    ).records
    if not steps:
        send_alert(
            Alert(
                study=study.code,
                failed="run",
                run_id=run.run_id,
                reason=reason_of_run(instance, run),
                link=f"/runs/{run.run_id}",
            )
        )
