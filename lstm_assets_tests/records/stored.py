"""A study as its tables hold it, without a run of its assets: a helper of tests."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from lstm_assets.cells.result import Result
from lstm_assets.cells.values import Values
from lstm_assets.records.cells import StudyCells, read_study_cells
from lstm_assets.records.prices import adjusted_prices_of, date_range
from lstm_assets.records.scored import ScoredCells, read_scored_cells
from lstm_assets.store.engine import begin, connect
from lstm_assets.store.hyperparameters import register_cells
from lstm_assets.store.prices import replace_adjusted, write_raw
from lstm_assets.store.results import write_result
from lstm_assets.store.status import Status, set_status
from lstm_assets.study import Study
from lstm_assets.study.file import read_study
from lstm_assets_tests.records.by_hand import RESULT
from lstm_assets_tests.store.proposals import proposal
from lstm_assets_tests.studies import write_study


@dataclass(frozen=True)
class Stored:
    """A study and its database."""

    engine: Engine
    study: Study

    def fetch(self) -> None:
        """Store the prices that the study's source has, as its price assets do."""
        study = self.study
        raw = study.source.fetch(study.ticker, study.date_begin, study.date_last)
        adjusted = adjusted_prices_of(study, raw).bars
        with begin(self.engine) as conn:
            write_raw(conn, self.study.ticker, raw)
            replace_adjusted(conn, self.study.ticker, *date_range(self.study), adjusted)

    def propose(self, *tuples: Values, **others: Any) -> list[str]:
        """Store a round of tuples, the whole space if none are given; return their CODE_TASKs.

        Args:
            tuples: of the study's space.
            others: as of store.proposals.proposal.
        """
        given = {"model": self.study.model, "method": self.study.search.name} | others
        round_ = proposal(*(tuples or self.study.space.combinations()), **given)
        kept = register_cells(self.engine, self.study.code, self.study.ticker, round_)
        return [each.code_task for each in kept.cells]

    def score(self, code: str, mse: float | None, **others: Any) -> Result:
        """Store a result of today's prices, unless `others` say otherwise, and return it."""
        version = self.cells().data_versions[code]
        given = {"ticker": self.study.ticker, "data_version": version} | others
        result = replace(RESULT, code_task=code, mse=mse, **given)
        with begin(self.engine) as conn:
            write_result(conn, result)
        return result

    def fail(self, code: str, note: str) -> None:
        """Store that a cell is in error."""
        with begin(self.engine) as conn:
            set_status(conn, code, Status.ERROR, note=note)

    def cells(self) -> StudyCells:
        with connect(self.engine) as conn:
            return read_study_cells(conn, self.study)

    def scored(self) -> ScoredCells:
        with connect(self.engine) as conn:
            return read_scored_cells(conn, self.study)


def stored_study(engine: Engine, folder: Path, **attributes: Any) -> Stored:
    """The study TINY with its prices in the tables, and no cells yet.

    Args:
        engine: of a database with empty tables.
        folder: where the study's file is written.
        attributes: of the study that differ.
    """
    stored = Stored(engine, read_study(write_study(folder / "studies", **attributes)))
    stored.fetch()
    return stored
