"""Train one trajectory, in this process, on one thread.

One thread, always: a float32 sum depends on how it is split, and a cell's result must not depend
on how many workers there were.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lstm_assets.training.engines.scoring import finished_cells
from lstm_assets.training.engines.tensors import drawn_module, initial_module, training_windows
from lstm_assets.training.events import CellTrained, EpochTrained, Event, TrajectoryStarted
from lstm_assets.training.limits import refuse_divergence, refuse_overtime
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from lstm_assets.training.checkpoint import Checkpoint

BATCHES_AT_ONCE = 64  # between two looks at the clock


def train(
    trajectory: Trajectory, series: TrainingSeries, options: Options | None = None
) -> Iterator[Event]:
    """Train a trajectory, and score each of its cells when it reaches that cell's epoch.

    Adam on the mean squared error, batches reshuffled each epoch, the last batch as small as it
    comes (Kingma & Ba 2015, arXiv:1412.6980, with torch's defaults but for the learning rate).

    Args:
        trajectory: what to train.
        series: the study's prices.
        options: what it may use and must keep to.

    Yields:
        TrajectoryStarted, then an EpochTrained an epoch and a CellTrained a cell.

    Raises:
        DivergedError: the loss was not finite; cells yielded before it stand.
        TimeLimitError: likewise, when a cell takes too long.
        TooFewBarsError: the series is too short for these settings.
        LeakError: they would train on the bars that score them.
        WarmStartError: the weights to start from were not had.
    """
    import torch

    torch.set_num_threads(1)
    run = _Run(trajectory, series, options or Options())
    yield TrajectoryStarted(tuple(trajectory.codes))
    while True:
        yield from run.finished_cells()
        if run.epoch == trajectory.epochs:
            break
        run.train_epoch()
        yield EpochTrained(
            codes=tuple(code for last, code in trajectory.cells if last >= run.epoch),
            epoch=run.epoch,
            epochs=trajectory.epochs,
            loss=run.losses[-1],
        )
        run.keep_checkpoint()
    if not trajectory.may_go_on:
        run.drop_checkpoint()


def shuffled(windows: int, batch_size: int, order: Generator) -> tuple[Tensor, ...]:
    """Draw the order of an epoch's windows.

    Returns:
        Indices of windows, int64, each once, in parts of BATCHES_AT_ONCE batches.
    """
    import torch

    every = torch.randperm(windows, generator=order)
    parts: tuple[Tensor, ...] = every.split(BATCHES_AT_ONCE * batch_size)
    return parts


class _Run:
    """A trajectory on its way."""

    def __init__(self, trajectory: Trajectory, series: TrainingSeries, options: Options) -> None:
        import torch

        from lstm_assets.training.checkpoint import checkpoint_path, usable_checkpoint

        self._started = self._last_kept = time.perf_counter()
        self._trajectory, self._series, self._options = trajectory, series, options
        self._split = trajectory.split(series)
        x, y = training_windows(series, self._split)
        self._windows = len(x)
        folder = options.checkpoints
        self._path = checkpoint_path(folder, trajectory, series) if folder else None
        checkpoint = usable_checkpoint(self._path, trajectory) if self._path else None
        # A checkpoint holds all there is to know: the file of a warm start is not asked for again.
        self._module = drawn_module(trajectory) if checkpoint else initial_module(trajectory)
        settings = trajectory.training
        self._learner = trajectory.network.learner(self._module, x, y, settings)
        self._order = torch.Generator().manual_seed(trajectory.seed)
        self.losses: list[float] = []
        if checkpoint is not None:
            self._resume(checkpoint)

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return len(self.losses)

    @property
    def _seconds(self) -> float:
        return time.perf_counter() - self._started

    def train_epoch(self) -> None:
        """Train on every window once."""
        total = 0.0
        for windows in shuffled(self._windows, self._trajectory.training.batch_size, self._order):
            self._refuse_overtime()
            total += self._learner.learn(windows)
        self.losses.append(total / self._windows)
        refuse_divergence(self.losses[-1], self.epoch, self._trajectory.epochs)

    def finished_cells(self) -> Iterator[CellTrained]:
        """Score the cells whose epoch this is."""
        yield from finished_cells(
            self._trajectory, self._module, self.losses, self._seconds, self._series, self._split
        )

    def keep_checkpoint(self) -> None:
        """Write a checkpoint, if the last one is old enough or this is to be gone on from."""
        from lstm_assets.training.checkpoint import Checkpoint, write_checkpoint

        now = time.perf_counter()
        old = now - self._last_kept >= self._options.seconds_between_checkpoints
        last = self._trajectory.may_go_on and self.epoch == self._trajectory.epochs
        if self._path is None or not (old or last):
            return
        self._last_kept = now
        checkpoint = Checkpoint(
            losses=tuple(self.losses),
            seconds=self._seconds,
            weights=self._module.state_dict(),
            optimizer=self._learner.state(),
            order=self._order.get_state(),
        )
        write_checkpoint(self._path, checkpoint)

    def drop_checkpoint(self) -> None:
        """Remove the checkpoint: the trajectory is at its end."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _resume(self, checkpoint: Checkpoint) -> None:
        self.losses = list(checkpoint.losses)
        self._started -= checkpoint.seconds
        self._module.load_state_dict(checkpoint.weights)
        self._learner.set_state(checkpoint.optimizer)
        self._order.set_state(checkpoint.order)

    def _refuse_overtime(self) -> None:
        limit = self._options.seconds_a_cell
        refuse_overtime(self._seconds, limit, self.epoch + 1, self._trajectory.epochs)
