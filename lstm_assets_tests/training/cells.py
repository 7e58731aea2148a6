"""Helper: cells small enough to train in an instant, and the prices they are trained on."""

from collections.abc import Generator, Iterable, Sequence

import numpy as np

from lstm_assets.cells.cell import Cell
from lstm_assets.training.events import CellTrained, Event
from lstm_assets.training.executors import executor_for
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory, plan

HYPERPARAMETERS: dict[str, int | float] = {
    "epoch": 2,
    "batch_size": 16,
    "learning_rate": 0.01,
    "ratio_train_set": 0.7,
    "size_sequence": 4,
    "size_unit_input": 2,
    "size_unit_hidden": 3,
    "size_unit_output": 1,
}


def hyperparameters(**changes: float) -> dict[str, int | float]:
    return HYPERPARAMETERS | changes


def cells(*changes: dict[str, float]) -> dict[str, Cell]:
    """A cell for each of the changes, T-0001 first."""
    codes = [f"T-{number:04}" for number in range(1, len(changes) + 1)]
    return {
        code: Cell(code, "lstm", hyperparameters(**change))
        for code, change in zip(codes, changes, strict=True)
    }


def walk(bars: int = 120) -> TrainingSeries:
    """A random walk around 100, the same every time."""
    prices = 100 + np.random.default_rng(7).normal(size=bars).cumsum()
    dates = np.datetime64("2020-01-01") + np.arange(bars)
    return TrainingSeries(tuple(str(date) for date in dates), prices, evaluation_share=0.2)


def planned(*changes: dict[str, float]) -> list[Trajectory]:
    return plan("T", cells(*changes), walk())


def run(
    trajectories: Sequence[Trajectory],
    series: TrainingSeries,
    workers: int,
    options: Options | None = None,
) -> Generator[Event]:
    """Train with this many worker processes; 0 is in this one."""
    return executor_for(workers).train(trajectories, series, options)


def trained(events: Iterable[Event]) -> dict[str, CellTrained]:
    return {event.code: event for event in events if isinstance(event, CellTrained)}


def outcome(cell: CellTrained) -> tuple[object, ...]:
    """All of a trained cell but the time it took."""
    return cell.code, cell.scores, cell.losses, cell.weights
