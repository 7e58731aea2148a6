"""What happens when a step fails, whatever failed: the asset, its IO manager, or Dagster itself."""

from __future__ import annotations

import dagster as dg

from lstm_assets.graph.failures import reason
from lstm_assets.graph.io_managers.tables import stage_of
from lstm_assets.graph.runs.settling import settle_step
from lstm_assets.store.status import Status
from lstm_assets.study import Study


def settle_on_failure(study: Study) -> dg.HookDefinition:
    """Return the hook that lets no task of a failed step stay Running.

    Normally the asset and its IO manager have set their tasks. They could not if the error was
    raised outside of them, or if the database did not answer at that moment.
    """

    @dg.failure_hook(name=f"{study.name}__settle")
    def settle(context: dg.HookContext) -> None:
        error = context.op_exception
        stopped = isinstance(error, (KeyboardInterrupt, dg.DagsterExecutionInterruptedError))
        settle_step(
            study,
            context.run_id,
            stage_of(context.op.tags),
            Status.CANCELED if stopped else Status.ERROR,
            "" if stopped or error is None else reason(error),
        )

    return settle
