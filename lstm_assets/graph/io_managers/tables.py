"""What all IO managers of a study share: the study's database, and the status of its stages."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import dagster as dg
from dagster import DagsterExecutionInterruptedError
from sqlalchemy import Connection, Engine

from lstm_assets.cells.codes import Stage, stage_code
from lstm_assets.errors import HomeError, StoreError
from lstm_assets.graph.failures import one_line_failures, reason
from lstm_assets.graph.processes import this_process
from lstm_assets.graph.tags import PROCESS, STAGE
from lstm_assets.store.claims import claim, release_task
from lstm_assets.store.engine import in_transaction, through_outage
from lstm_assets.store.setup import database
from lstm_assets.store.status import Status, set_status, without_refused_note
from lstm_assets.study import Study

_logger = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")


class StudyTables(dg.IOManager):
    """The part of the database that belongs to one asset of one study."""

    def __init__(self, study: Study, stage: Stage | None = None) -> None:
        """Remember the study, and the asset's stage if it has one."""
        self.study = study
        self.stage = stage

    @property
    def engine(self) -> Engine:
        """The engine of the database that the environment names. Its tables exist."""
        return database()

    @abstractmethod
    def load(self) -> Any:
        """Return what the asset stored last; raises StoreError if it has stored nothing."""

    def load_input(self, context: dg.InputContext) -> Any:
        """Return what the asset stored last; an error is noted at the stage that loads it."""
        with self.errors_noted(stage_of(context.op_def.tags if context.op_def else {})):
            return self.load()

    def begin_run(self, context: dg.AssetExecutionContext) -> None:
        """Tag the run with its process; with the tag, others can find out whether it has died."""
        context.instance.add_run_tags(
            context.run.run_id, {PROCESS: this_process(context.run.run_id)}
        )

    @contextmanager
    def errors_noted(self, stage: Stage | None) -> Iterator[None]:
        """Set a stage to Error with the reason, or to Canceled, if the block fails or stops.

        The block's own error is raised, whatever becomes of the status. If that cannot be written,
        the run still has its claim, so settling the run writes it.
        """
        try:
            with one_line_failures():
                yield
        except (KeyboardInterrupt, DagsterExecutionInterruptedError):
            self._note(stage, Status.CANCELED)
            raise
        except Exception as error:
            # Storage that fails twice is told once.
            is_told = isinstance(error.__cause__ or error, (StoreError, HomeError))
            level = logging.INFO if is_told else logging.WARNING
            self._note(stage, Status.ERROR, reason(error), level)
            raise

    def write_through(self, work: Callable[[Connection], R]) -> R:
        """Do `work` in a write transaction; wait if the server is away."""
        return through_outage(lambda: in_transaction(self.engine, work))

    def _note(
        self, stage: Stage | None, status: Status, note: str = "", level: int = logging.WARNING
    ) -> None:
        if stage is None:
            return

        def write(text: str) -> None:
            self.write_through(lambda conn: self._set(conn, stage, status, text))

        try:
            without_refused_note(write, note)
        except Exception as error:  # raised here, it would hide the error of the stage
            code = stage_code(self.study.code, stage)
            _logger.log(level, "%s did not become %s: %s", code, status, reason(error))

    def _set(self, conn: Connection, stage: Stage, status: Status, note: str = "") -> None:
        code = stage_code(self.study.code, stage)
        set_status(conn, code, status, ticker=self.study.ticker, idx_task=stage.index, note=note)
        if status is not Status.RUNNING:
            release_task(conn, code)


class StageTables(StudyTables, Generic[T]):
    """Stores the output of one stage and its status in one transaction."""

    stage: Stage

    @abstractmethod
    def store(self, context: dg.OutputContext, value: T) -> None:
        """Store the stage's output; the last call is `complete`."""

    def complete(self, write: Callable[[Connection], None]) -> None:
        """Do the last write of the stage and set it to Completed, in one transaction."""

        def work(conn: Connection) -> None:
            write(conn)
            self._set(conn, self.stage, Status.COMPLETED)

        self.write_through(work)

    def handle_output(self, context: dg.OutputContext, obj: T) -> None:
        """Store the output; an error is noted, see `errors_noted`."""
        with self.errors_noted(self.stage):
            self.store(context, obj)

    @contextmanager
    def running(self, context: dg.AssetExecutionContext) -> Iterator[None]:
        """Set the stage to Running in this block; an error is noted, see `errors_noted`."""

        def work(conn: Connection) -> None:
            claim(conn, [stage_code(self.study.code, self.stage)], context.run.run_id)
            self._set(conn, self.stage, Status.RUNNING)

        with one_line_failures():
            self.begin_run(context)
            self.write_through(work)
        with self.errors_noted(self.stage):
            yield


def stage_of(tags: Mapping[str, str]) -> Stage | None:
    """Return the stage of the asset that an op with these tags makes; None if it is not a stage."""
    tag = tags.get(STAGE)
    if tag is None:
        return None
    name, index = tag.split()
    return Stage(name, int(index))
