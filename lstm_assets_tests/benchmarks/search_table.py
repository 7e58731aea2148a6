"""What every cell of a space of 512 scores on the reference prices, to compare searches by.

python -m lstm_assets_tests.benchmarks.search_table

Trains all of them, which takes about 20 minutes on two cores, and writes search_table.csv beside
this file: a row a tuple, in the order of the grid, and its MSE after each number of epochs. A
search that asks for a tuple is told what stands there, and nothing is trained. Make it again when
lstm_assets.training.series.TRAINING_VERSION or the LSTM's version changes; another processor may
change last digits. A helper of tests of searches as well.
"""

from __future__ import annotations

import csv
import itertools
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

from lstm_assets.cells.cell import Cell
from lstm_assets.training.events import CellFailed, CellTrained
from lstm_assets.training.executors import WorkerPool
from lstm_assets.training.trajectory import plan
from lstm_assets_tests.benchmarks.workload import MODEL, Workload

FILE = Path(__file__).with_suffix(".csv")
STUDY = "TABLE"  # of whose cells the seeds are
EPOCHS = [1, 3, 9, 27]  # the last is that of a cell; halving stops some at the others
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

Key: TypeAlias = tuple[Any, ...]  # values of VARIED, in its order


def read_table() -> dict[Key, dict[int, float]]:
    """The MSE of each tuple of VARIED, in price units squared, by its epochs."""
    with FILE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lists = VARIED.items()
    return {
        tuple(type(values[0])(row[name]) for name, values in lists): {
            epoch: float(row[f"mse_{epoch}"]) for epoch in EPOCHS
        }
        for row in rows
    }


def main() -> None:
    workload = Workload("search", {"epoch": EPOCHS, **VARIED, **FIXED})
    scores = _trained(workload, os.cpu_count() or 1)
    with FILE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*VARIED, *(f"mse_{epoch}" for epoch in EPOCHS)])
        for key in itertools.product(*VARIED.values()):
            writer.writerow([*key, *(f"{scores[*key, epoch]:.7g}" for epoch in EPOCHS)])


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
