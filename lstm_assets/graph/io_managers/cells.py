"""hyperparameter_grid <-> TB_HYPERPARAMETER, TB_HYPERPARAMETER_EXT, TB_TASKSTATUS, partitions."""

from __future__ import annotations

from typing import Any

import dagster as dg

from lstm_assets.cells.proposal import Proposal
from lstm_assets.graph.io_managers.tables import StageTables
from lstm_assets.graph.keys import TRAINING_POOL
from lstm_assets.graph.partitions import add_partitions, drop_partitions, partitions_of
from lstm_assets.records.cells import StudyCells, known_cells, read_study_cells
from lstm_assets.records.history import read_history
from lstm_assets.search.history import History
from lstm_assets.store.engine import connect
from lstm_assets.store.hyperparameters import Registration, register_cells

PROPOSALS_SHOWN = 100


class CellTables(StageTables[Proposal]):
    """Stores and loads the study's cells: their values, CODE_TASKs and partitions."""

    def store(self, context: dg.OutputContext, value: Proposal) -> None:
        """Give each proposed cell its CODE_TASK; add a partition for every code of the study."""
        registration = register_cells(self.engine, self.study.code, self.study.ticker, value)
        instance = context.step_context.instance
        partitions = instance.get_dynamic_partitions(str(partitions_of(self.study).name))
        with connect(self.engine) as conn:
            # All codes, not only the new ones: this repairs a crash between the two writes.
            codes = list(known_cells(conn, self.study))
        if dropped := drop_partitions(instance, self.study, partitions, codes):
            context.log.info(
                f"deleted {len(dropped)} partitions without a cell in TB_HYPERPARAMETER, "
                f"{dropped[0]} first"
            )
        add_partitions(instance, self.study, codes)
        # Without this, Dagster would not limit the pool's first runs, because it does not know the
        # pool yet.
        instance.event_log_storage.initialize_concurrency_limit_to_default(TRAINING_POOL)
        self.complete(lambda conn: None)
        context.add_output_metadata(
            {"dagster/row_count": len(codes), **_metadata(value, registration)}
        )

    def history(self) -> History:
        """Return the trials that the study's search knows."""
        with connect(self.engine) as conn:
            return read_history(conn, self.study)

    def load(self) -> StudyCells:
        """Return all cells of the study, and the prices they are trained on."""
        with connect(self.engine) as conn:
            return read_study_cells(conn, self.study)


def _metadata(proposal: Proposal, registration: Registration) -> dict[str, Any]:
    """Return the metadata of a round: its cells, and why each was proposed."""
    cells = registration.cells
    metadata: dict[str, Any] = {
        "method": proposal.method,
        "round": registration.round,
        "cells": len(cells),
        "new_cells": sum(cell.new for cell in cells),
        **proposal.notes,
    }
    if cells:
        metadata |= {"first_code": cells[0].code_task, "last_code": cells[-1].code_task}
    if proposal.ended:
        metadata["search_ended"] = proposal.ended
    if registration.adopted:
        metadata["adopted"] = "another run proposed this round first"
    elif not proposal.is_repeated:
        metadata["proposals"] = _proposals(proposal, registration)
    return metadata


def _proposals(proposal: Proposal, registration: Registration) -> dg.TableMetadataValue:
    """Return the first cells of a round as a table, with the reason for each."""
    rows = [
        {
            "CODE_TASK": cell.code_task,
            "cell": "new" if cell.new else "exists",
            "why": proposed.reason,
        }
        for cell, proposed in zip(registration.cells, proposal.cells, strict=True)
    ]
    return dg.TableMetadataValue(
        records=[dg.TableRecord(row) for row in rows[:PROPOSALS_SHOWN]],
        schema=dg.TableSchema([dg.TableColumn(name) for name in ("CODE_TASK", "cell", "why")]),
    )
