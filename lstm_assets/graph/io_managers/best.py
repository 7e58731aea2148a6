"""best_model <-> TB_BESTMODEL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from lstm_assets.cells.result import Baseline, Best, Result
from lstm_assets.errors import StoreError
from lstm_assets.graph.io_managers.tables import StageTables
from lstm_assets.records.holdout import HeldOut
from lstm_assets.records.prices import bars_with_holdout
from lstm_assets.store.engine import connect
from lstm_assets.store.results import (
    forecasts_tested,
    named_on_bar,
    read_best,
    read_version,
    write_baselines,
    write_best,
)


@dataclass(frozen=True, slots=True)
class Champion:
    """The winner so far of a study that is retuned."""

    result: Result
    named_on: str  # YYYYMMDD, the newest bar of the study when it became the winner


class BestModelTables(StageTables[Best]):
    """Stores and loads the study's winner, with its verdict."""

    def champion(self) -> Champion | None:
        """Return the result that is the study's winner so far; None if there is none."""
        with connect(self.engine) as conn:
            best = read_best(conn, self.study.code)
            result = read_version(conn, best.code_task, best.version_model) if best else None
            if result is None:
                return None
            named_on = named_on_bar(conn, self.study.code, result)
            return Champion(result, named_on or result.date_e_test or "")

    def held_out(self) -> HeldOut:
        """Return the study's bars with those of its holdout."""
        with connect(self.engine) as conn:
            return HeldOut(self.study, bars_with_holdout(conn, self.study))

    def forecasts_tested(self, held: HeldOut) -> set[str]:
        """Return which forecasts were tested on bars of this holdout before."""
        if not held.count:
            return set()
        with connect(self.engine) as conn:
            return forecasts_tested(conn, self.study.code, held.date(held.start), held.date(-1))

    def write_baselines(self, baselines: Sequence[Baseline]) -> None:
        """Store what simple forecasts score; they replace those before."""
        self.write_through(lambda conn: write_baselines(conn, self.study.code, baselines))

    def store(self, context: dg.OutputContext, value: Best) -> None:
        """Store the winner; it replaces the previous one."""
        self.complete(lambda conn: write_best(conn, value))

    def load(self) -> Best:
        """Return the study's winner; raises StoreError if there is none."""
        with connect(self.engine) as conn:
            best = read_best(conn, self.study.code)
        if best is None:
            raise StoreError(
                f"TB_BESTMODEL holds no winner of study {self.study.code}. "
                "Materialize best_model first."
            )
        return best
