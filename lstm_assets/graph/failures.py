"""Why something failed, in one line: from an exception, or from the stored events of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from lstm_assets.common.text import one_line
from lstm_assets.errors import LstmAssetsError, SourceUnavailableError

PROCESS_ENDED = "its process ended without an error message"

# Types of the events that may give a reason, the best first.
_EVENT_TYPES = (
    {dg.DagsterEventType.STEP_FAILURE},
    {dg.DagsterEventType.ENGINE_EVENT, dg.DagsterEventType.PIPELINE_FAILURE},
)
EVENTS_READ = 20  # of each run, the newest first
_CRASH = "Run execution process for"  # in the server's message about a process that ended
_FROM_OUTSIDE = "from outside the execution context"  # in a message that gives no reason


@contextmanager
def one_line_failures() -> Iterator[None]:
    """Turn an error meant for people into a Dagster failure that shows only its one line.

    The failure allows retries only if another try may help: the source could not be reached.
    """
    try:
        yield
    except LstmAssetsError as error:
        retry_may_help = isinstance(error, SourceUnavailableError)
        raise dg.Failure(description=str(error), allow_retries=retry_may_help) from error


@contextmanager
def tried_again(context: dg.AssetExecutionContext, policy: dg.RetryPolicy) -> Iterator[None]:
    """Let Dagster try the step again after a failure of this block that allows retries.

    A retry policy of the asset would try again after every other exception, too, and whoever waits
    for the reason would wait for the policy's delays first.

    Args:
        context: the context of the step.
        policy: how often to try again, and when.
    """
    try:
        yield
    except dg.Failure as failure:
        if not failure.allow_retries or context.retry_number >= policy.max_retries:
            raise
        seconds = policy.calculate_delay(context.retry_number + 1)
        raise dg.RetryRequested(policy.max_retries, seconds) from failure


def reason(error: BaseException) -> str:
    """Return the message of an error as one line."""
    text = error.description if isinstance(error, dg.Failure) else str(error)
    return one_line(text or type(error).__name__)


def reason_of_run(
    instance: dg.DagsterInstance, run: dg.DagsterRun, unknown: str = PROCESS_ENDED
) -> str:
    """Return why a run failed or was stopped, in one line.

    Args:
        instance: it stores the run's events.
        run: a run that has ended.
        unknown: what to return if no event gives a reason.
    """
    for types in _EVENT_TYPES:
        records = instance.get_records_for_run(
            run.run_id, of_type=types, limit=EVENTS_READ, ascending=False
        ).records
        for record in records:
            event = record.event_log_entry.dagster_event
            text = _reason_in(event) if event else ""
            if text and _FROM_OUTSIDE not in text:
                return one_line(text)
    return unknown


def _reason_in(event: dg.DagsterEvent) -> str:
    """Return the reason that an event gives; empty if it gives none."""
    if event.is_step_failure:
        data = event.step_failure_data
        if data.user_failure_data and data.user_failure_data.description:
            return str(data.user_failure_data.description)
        cause = data.error and (data.error.cause or data.error)
        return str(cause.message) if cause else ""
    if event.event_type is dg.DagsterEventType.ENGINE_EVENT and _CRASH not in (event.message or ""):
        error = event.engine_event_data.error  # None: the event describes what went well
        return error.message if error else ""
    return event.message or ""
