"""model_results <-> TB_MODELRESULT, TB_MODELHISTORY, the cells' TB_TASKSTATUS rows, model files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import dagster as dg
from sqlalchemy import Connection

from lstm_assets.grid import ScoredGrid, read_scored
from lstm_assets.io_managers.tables import StudyTables
from lstm_assets.settings import settings
from lstm_assets.store.engine import connect, in_transaction
from lstm_assets.store.results import Result, newest_version, read_results, write_result
from lstm_assets.store.status import Status, set_statuses
from lstm_assets.training.model_file import write_file


class ResultTables(StudyTables):
    """Scores and models, one CODE_TASK at a time."""

    def write(self, result: Result, weights: bytes) -> Result:
        """Store one finished cell as its next version: its model file, then its rows.

        The rows are one transaction. A crash between file and rows leaves a file that the next
        training of the cell writes over.

        Args:
            result: what the cell scored; version and path are set here.
            weights: content of the model file.

        Returns:
            The result as stored.
        """

        def work(conn: Connection) -> Result:
            version = newest_version(conn, result.code_task) + 1
            # The digest tells apart what several databases keep in one home.
            name = f"{result.code_task}-v{version}-{(result.data_version or '')[:12]}.pt"
            path = settings().models / self.study.code / name
            stored = replace(result, version_model=version, path_model=str(path))
            write_file(path, weights)
            write_result(conn, stored)
            return stored

        return in_transaction(self.engine, work)

    def set_statuses(self, codes: Sequence[str], status: Status, note: str = "") -> None:
        """Set cells' rows of TB_TASKSTATUS."""
        in_transaction(self.engine, lambda conn: set_statuses(conn, codes, status, note))

    def results(self) -> dict[str, Result]:
        """Return the newest result of each cell of the study, by CODE_TASK."""
        with connect(self.engine) as conn:
            return {result.code_task: result for result in read_results(conn, self.study.code)}

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Refuse: model_results writes each cell when it is finished and yields no output."""
        raise dg.DagsterInvariantViolationError("model_results yields no output")

    def load_input(self, context: dg.InputContext) -> ScoredGrid:
        """Return the newest result of each cell of the study, and its grid, to choose from."""
        with self.errors_noted("BEST"), connect(self.engine) as conn:
            return read_scored(conn, self.study)
