"""One trajectory of a pack, all but its steps: the order of its windows, its epochs, its cells.

All of it is on the host, and what happens to one member is nothing to the others.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import TypeAlias

import torch
from torch import Tensor, nn

from lstm_assets.common.text import one_line
from lstm_assets.errors import LstmAssetsError, TimeLimitError
from lstm_assets.training.checkpoint import (
    Checkpoint,
    checkpoint_path,
    usable_checkpoint,
    write_checkpoint,
)
from lstm_assets.training.engines.lockstep import State
from lstm_assets.training.engines.scoring import finished_cells
from lstm_assets.training.engines.tensors import initial_module
from lstm_assets.training.events import CellFailed, CellTrained, EpochTrained, Event
from lstm_assets.training.limits import refuse_divergence, refuse_overtime
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory

Now: TypeAlias = Callable[[], State]  # gives a trajectory's state after the steps taken


class Member:
    """A trajectory on its way; it goes on from its checkpoint, if it has one."""

    def __init__(self, trajectory: Trajectory, series: TrainingSeries, options: Options) -> None:
        """Take a trajectory up; raises TooFewBarsError, LeakError or WarmStartError."""
        self._started = self._last_kept = time.perf_counter()
        self._trajectory, self._series, self._options = trajectory, series, options
        self.split = trajectory.split(series)
        self.windows = len(self.split.train_origins)
        self.settings = trajectory.training
        self.batch_size = min(self.settings.batch_size, self.windows)
        self._order = torch.Generator().manual_seed(trajectory.seed)
        self._losses: list[float] = []
        self._left = list(trajectory.codes)
        folder = options.checkpoints
        self._path = checkpoint_path(folder, trajectory, series) if folder else None
        self.state = self._begin()  # from here it goes on; where it is by then, its pack knows
        self._epoch = self._next_epoch()

    @property
    def ended(self) -> bool:
        """Whether each of its cells is trained or has failed."""
        return not self._left

    @property
    def steps_left(self) -> int:
        """Steps to the end of this epoch."""
        return self._epoch.steps_left

    def batches(self, steps: int) -> tuple[Tensor, Tensor]:
        """Return the next steps' windows; see Epoch.batches."""
        return self._epoch.batches(steps)

    def resumed(self, module: nn.Module) -> Iterator[CellTrained]:
        """Score the cells whose epoch its checkpoint has reached; see `trained`."""
        yield from self.finished_cells(module, lambda: self.state)

    def cut_off(self) -> Iterator[CellFailed]:
        """End here if its cells take longer than they may."""
        limit, epochs = self._options.seconds_a_cell, self._trajectory.epochs
        try:
            refuse_overtime(self._seconds, limit, len(self._losses) + 1, epochs)
        except TimeLimitError as error:
            yield from self.fail(error)

    def trained(self, losses: list[float], module: nn.Module, now: Now) -> Iterator[Event]:
        """Take the next steps as done; tells of the epoch if it ends with them.

        Args:
            losses: mean loss of each step's batch.
            module: a network of this shape, to score cells with; its weights are overwritten.
            now: gives this trajectory's state after these steps.

        Raises:
            DivergedError: the loss was not finite; cells yielded before it stand.
            HomeError: likewise, when a checkpoint cannot be written.
        """
        self._epoch.take(losses)
        if self._epoch.steps_left:
            return
        self._losses.append(self._epoch.loss)
        refuse_divergence(self._losses[-1], len(self._losses), self._trajectory.epochs)
        yield self._epoch_trained()
        self._keep_checkpoint(now)
        yield from self.finished_cells(module, now)
        self._epoch = self._next_epoch()

    def finished_cells(self, module: nn.Module, now: Now) -> Iterator[CellTrained]:
        """Score the cells whose epoch this is; arguments and errors are those of `trained`."""
        if len(self._losses) not in {last for last, _ in self._trajectory.cells}:
            return
        module.load_state_dict(now().weights)
        for cell in finished_cells(
            self._trajectory, module, self._losses, self._seconds, self._series, self.split
        ):
            self._left.remove(cell.code)
            yield cell
        if self.ended and self._path is not None and not self._trajectory.may_go_on:
            self._path.unlink(missing_ok=True)

    def fail(self, error: LstmAssetsError) -> Iterator[CellFailed]:
        """End here, with this error for every cell that is not trained yet."""
        while self._left:
            yield CellFailed(self._left.pop(0), one_line(error))

    @property
    def _seconds(self) -> float:
        return time.perf_counter() - self._started

    def _begin(self) -> State:
        checkpoint = usable_checkpoint(self._path, self._trajectory) if self._path else None
        if checkpoint is None:
            return State.first(initial_module(self._trajectory), self.settings)
        self._losses = list(checkpoint.losses)
        self._started -= checkpoint.seconds
        self._order.set_state(checkpoint.order)
        return State(checkpoint.weights, checkpoint.optimizer)

    def _next_epoch(self) -> Epoch:
        return Epoch(torch.randperm(self.windows, generator=self._order), self.batch_size)

    def _epoch_trained(self) -> EpochTrained:
        epoch = len(self._losses)
        return EpochTrained(
            codes=tuple(code for last, code in self._trajectory.cells if last >= epoch),
            epoch=epoch,
            epochs=self._trajectory.epochs,
            loss=self._losses[-1],
        )

    def _keep_checkpoint(self, now: Now) -> None:
        """Write a checkpoint, if the last one is old enough or this is to be gone on from."""
        time_now = time.perf_counter()
        old = time_now - self._last_kept >= self._options.seconds_between_checkpoints
        last = self._trajectory.may_go_on and len(self._losses) == self._trajectory.epochs
        if self._path is None or not (old or last):
            return
        self._last_kept = time_now
        state = now()
        checkpoint = Checkpoint(
            losses=tuple(self._losses),
            seconds=self._seconds,
            weights=state.weights,
            optimizer=state.optimizer,
            order=self._order.get_state(),
        )
        write_checkpoint(self._path, checkpoint)


class Epoch:
    """One pass over the windows of a trajectory."""

    def __init__(self, order: Tensor, batch_size: int) -> None:
        """Begin; `order` holds the indices of the windows, shape (W,)."""
        self._windows = len(order)
        steps = -(-len(order) // batch_size)
        self._batches = torch.zeros(steps * batch_size, dtype=torch.int64)
        self._batches[: len(order)] = order
        self._batches = self._batches.view(steps, batch_size)
        self._sizes = torch.full((steps,), batch_size)
        self._sizes[-1] -= steps * batch_size - len(order)
        self._sums: list[float] = []  # of the squared errors of each batch done

    @property
    def steps_left(self) -> int:
        """Batches to its end."""
        return len(self._sizes) - len(self._sums)

    @property
    def loss(self) -> float:
        """Mean loss over all windows, each when it was its turn."""
        return math.fsum(self._sums) / self._windows

    def batches(self, steps: int) -> tuple[Tensor, Tensor]:
        """Return the next batches.

        Returns:
            Indices of windows (steps, batch_size), and how many of a batch count (steps,): the last
            one is as small as it comes, and filled up with window 0.
        """
        some = slice(len(self._sums), len(self._sums) + steps)
        return self._batches[some], self._sizes[some]

    def take(self, losses: list[float]) -> None:
        """Take the next batches as done; `losses` are their means."""
        sizes = self.batches(len(losses))[1].tolist()
        self._sums += [loss * size for loss, size in zip(losses, sizes, strict=True)]
