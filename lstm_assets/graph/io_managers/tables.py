"""What every IO manager of a study shares: the study's database, and its stages' status."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import dagster as dg
from dagster import DagsterExecutionInterruptedError
from sqlalchemy import Connection, Engine

from lstm_assets.cells.codes import Stage, stage_code, task_index
from lstm_assets.errors import LstmAssetsError, SourceUnavailableError
from lstm_assets.graph.processes import this_process
from lstm_assets.graph.tags import PROCESS
from lstm_assets.settings import settings
from lstm_assets.store.claims import claim, release_task
from lstm_assets.store.engine import in_transaction, through_outage
from lstm_assets.store.setup import ready_engine
from lstm_assets.store.status import Status, set_status
from lstm_assets.study import Study

T = TypeVar("T")
R = TypeVar("R")


class StudyTables(dg.IOManager):
    """The database as one study sees it."""

    def __init__(self, study: Study) -> None:
        self.study = study

    @property
    def engine(self) -> Engine:
        """Engine of the database that the environment names; its tables exist."""
        return ready_engine(settings().database_url)

    def begin_run(self, context: dg.AssetExecutionContext) -> None:
        """Say which process a run is carried out by, so that its death can be told."""
        context.instance.add_run_tags(
            context.run.run_id, {PROCESS: this_process(context.run.run_id)}
        )

    @contextmanager
    def errors_noted(self, stage: Stage) -> Iterator[None]:
        """Set a stage to Error with the reason, or to Canceled, when something stops it."""
        try:
            with one_line_failures():
                yield
        except (KeyboardInterrupt, DagsterExecutionInterruptedError):
            self.set_stage(stage, Status.CANCELED)
            raise
        except Exception as error:
            self.set_stage(stage, Status.ERROR, reason(error))
            raise

    def set_stage(self, stage: Stage, status: Status, note: str = "") -> None:
        """Set one of the study's stage rows."""
        self.write_through(lambda conn: self._set(conn, stage, status, note))

    def write_through(self, work: Callable[[Connection], R]) -> R:
        """Do `work` in a write transaction; a server that went away is waited for."""
        return through_outage(lambda: in_transaction(self.engine, work))

    def _set(self, conn: Connection, stage: Stage, status: Status, note: str = "") -> None:
        code = stage_code(self.study.code, stage)
        set_status(
            conn, code, status, ticker=self.study.ticker, idx_task=task_index(code), note=note
        )
        if status is not Status.RUNNING:
            release_task(conn, code)


class StageTables(StudyTables, Generic[T]):
    """Persists the output of one stage, and its status with it in one transaction."""

    stage: Stage

    @abstractmethod
    def store(self, context: dg.OutputContext, value: T) -> None:
        """Store the stage's output; ends with `complete`."""

    def complete(self, write: Callable[[Connection], None]) -> None:
        """Do the last write of the stage and set it to Completed, both or neither."""

        def work(conn: Connection) -> None:
            write(conn)
            self._set(conn, self.stage, Status.COMPLETED)

        self.write_through(work)

    def handle_output(self, context: dg.OutputContext, obj: T) -> None:
        """Store the output; see `errors_noted`."""
        with self.errors_noted(self.stage):
            self.store(context, obj)

    @contextmanager
    def running(self, context: dg.AssetExecutionContext) -> Iterator[None]:
        """Show the stage as Running in a run; an error on the way ends it, see `errors_noted`."""

        def work(conn: Connection) -> None:
            claim(conn, [stage_code(self.study.code, self.stage)], context.run.run_id)
            self._set(conn, self.stage, Status.RUNNING)

        with one_line_failures():
            self.begin_run(context)
            self.write_through(work)
        with self.errors_noted(self.stage):
            yield


@contextmanager
def one_line_failures() -> Iterator[None]:
    """Turn an error meant for people into a Dagster failure that shows its line alone.

    Only where trying again may help is the step's retry policy, if it has one, let have its way.
    """
    try:
        yield
    except LstmAssetsError as error:
        again = isinstance(error, SourceUnavailableError)
        raise dg.Failure(description=str(error), allow_retries=again) from error


def reason(error: BaseException) -> str:
    """Return an error as one line."""
    text = error.description if isinstance(error, dg.Failure) else str(error)
    return " ".join((text or type(error).__name__).split())
