"""model_results <-> TB_MODELRESULT, TB_MODELHISTORY, the cells' TB_TASKSTATUS rows, model files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import dagster as dg
from sqlalchemy import Connection

from lstm_assets.cells.result import Result
from lstm_assets.common.files import write_file
from lstm_assets.errors import TakenOverError
from lstm_assets.graph.io_managers.tables import StudyTables
from lstm_assets.records.scored import ScoredCells, read_scored_cells
from lstm_assets.settings import settings
from lstm_assets.store.claims import claim, holders, release
from lstm_assets.store.engine import connect, in_transaction
from lstm_assets.store.hyperparameters import mark_failed
from lstm_assets.store.results import (
    newest_version,
    read_repeats,
    read_version,
    write_ranking_scores,
    write_repeat,
    write_result,
)
from lstm_assets.store.status import (
    Status,
    read_statuses,
    set_statuses,
    set_unless_completed,
    without_refused_note,
)
from lstm_assets.training.events import CellFailed

BEFORE = "it failed on the same prices before"  # the reason of a cell whose NOTE is gone


class ResultTables(StudyTables):
    """Stores and loads results and model files, one CODE_TASK at a time.

    A run claims the cells that it will train before it begins, and then writes only cells that it
    still holds. So if a run that seemed dead goes on, it cannot store a second result of a cell
    that another run has taken over.
    """

    def claim(self, codes: Sequence[str], run_id: str) -> None:
        """Claim cells for a run."""
        self.write_through(lambda conn: claim(conn, codes, run_id))

    def begin(self, codes: Sequence[str], run_id: str) -> None:
        """Set cells of a run to Running; raises TakenOverError."""

        def work(conn: Connection) -> None:
            _refuse_unless_held(conn, codes, run_id)
            set_statuses(conn, codes, Status.RUNNING)

        in_transaction(self.engine, work)

    def fail(self, event: CellFailed, run_id: str, data_version: str) -> None:
        """Set a cell of a run, whose training failed, to Error; raises TakenOverError."""
        code = event.code

        def work(conn: Connection, note: str) -> None:
            _refuse_unless_held(conn, [code], run_id)
            set_statuses(conn, [code], Status.ERROR, note)
            mark_failed(conn, code, data_version, recurs=event.recurs)

        def write(note: str) -> None:
            in_transaction(self.engine, partial(work, note=note))

        without_refused_note(write, event.reason)

    def failed_before(self, codes: Sequence[str]) -> dict[str, str]:
        """Return why cells failed in an earlier run, by CODE_TASK; they are Error, or become so."""

        def work(conn: Connection) -> dict[str, str]:
            rows = {row.code_task: row for row in read_statuses(conn, self.study.code)}
            errors = [code for code in codes if code in rows and rows[code].status is Status.ERROR]
            notes = {code: rows[code].note for code in errors}
            set_statuses(conn, [code for code in codes if code not in notes], Status.ERROR, BEFORE)
            return {code: notes.get(code) or BEFORE for code in codes}

        return self.write_through(work)

    def write(self, result: Result, weights: bytes, run_id: str) -> Result:
        """Store a finished cell of a run under its next version: the model file, then the rows.

        The rows are written in one transaction. A crash between file and rows leaves a file, which
        the next training of the cell overwrites.

        Args:
            result: what the cell scored; its version and path are set here.
            weights: the content of the model file.
            run_id: the run that trained the cell.

        Returns:
            The result as it was stored.

        Raises:
            TakenOverError: another run has taken the cell over; nothing was stored.
        """

        def work(conn: Connection) -> Result:
            _refuse_unless_held(conn, [result.code_task], run_id)
            newest = newest_version(conn, result.code_task)
            last = read_version(conn, result.code_task, newest)
            if last is not None and _is_same_result(last, result):
                return last  # it was stored before the connection to the server was lost
            stored = self._placed(conn, result, weights)
            write_result(conn, stored)
            return stored

        return in_transaction(self.engine, work)

    def write_repeat(
        self, result: Result, weights: bytes | None, run_id: str | None = None
    ) -> Result:
        """Store another training of a cell: on an earlier fold, or with another seed.

        Args:
            result: what it scored; its version and path are set here.
            weights: the content of the model file; None: keep no file.
            run_id: the run that holds the cell; None: no run needs to.

        Returns:
            The result as it was stored; the one before if there is one of the same training.

        Raises:
            TakenOverError: another run has taken the cell over; nothing was stored.
        """

        def work(conn: Connection) -> Result:
            if run_id is not None:
                _refuse_unless_held(conn, [result.code_task], run_id)
            for each in read_repeats(conn, self.study.code, result.code_task):
                if _is_same_result(each, result):
                    return each
            stored = self._placed(conn, result, weights)
            write_repeat(conn, stored)
            return stored

        return in_transaction(self.engine, work)

    def _placed(self, conn: Connection, result: Result, weights: bytes | None) -> Result:
        """Write the model file of a cell's next version, if any; return the result with both."""
        version = newest_version(conn, result.code_task) + 1
        if weights is None:
            return replace(result, version_model=version)
        # The digest keeps the files of several databases in one home apart.
        name = f"{result.code_task}-v{version}-{(result.data_version or '')[:12]}.pt"
        path = settings().models / self.study.code / name
        write_file(path, weights)
        return replace(result, version_model=version, path_model=str(path))

    def write_ranking_scores(self, result: Result) -> None:
        """Store what only ranks a result that is stored already."""
        self.write_through(lambda conn: write_ranking_scores(conn, result))

    def completed(self, codes: Sequence[str]) -> None:
        """Set cells to Completed: their stored results are up to date."""
        self.write_through(lambda conn: set_statuses(conn, codes, Status.COMPLETED))

    def leave(self, codes: Sequence[str], run_id: str, status: Status, note: str = "") -> None:
        """Set the status of cells that a run did not finish, and release all that the run holds."""

        def work(conn: Connection) -> None:
            held = holders(conn, codes)
            set_unless_completed(
                conn, [code for code in codes if held.get(code) == run_id], status, note
            )
            release(conn, self.study.code, run_id)

        in_transaction(self.engine, work)

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Raise an error: model_results stores each finished cell and yields no output."""
        raise dg.DagsterInvariantViolationError("model_results yields no output")

    def load(self) -> ScoredCells:
        """Return the study's cells, and the newest result of each."""
        with connect(self.engine) as conn:
            return read_scored_cells(conn, self.study)


def _refuse_unless_held(conn: Connection, codes: Sequence[str], run_id: str) -> None:
    held = holders(conn, codes)
    for code in codes:
        if held.get(code) != run_id:
            raise TakenOverError(
                f"another run has taken over {code} ({held.get(code) or 'it has ended since'}), so "
                "this run does not store it. Materialize again the cells that have no result."
            )


def _is_same_result(stored: Result, result: Result) -> bool:
    """Return whether a stored version is this result: no two trainings take the same time."""
    return (stored.data_version, stored.seconds_train, stored.mse) == (
        result.data_version,
        result.seconds_train,
        result.mse,
    )
