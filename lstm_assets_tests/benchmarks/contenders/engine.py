"""Ours: the plan and the pool of lstm_assets.training, without the platform around them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstm_assets.cells.cell import Cell
from lstm_assets.training.events import CellFailed, CellTrained
from lstm_assets.training.executors import WorkerPool, default_workers
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import plan
from lstm_assets_tests.benchmarks.job import Job, Score, main
from lstm_assets_tests.benchmarks.workload import MODEL, STUDY


def train(job: Job) -> Iterator[Score]:
    series = TrainingSeries(tuple(job.dates), np.array(job.prices), job.evaluation_share)
    codes = [f"{STUDY}-{number:04}" for number in range(1, len(job.cells) + 1)]
    cells = {code: Cell(code, MODEL, cell) for code, cell in zip(codes, job.cells, strict=True)}
    executor = WorkerPool(default_workers())
    for event in executor.train(plan(STUDY, cells, series), series):
        if isinstance(event, CellFailed):
            raise RuntimeError(f"{event.code}: {event.reason}")
        if isinstance(event, CellTrained):
            yield cells[event.code].hyperparameters, event.scores.mse


if __name__ == "__main__":
    main(train)
