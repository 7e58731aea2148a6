"""One trajectory of a pack: the order of its windows, and what happens between the pack's steps.

All of it is in the host's memory. What happens to one member does not affect the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from lstm_assets.errors import LstmAssetsError, TimeLimitError
from lstm_assets.training.engines.one_trajectory import OneTrajectory, Trained
from lstm_assets.training.engines.state import State
from lstm_assets.training.events import CellFailed, Event
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory


class Member:
    """A trajectory in training; it continues from its checkpoint if it has one."""

    def __init__(self, trajectory: Trajectory, series: TrainingSeries, options: Options) -> None:
        """Start a trajectory; raises TooFewBarsError, LeakError or WarmStartError."""
        self._progress = OneTrajectory(trajectory, series, options)
        self.settings, self.split = self._progress.settings, self._progress.split
        self.windows = len(self.split.train_origins)
        self.batch_size = min(self.settings.batch_size, self.windows)
        module, optimizer = self._progress.begin()
        # Training continues from this state. It is not updated in each step: the pack does that.
        self.state = (
            State.first(module, self.settings)
            if optimizer is None
            else State(module.state_dict(), optimizer)
        )
        self._epoch = self._next_epoch()

    @property
    def ended(self) -> bool:
        """Whether each cell is trained or has failed."""
        return self._progress.ended

    @property
    def steps_left(self) -> int:
        """Number of steps to the end of this epoch."""
        return self._epoch.steps_left

    def batches(self, steps: int) -> tuple[Tensor, Tensor]:
        """Return the windows of the next steps; see Epoch.batches."""
        return self._epoch.batches(steps)

    def resumed(self, trained: Trained) -> Iterator[Event]:
        """Score the cells with the epoch that the checkpoint has reached; see `finish_steps`."""
        yield from self._progress.finished_cells(trained)

    def check_time(self) -> Iterator[CellFailed]:
        """Fail the cells that are left if they take longer than the limit."""
        try:
            self._progress.refuse_overtime()
        except TimeLimitError as error:
            yield from self.fail(error)

    def finish_steps(self, losses: list[float], trained: Trained) -> Iterator[Event]:
        """Count the next steps as done. If the epoch ends with them, yield its events.

        Args:
            losses: mean loss of the batch of each step.
            trained: this trajectory after these steps.

        Raises:
            DivergedError: a loss was not finite; cells yielded before stay valid.
            HomeError: a checkpoint cannot be written; cells yielded before stay valid.
        """
        self._epoch.finish_batches(losses)
        if self._epoch.steps_left:
            return
        yield from self._progress.end_epoch(self._epoch.loss, trained)
        self._epoch = self._next_epoch()

    def fail(self, error: LstmAssetsError) -> Iterator[CellFailed]:
        """Fail every cell that is not trained yet, with this error as the reason."""
        yield from self._progress.fail(error)

    def _next_epoch(self) -> Epoch:
        return Epoch(torch.randperm(self.windows, generator=self._progress.order), self.batch_size)


class Epoch:
    """One pass over all windows of a trajectory."""

    def __init__(self, order: Tensor, batch_size: int) -> None:
        """Start an epoch; `order` contains the indices of the windows, shape (W,)."""
        self._windows = len(order)
        steps = -(-len(order) // batch_size)
        self._batches = torch.zeros(steps * batch_size, dtype=torch.int64)
        self._batches[: len(order)] = order
        self._batches = self._batches.view(steps, batch_size)
        self._sizes = torch.full((steps,), batch_size)
        self._sizes[-1] -= steps * batch_size - len(order)
        self._sums: list[float] = []  # of the losses of the windows, for each batch done

    @property
    def steps_left(self) -> int:
        """Number of batches to the end of the epoch."""
        return len(self._sizes) - len(self._sums)

    @property
    def loss(self) -> float:
        """Mean loss over all windows, each computed before the step that uses the window."""
        return math.fsum(self._sums) / self._windows

    def batches(self, steps: int) -> tuple[Tensor, Tensor]:
        """Return the next batches.

        Returns:
            Indices of windows (steps, batch_size), and the number of windows per batch (steps,).
            The last batch may have fewer windows; it is filled up with window 0.
        """
        chunk = slice(len(self._sums), len(self._sums) + steps)
        return self._batches[chunk], self._sizes[chunk]

    def finish_batches(self, losses: list[float]) -> None:
        """Count the next batches as done; `losses` are their mean losses."""
        sizes = self.batches(len(losses))[1].tolist()
        self._sums += [loss * size for loss, size in zip(losses, sizes, strict=True)]
