"""Why something failed, in one line: from an exception, and from what Dagster stored of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from lstm_assets.common.text import one_line
from lstm_assets.errors import LstmAssetsError, SourceUnavailableError

PROCESS_ENDED = "its process ended without a word"

# Where a reason is looked for, the best place first.
_PLACES = (
    {dg.DagsterEventType.STEP_FAILURE},
    {dg.DagsterEventType.ENGINE_EVENT, dg.DagsterEventType.PIPELINE_FAILURE},
)
EVENTS_READ = 20  # of a run, the newest
_CRASH = "Run execution process for"  # in the message of the server that saw a process end
_FROM_OUTSIDE = "from outside the execution context"  # in the message that says no reason


@contextmanager
def one_line_failures() -> Iterator[None]:
    """Turn an error meant for people into a Dagster failure that shows its line alone.

    The step's retry policy, if it has one, has its way only where trying again may help.
    """
    try:
        yield
    except LstmAssetsError as error:
        may_help = isinstance(error, SourceUnavailableError)
        raise dg.Failure(description=str(error), allow_retries=may_help) from error


def reason(error: BaseException) -> str:
    """Return an error as one line."""
    text = error.description if isinstance(error, dg.Failure) else str(error)
    return one_line(text or type(error).__name__)


def reason_of_run(
    instance: dg.DagsterInstance, run: dg.DagsterRun, unknown: str = PROCESS_ENDED
) -> str:
    """Return why a run that is over ended as it did, in one line.

    Args:
        instance: that has the run's events.
        run: which is over.
        unknown: what to return where no event says why.
    """
    for types in _PLACES:
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
    if event.is_step_failure:
        data = event.step_failure_data
        if data.user_failure_data and data.user_failure_data.description:
            return str(data.user_failure_data.description)
        cause = data.error and (data.error.cause or data.error)
        return str(cause.message) if cause else ""
    if event.event_type is dg.DagsterEventType.ENGINE_EVENT and _CRASH not in (event.message or ""):
        error = event.engine_event_data.error  # the others tell of what went as it should
        return error.message if error else ""
    return event.message or ""
