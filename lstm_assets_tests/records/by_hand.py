"""Cells and results of the study T put together by hand, without tables: a helper of tests.

The cells are those of training.cells, on the random walk that is there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lstm_assets.cells.cell import Cell
from lstm_assets.cells.result import Best, Result, Version
from lstm_assets.records.cells import StudyCells
from lstm_assets.records.scored import ScoredCells
from lstm_assets.study import Study, study_from
from lstm_assets.training.series import TrainingSeries
from lstm_assets_tests.training.cells import HYPERPARAMETERS, walk

SPACE = {"epoch": list(range(1, 100)), "batch_size": [8, HYPERPARAMETERS["batch_size"]]}
NOW = "of today"  # stands for the data version that today's prices and code give

RESULT = Result(
    code_task="T-0001",
    ticker="TEST",
    version_model=1,
    date_b_train="20200105",
    date_e_train="20200324",
    date_b_test="20200325",
    date_e_test="20200429",
    loss=0.25,
    accuracy=0.5,
    mse=4.0,
    seed=1,
    data_version=NOW,
    seconds_train=0.5,
)
BEST = Best("T", "TEST", "T-0001", 1, mse=4.0, mse_naive=2.0, path_model=None)


def study(**attributes: Any) -> Study:
    """The study T; `attributes` are those of its YAML that differ."""
    space = {n: [each] for n, each in HYPERPARAMETERS.items()}
    given = {
        "code": "T",
        "ticker": "TEST",
        "source": {"kind": "csv", "path": "prices.csv"},
        "date_begin": "2020-01-01",
        "evaluation_share": 0.2,
        "search": {"method": "grid", "space": space | SPACE},
    }
    return study_from(given | attributes, Path("/studies/t"))


def result(number: int, mse: float | None, **others: Any) -> Result:
    """A result of the cell of this number; of today's prices unless it is given otherwise."""
    return replace(RESULT, code_task=f"T-{number:04}", mse=mse, **others)


def scored_cells(
    cells: Mapping[str, Cell],
    *results: Result,
    earlier: Sequence[Result] = (),
    series: TrainingSeries | None = None,
    **attributes: Any,
) -> ScoredCells:
    """Put a study's cells and results together.

    Args:
        cells: by CODE_TASK.
        results: the newest of each cell.
        earlier: versions before them.
        series: what the cells are trained on today; left out: the walk.
        attributes: as of `study`.
    """
    known = StudyCells(study(**attributes), dict(cells), series or walk())

    def dated(each: Result) -> Result:
        fresh = known.data_versions.get(each.code_task)
        return replace(each, data_version=fresh) if each.data_version == NOW else each

    newest = {each.code_task: dated(each) for each in results}
    versions: dict[str, dict[int, Version]] = {}
    for each in [*map(dated, earlier), *newest.values()]:
        of_cell = versions.setdefault(each.code_task, {})
        of_cell[each.version_model] = Version(each.data_version, each.date_e_train)
    return ScoredCells(known.study, known.cells, known.series, newest, versions)
