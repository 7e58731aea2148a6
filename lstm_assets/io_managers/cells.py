"""hyperparameter_grid <-> TB_HYPERPARAMETER, TB_HYPERPARAMETER_EXT, TB_TASKSTATUS, partitions."""

from __future__ import annotations

import dagster as dg
from sqlalchemy.exc import IntegrityError

from lstm_assets.grid import Grid, known_cells, read_grid
from lstm_assets.io_managers.tables import StageTables, one_line_failures
from lstm_assets.keys import TRAINING_POOL
from lstm_assets.search.proposal import Proposal
from lstm_assets.store.engine import connect
from lstm_assets.store.hyperparameters import register_cells
from lstm_assets.study import Study

PARTITIONS_PER_CALL = 500  # Dagster binds them all in one statement


class CellTables(StageTables[Proposal]):
    """Tuples under the codes they keep for ever, each a partition."""

    stage = "GRID"

    def store(self, context: dg.OutputContext, value: Proposal) -> None:
        """Give the tuples their codes, then make a partition of every code of the study."""
        registered = register_cells(
            self.engine,
            self.study.code,
            self.study.ticker,
            value.model,
            value.tuples,
            value.method,
            value.round,
        )
        with connect(self.engine) as conn:
            # All codes, not the new ones: a crash between the two writes is mended here.
            codes = list(known_cells(conn, self.study))
        instance = context.step_context.instance
        add_partitions(instance, self.study, codes)
        # Dagster lets the first runs of a pool pass that it has not heard of.
        instance.event_log_storage.initialize_concurrency_limit_to_default(TRAINING_POOL)
        self.complete(lambda conn: None)
        new = [cell.code_task for cell in registered if cell.new]
        context.add_output_metadata(
            {
                "dagster/row_count": len(codes),
                "cells": len(registered),
                "new_cells": len(new),
                "first_code": registered[0].code_task,
                "last_code": registered[-1].code_task,
                "method": value.method,
            }
        )

    def load_input(self, context: dg.InputContext) -> Grid:
        """Return all cells of the study, and the prices they are trained on."""
        with one_line_failures(), connect(self.engine) as conn:
            return read_grid(conn, self.study)


def partitions_of(study: Study) -> dg.DynamicPartitionsDefinition:
    """Return the study's set of partitions, one key a CODE_TASK."""
    return dg.DynamicPartitionsDefinition(name=f"CODE_TASK_{study.code}")


def add_partitions(instance: dg.DagsterInstance, study: Study, codes: list[str]) -> None:
    """Make partitions of the codes that are none yet, in their order.

    Dagster looks which keys exist and then inserts the rest; when two grids meet between the two,
    the later one's insert is refused whole, and looking again is all it takes.
    """
    name = str(partitions_of(study).name)
    known = set(instance.get_dynamic_partitions(name))
    missing = [code for code in codes if code not in known]
    for start in range(0, len(missing), PARTITIONS_PER_CALL):
        chunk = missing[start : start + PARTITIONS_PER_CALL]
        try:
            instance.add_dynamic_partitions(name, chunk)
        except IntegrityError:
            add_partitions(instance, study, codes)
            return
