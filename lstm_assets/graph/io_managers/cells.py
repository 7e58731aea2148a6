"""hyperparameter_grid <-> TB_HYPERPARAMETER, TB_HYPERPARAMETER_EXT, TB_TASKSTATUS, partitions."""

from __future__ import annotations

from typing import Any

import dagster as dg

from lstm_assets.cells.proposal import Proposal
from lstm_assets.graph.io_managers.tables import StageTables
from lstm_assets.graph.keys import TRAINING_POOL
from lstm_assets.graph.partitions import add_partitions
from lstm_assets.records.cells import StudyCells, known_cells, read_study_cells
from lstm_assets.records.history import read_history
from lstm_assets.search.history import History
from lstm_assets.store.engine import connect
from lstm_assets.store.hyperparameters import Registration, register_cells

PROPOSALS_SHOWN = 100


class CellTables(StageTables[Proposal]):
    """Tuples under the codes they keep for ever, each a partition."""

    def store(self, context: dg.OutputContext, value: Proposal) -> None:
        """Give the tuples their codes, then make a partition of every code of the study."""
        kept = register_cells(self.engine, self.study.code, self.study.ticker, value)
        with connect(self.engine) as conn:
            # All codes, not the new ones: a crash between the two writes is mended here.
            codes = list(known_cells(conn, self.study))
        instance = context.step_context.instance
        add_partitions(instance, self.study, codes)
        # Dagster lets the first runs of a pool pass that it has not heard of.
        instance.event_log_storage.initialize_concurrency_limit_to_default(TRAINING_POOL)
        self.complete(lambda conn: None)
        context.add_output_metadata({"dagster/row_count": len(codes), **_metadata(value, kept)})

    def history(self) -> History:
        """Return what the study's search knows."""
        with connect(self.engine) as conn:
            return read_history(conn, self.study)

    def load(self) -> StudyCells:
        """Return all cells of the study, and the prices they are trained on."""
        with connect(self.engine) as conn:
            return read_study_cells(conn, self.study)


def _metadata(proposal: Proposal, kept: Registration) -> dict[str, Any]:
    """Return what is told of a round: its cells, and why each was proposed."""
    cells = kept.cells
    told: dict[str, Any] = {
        "method": proposal.method,
        "round": kept.round,
        "cells": len(cells),
        "new_cells": sum(cell.new for cell in cells),
        **proposal.notes,
    }
    if cells:
        told |= {"first_code": cells[0].code_task, "last_code": cells[-1].code_task}
    if proposal.ended:
        told["search_ended"] = proposal.ended
    if kept.adopted:
        told["adopted"] = "another run proposed this round meanwhile"
    elif not proposal.is_repeated:
        told["proposals"] = _proposals(proposal, kept)
    return told


def _proposals(proposal: Proposal, kept: Registration) -> dg.TableMetadataValue:
    rows = [
        {"CODE_TASK": cell.code_task, "tuple": "new" if cell.new else "exists", "why": each.reason}
        for cell, each in zip(kept.cells, proposal.cells, strict=True)
    ]
    return dg.TableMetadataValue(
        records=[dg.TableRecord(row) for row in rows[:PROPOSALS_SHOWN]],
        schema=dg.TableSchema([dg.TableColumn(name) for name in ("CODE_TASK", "tuple", "why")]),
    )
