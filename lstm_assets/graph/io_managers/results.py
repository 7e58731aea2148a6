"""model_results <-> TB_MODELRESULT, TB_MODELHISTORY, the cells' TB_TASKSTATUS rows, model files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
from lstm_assets.store.results import newest_version, read_version, write_result
from lstm_assets.store.status import Status, set_statuses, set_unless_completed


class ResultTables(StudyTables):
    """Scores and models, one CODE_TASK at a time.

    A run claims the cells that it will train before it begins. It then writes only what it still
    holds, so a run that everybody took for dead cannot store a second result beside its
    successor's.
    """

    def claim(self, codes: Sequence[str], run_id: str) -> None:
        """Take cells up for a run."""
        self.write_through(lambda conn: claim(conn, codes, run_id))

    def begin(self, codes: Sequence[str], run_id: str) -> None:
        """Show cells of a run as Running; raises TakenOverError."""

        def work(conn: Connection) -> None:
            _refuse_unless_held(conn, codes, run_id)
            set_statuses(conn, codes, Status.RUNNING)

        in_transaction(self.engine, work)

    def fail(self, code: str, run_id: str, note: str, data_version: str) -> None:
        """Show a cell of a run as Error, by its own training's fault; raises TakenOverError."""

        def work(conn: Connection) -> None:
            _refuse_unless_held(conn, [code], run_id)
            set_statuses(conn, [code], Status.ERROR, note)
            mark_failed(conn, code, data_version)

        in_transaction(self.engine, work)

    def write(self, result: Result, weights: bytes, run_id: str) -> Result:
        """Store one finished cell of a run as its next version: its model file, then its rows.

        The rows are one transaction. A crash between file and rows leaves a file that the next
        training of the cell writes over.

        Args:
            result: what the cell scored; version and path are set here.
            weights: content of the model file.
            run_id: of the run that trained it.

        Returns:
            The result as stored.

        Raises:
            TakenOverError: another run has taken the cell up; nothing was stored.
        """

        def work(conn: Connection) -> Result:
            _refuse_unless_held(conn, [result.code_task], run_id)
            newest = newest_version(conn, result.code_task)
            kept = read_version(conn, result.code_task, newest)
            if kept is not None and _is_same(kept, result):
                return kept  # the server went away while it said that it had kept it
            # The digest tells apart what several databases keep in one home.
            name = f"{result.code_task}-v{newest + 1}-{(result.data_version or '')[:12]}.pt"
            path = settings().models / self.study.code / name
            stored = replace(result, version_model=newest + 1, path_model=str(path))
            write_file(path, weights)
            write_result(conn, stored)
            return stored

        return in_transaction(self.engine, work)

    def completed(self, codes: Sequence[str]) -> None:
        """Show cells as Completed: their stored results stand."""
        self.write_through(lambda conn: set_statuses(conn, codes, Status.COMPLETED))

    def leave(self, codes: Sequence[str], run_id: str, status: Status, note: str = "") -> None:
        """Say how a run's cells ended that it did not finish, and release all that it holds."""

        def work(conn: Connection) -> None:
            held = holders(conn, codes)
            set_unless_completed(
                conn, [code for code in codes if held.get(code) == run_id], status, note
            )
            release(conn, self.study.code, run_id)

        in_transaction(self.engine, work)

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Refuse: model_results writes each cell when it is finished and yields no output."""
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
                f"another run has taken {code} over ({held.get(code) or 'and has ended'}), so this "
                "one leaves it alone. Materialize the cells that have no result again."
            )


def _is_same(kept: Result, result: Result) -> bool:
    """Whether a stored version is this very result: its training time is as good as a name."""
    return (kept.data_version, kept.seconds_train, kept.mse) == (
        result.data_version,
        result.seconds_train,
        result.mse,
    )
