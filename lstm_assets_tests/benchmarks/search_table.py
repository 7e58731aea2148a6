"""What every cell of a space of 512 scores on some series, to compare searches by.

python -m lstm_assets_tests.benchmarks.search_table [TABLE...]

Trains all cells of the tables that are named, or of all tables, and writes their files beside this
one: a row a tuple, in the order of the grid, and its MSE after each number of epochs. On two cores,
usdkrw_27 takes about 20 minutes, and the others together about 5. A search that asks for a tuple is
told what stands there, and nothing is trained. Make them again when
lstm_assets.training.series.TRAINING_VERSION or the LSTM's version changes; another processor may
change last digits. A helper of tests of searches as well.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from lstm_assets.cells.cell import Cell
from lstm_assets.training.events import CellFailed, CellTrained
from lstm_assets.training.executors import WorkerPool
from lstm_assets.training.trajectory import plan
from lstm_assets_tests.benchmarks.workload import MODEL, Workload

FOLDER = Path(__file__).parent
STUDY = "TABLE"  # of whose cells the seeds are
VARIED: dict[str, list[Any]] = {
    "learning_rate": [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05],
    "batch_size": [16, 32, 64, 128],
    "size_sequence": [5, 10, 20, 40],
    "size_unit_hidden": [4, 8, 16, 32],
}
FIXED: dict[str, list[Any]] = {
    "ratio_train_set": [0.9],
    "size_unit_input": [8],
    "size_unit_output": [1],
}
SP500 = "S&P 500"  # ships with arch; every other series is a pair of the European Central Bank's

Key: TypeAlias = tuple[Any, ...]  # values of VARIED, in its order
Scores: TypeAlias = dict[Key, dict[int, float]]  # MSE of each tuple, by its epochs


@dataclass(frozen=True, slots=True)
class Table:
    """The series and the epochs of one file of scores."""

    file: str  # its name in FOLDER
    ticker: str
    date_begin: str
    date_end: str
    epochs: tuple[int, ...]  # the last is that of a cell; halving stops some at the others

    @property
    def last(self) -> int:
        """Epochs of a cell that is trained to its end."""
        return self.epochs[-1]

    @property
    def title(self) -> str:
        """The series, its years and its epochs."""
        years = f"{self.date_begin[:4]} to {self.date_end[:4]}"
        return f"{self.ticker} {years}, {self.last} epochs"

    def read(self) -> Scores:
        """The MSE of each tuple of VARIED, in price units squared, by its epochs."""
        with (FOLDER / self.file).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        lists = VARIED.items()
        return {
            tuple(type(values[0])(row[name]) for name, values in lists): {
                epoch: float(row[f"mse_{epoch}"]) for epoch in self.epochs
            }
            for row in rows
        }

    def make(self, workers: int) -> None:
        """Train every cell, and write the file."""
        with tempfile.TemporaryDirectory() as folder:
            scores = _trained(self.workload(Path(folder)), workers)
        with (FOLDER / self.file).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*VARIED, *(f"mse_{epoch}" for epoch in self.epochs)])
            for key in itertools.product(*VARIED.values()):
                writer.writerow([*key, *(f"{scores[*key, epoch]:.7g}" for epoch in self.epochs)])

    def workload(self, folder: Path) -> Workload:
        """Every cell on the series, for which a file may be written into the folder."""
        return Workload(
            "search",
            {"epoch": list(self.epochs), **VARIED, **FIXED},
            ticker=self.ticker,
            source=_sp500(folder) if self.ticker == SP500 else {"kind": "ecb"},
            date_begin=self.date_begin,
            date_end=self.date_end,
        )


# In the bars that score it, USD/RUB leaves the range of its past by far: few cells of it are good.
TABLES = {
    name: Table(file, ticker, date_begin, date_end, epochs)
    for name, file, ticker, date_begin, date_end, epochs in (
        ("usdkrw_27", "search_table.csv", "USD/KRW", "2013-01-01", "2022-12-31", (1, 3, 9, 27)),
        ("eurusd_9", "search_table_eurusd_9.csv", "EUR/USD", "2013-01-01", "2022-12-31", (1, 3, 9)),
        ("usdrub_9", "search_table_usdrub_9.csv", "USD/RUB", "2011-01-01", "2014-12-31", (1, 3, 9)),
        ("sp500_9", "search_table_sp500_9.csv", SP500, "2009-01-01", "2018-12-31", (1, 3, 9)),
    )
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Make tables of results to compare searches by.")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    for name in given.tables or TABLES:
        if name not in TABLES:
            parser.error(f"{name} is no table: {', '.join(TABLES)}")
        print(f"{name}: {TABLES[name].title}", flush=True)
        TABLES[name].make(given.workers)


def _sp500(folder: Path) -> dict[str, Any]:
    """Write the bars that arch has into the folder, and return them as a source."""
    import arch.data.sp500

    bars = arch.data.sp500.load().rename(columns=str.lower)
    bars.index = bars.index.strftime("%Y-%m-%d")
    columns = ["open", "high", "low", "close", "volume"]
    bars[columns].to_csv(folder / "sp500.csv", index_label="date")
    return {"kind": "csv", "path": str(folder / "sp500.csv")}


def _trained(workload: Workload, workers: int) -> dict[Key, float]:
    """MSE by the values of VARIED and the epochs."""
    cells = {f"{STUDY}-{n}": Cell(f"{STUDY}-{n}", MODEL, c) for n, c in enumerate(workload.cells)}
    series = workload.series()
    scores: dict[Key, float] = {}
    for event in WorkerPool(workers).train(plan(STUDY, cells, series), series):
        if isinstance(event, CellTrained):
            scores[_key(cells[event.code].hyperparameters, VARIED)] = event.scores.mse
            _say(len(scores), len(cells))
        elif isinstance(event, CellFailed):
            sys.exit(f"Error: {event.code} failed: {event.reason}")
    return scores


def _key(cell: dict[str, Any], names: Sequence[str]) -> Key:
    return (*(cell[name] for name in names), cell["epoch"])


def _say(done: int, cells: int) -> None:
    if done % 128 == 0 or done == cells:
        print(f"{done} of {cells} cells", flush=True)


if __name__ == "__main__":
    main()
