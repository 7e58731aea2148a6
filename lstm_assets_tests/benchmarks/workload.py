"""What every contender trains: the sizes of the benchmark, their prices, their work.

No machine-learning library in this module: it is imported before any contender's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lstm_assets.cells.cell import Cell
from lstm_assets.cells.values import Values
from lstm_assets.data.adjusting import adjust
from lstm_assets.search.space.reading import read_space
from lstm_assets.study import study_from
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import plan
from lstm_assets_tests.benchmarks.job import Job

MODEL = "lstm"
STUDY = "BENCH"  # code of the study that has a workload's cells


@dataclass(frozen=True, slots=True)
class Workload:
    """A grid of cells on daily prices.

    Without a ticker, these are the reference prices: USD/KRW, the European Central Bank's rates.
    """

    name: str
    space: dict[str, list[Any]]
    ticker: str = "USD/KRW"
    source: Mapping[str, Any] = field(default_factory=lambda: {"kind": "ecb"})
    date_begin: str = "2013-01-01"
    date_end: str = "2022-12-31"

    @property
    def cells(self) -> list[Values]:
        """Tuples of hyperparameters, in the order of their CODE_TASKs."""
        return read_space(self.space, MODEL).combinations()

    @property
    def attributes(self) -> dict[str, Any]:
        """The study that has these cells, as its YAML says it."""
        return {
            "code": STUDY,
            "ticker": self.ticker,
            "source": dict(self.source),
            "date_begin": self.date_begin,
            "date_end": self.date_end,
            "evaluation_share": 0.1,
            "price": "mid",  # of which the tables of searches were made
            "model": MODEL,
            "search": {"method": "grid", "space": self.space},
        }

    def series(self) -> TrainingSeries:
        """The prices, as the platform's own assets fetch and adjust them."""
        study = study_from(self.attributes, Path(STUDY.lower()))
        fetched = study.source.fetch(study.ticker, study.date_begin, study.date_end)
        bars = adjust(fetched, study.date_begin, study.date_end).bars
        return TrainingSeries.of(bars, study.price, study.evaluation_share)

    def job(self) -> Job:
        """The same, as a contender's process reads it."""
        series = self.series()
        return Job(
            space=self.space,
            dates=list(series.dates),
            prices=series.prices.tolist(),
            evaluation_share=series.evaluation_share,
            cells=self.cells,
        )

    def work(self, series: TrainingSeries) -> int:
        """Floating-point operations of the matrix products, each cell trained alone."""
        return work_one_by_one(self.cells, series)


def work_one_by_one(cells: Iterable[Values], series: TrainingSeries) -> int:
    """Floating-point operations of the matrix products of these cells, each trained alone."""
    coded = {f"{STUDY}-{n}": Cell(f"{STUDY}-{n}", MODEL, cell) for n, cell in enumerate(cells)}
    return sum(each.work_one_by_one(series) for each in plan(STUDY, coded, series))


SMALL = Workload(
    "small",
    {
        "epoch": [4],
        "batch_size": [10, 20],
        "learning_rate": [0.001, 0.005],
        "ratio_train_set": [0.8],
        "size_sequence": [50],
        "size_unit_input": [50, 64],
        "size_unit_hidden": [64],
        "size_unit_output": [1],
    },
)
# The reference grid's cells of batch size 20, with a tenth of its epochs.
LARGE = Workload(
    "large",
    {
        "epoch": [2, 3],
        "batch_size": [20],
        "learning_rate": [0.001, 0.005],
        "ratio_train_set": [0.8, 0.9],
        "size_sequence": [50],
        "size_unit_input": [50, 64],
        "size_unit_hidden": [64, 128],
        "size_unit_output": [1],
    },
)
SIZES = {size.name: size for size in (SMALL, LARGE)}

# Fills disk caches and caches of compiled code; nothing is timed on it.
WARM_UP = Workload(
    "warm-up", {n: values[-1:] for n, values in SMALL.space.items()} | {"epoch": [1]}
)
