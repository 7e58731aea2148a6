"""What every IO manager of a study shares: the study's database, and its stages' status."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import dagster as dg
from dagster import DagsterExecutionInterruptedError
from sqlalchemy import Connection, Engine

from lstm_assets.cells.codes import Stage, stage_code
from lstm_assets.graph.failures import one_line_failures, reason
from lstm_assets.graph.processes import this_process
from lstm_assets.graph.tags import PROCESS, STAGE
from lstm_assets.store.claims import claim, release_task
from lstm_assets.store.engine import in_transaction, through_outage
from lstm_assets.store.setup import database
from lstm_assets.store.status import Status, set_status
from lstm_assets.study import Study

T = TypeVar("T")
R = TypeVar("R")


class StudyTables(dg.IOManager):
    """The database as one asset of one study sees it."""

    def __init__(self, study: Study, stage: Stage | None = None) -> None:
        """Take a study, and the asset's stage if it has one."""
        self.study = study
        self.stage = stage

    @property
    def engine(self) -> Engine:
        """Engine of the database that the environment names; its tables exist."""
        return database()

    @abstractmethod
    def load(self) -> Any:
        """Return what the asset stored last; raises StoreError if there is nothing."""

    def load_input(self, context: dg.InputContext) -> Any:
        """Return what the asset stored last; an error is noted at the stage that asked for it."""
        with self.errors_noted(_stage_of(context)):
            return self.load()

    def begin_run(self, context: dg.AssetExecutionContext) -> None:
        """Say which process a run is carried out by, so that its death can be told."""
        context.instance.add_run_tags(
            context.run.run_id, {PROCESS: this_process(context.run.run_id)}
        )

    @contextmanager
    def errors_noted(self, stage: Stage | None) -> Iterator[None]:
        """Set a stage to Error with the reason, or to Canceled, when something stops it."""
        try:
            with one_line_failures():
                yield
        except (KeyboardInterrupt, DagsterExecutionInterruptedError):
            self._note(stage, Status.CANCELED)
            raise
        except Exception as error:
            self._note(stage, Status.ERROR, reason(error))
            raise

    def write_through(self, work: Callable[[Connection], R]) -> R:
        """Do `work` in a write transaction; a server that went away is waited for."""
        return through_outage(lambda: in_transaction(self.engine, work))

    def _note(self, stage: Stage | None, status: Status, note: str = "") -> None:
        if stage is not None:
            self.write_through(lambda conn: self._set(conn, stage, status, note))

    def _set(self, conn: Connection, stage: Stage, status: Status, note: str = "") -> None:
        code = stage_code(self.study.code, stage)
        set_status(conn, code, status, ticker=self.study.ticker, idx_task=stage.index, note=note)
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


def _stage_of(context: dg.InputContext) -> Stage | None:
    """Return the stage of the asset that loads an input; None if it has no row of its own."""
    tag = context.op_def.tags.get(STAGE) if context.op_def else None
    if tag is None:
        return None
    name, index = tag.split()
    return Stage(name, int(index))
