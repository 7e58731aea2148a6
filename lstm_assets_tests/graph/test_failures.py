"""Why something failed, in one line: of an exception, and of a run that Dagster has stored."""

from collections.abc import Callable, Iterator

import dagster as dg
import pytest
from dagster._core.utils import make_new_run_id

from lstm_assets.errors import SourceUnavailableError, StoreError
from lstm_assets.graph.failures import (
    EVENTS_READ,
    PROCESS_ENDED,
    one_line_failures,
    reason,
    reason_of_run,
)
from lstm_assets_tests.graph.assets.graph import QUIET


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def job(work: Callable[[], None]) -> dg.JobDefinition:
    """A job of one step, which does `work`."""

    @dg.op
    def step() -> None:
        work()

    @dg.job(executor_def=dg.in_process_executor)
    def alone() -> None:
        step()

    return alone


def ended(instance: dg.DagsterInstance, work: Callable[[], None]) -> dg.DagsterRun:
    """The run of a job whose one step did `work`."""
    done = job(work).execute_in_process(instance=instance, run_config=QUIET, raise_on_error=False)
    return done.dagster_run


def never_begun(instance: dg.DagsterInstance) -> dg.DagsterRun:
    """A run that no process carries out."""
    made = job(lambda: None)
    return instance.create_run_for_job(
        made, run_id=make_new_run_id(), status=dg.DagsterRunStatus.STARTED
    )


def test_the_reason_of_an_error_is_its_message_in_one_line() -> None:
    assert reason(ValueError("two\n  lines")) == "two lines"


def test_the_reason_of_a_failure_is_its_description() -> None:
    assert reason(dg.Failure(description="no bars:\nnone")) == "no bars: none"


@pytest.mark.parametrize("error", [KeyError(), ValueError(""), StoreError()])
def test_an_error_without_a_message_is_named_by_its_type(error: Exception) -> None:
    assert reason(error) == type(error).__name__


def test_a_failure_without_a_description_is_a_failure() -> None:
    assert reason(dg.Failure()) == "Failure"


def test_an_error_meant_for_people_becomes_a_failure_of_its_line() -> None:
    with pytest.raises(dg.Failure) as failure, one_line_failures():
        raise StoreError("the table is missing")

    assert failure.value.description == "the table is missing"
    assert not failure.value.allow_retries
    assert isinstance(failure.value.__cause__, StoreError)


def test_only_a_source_that_was_not_reached_may_be_tried_again() -> None:
    with pytest.raises(dg.Failure) as failure, one_line_failures():
        raise SourceUnavailableError("no answer")

    assert failure.value.allow_retries


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()])
def test_any_other_exception_passes_as_it_is(error: BaseException) -> None:
    with pytest.raises(type(error)) as passed, one_line_failures():
        raise error

    assert passed.value is error


def test_a_run_s_reason_is_what_its_failure_says(instance: dg.DagsterInstance) -> None:
    def fail() -> None:
        raise dg.Failure(description="nothing was stored:\nno room")

    assert reason_of_run(instance, ended(instance, fail)) == "nothing was stored: no room"


def test_of_an_unexpected_exception_it_is_the_exception_s_own_message(
    instance: dg.DagsterInstance,
) -> None:
    def fail() -> None:
        raise ValueError("shapes (2,) and (3,)\ndo not match")

    found = reason_of_run(instance, ended(instance, fail))

    assert found == "ValueError: shapes (2,) and (3,) do not match"


def test_of_a_run_that_never_began_it_is_what_it_was_reported_with(
    instance: dg.DagsterInstance,
) -> None:
    run = never_begun(instance)
    instance.report_run_failed(run, "no worker\nwas free")

    assert reason_of_run(instance, run) == "no worker was free"


def test_of_a_process_that_crashed_it_is_what_the_server_saw(instance: dg.DagsterInstance) -> None:
    run = never_begun(instance)
    crash = f"Run execution process for {run.run_id} was terminated by signal 9 (SIGKILL)."
    instance.report_engine_event("Started process for run (pid: 7).", run)
    instance.report_engine_event(crash, run)
    instance.report_engine_event("Process for run exited (pid: 7).", run)
    instance.report_run_failed(run)

    assert reason_of_run(instance, run) == crash


def test_where_nothing_says_why_it_is_the_default(instance: dg.DagsterInstance) -> None:
    run = never_begun(instance)
    instance.report_engine_event("Started process for run (pid: 7).", run)
    instance.report_run_failed(run)

    assert reason_of_run(instance, run) == PROCESS_ENDED
    assert reason_of_run(instance, run, "not begun") == "not begun"


def test_a_step_s_failure_is_found_behind_any_number_of_other_events(
    instance: dg.DagsterInstance,
) -> None:
    def fail() -> None:
        raise dg.Failure(description="no room")

    run = ended(instance, fail)
    for number in range(EVENTS_READ + 1):
        instance.report_engine_event(f"noise {number}", run)

    assert reason_of_run(instance, run) == "no room"
