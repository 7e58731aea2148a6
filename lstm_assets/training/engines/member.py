"""One trajectory of a pack: the order of its windows, and its life between the pack's steps.

All of it is on the host, and what happens to one member is nothing to the others.
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
    """A trajectory on its way; it goes on from its checkpoint, if it has one."""

    def __init__(self, trajectory: Trajectory, series: TrainingSeries, options: Options) -> None:
        """Take a trajectory up; raises TooFewBarsError, LeakError or WarmStartError."""
        self._life = OneTrajectory(trajectory, series, options)
        self.settings, self.split = self._life.settings, self._life.split
        self.windows = len(self.split.train_origins)
        self.batch_size = min(self.settings.batch_size, self.windows)
        module, optimizer = self._life.begin()
        # From here it goes on; where it is after the first steps, its pack knows.
        self.state = (
            State.first(module, self.settings)
            if optimizer is None
            else State(module.state_dict(), optimizer)
        )
        self._epoch = self._next_epoch()

    @property
    def ended(self) -> bool:
        """Whether each of its cells is trained or has failed."""
        return self._life.ended

    @property
    def steps_left(self) -> int:
        """Steps to the end of this epoch."""
        return self._epoch.steps_left

    def batches(self, steps: int) -> tuple[Tensor, Tensor]:
        """Return the next steps' windows; see Epoch.batches."""
        return self._epoch.batches(steps)

    def resumed(self, trained: Trained) -> Iterator[Event]:
        """Score the cells whose epoch its checkpoint has reached; see `take`."""
        yield from self._life.finished_cells(trained)

    def cut_off(self) -> Iterator[CellFailed]:
        """End here if its cells take longer than they may."""
        try:
            self._life.refuse_overtime()
        except TimeLimitError as error:
            yield from self.fail(error)

    def take(self, losses: list[float], trained: Trained) -> Iterator[Event]:
        """Take the next steps as done; yields an epoch's events if it ends with them.

        Args:
            losses: mean loss of each step's batch.
            trained: this trajectory after these steps.

        Raises:
            DivergedError: a loss was not finite; cells yielded before it stand.
            HomeError: likewise, when a checkpoint cannot be written.
        """
        self._epoch.take(losses)
        if self._epoch.steps_left:
            return
        yield from self._life.end_epoch(self._epoch.loss, trained)
        self._epoch = self._next_epoch()

    def fail(self, error: LstmAssetsError) -> Iterator[CellFailed]:
        """End here, with this error for every cell that is not trained yet."""
        yield from self._life.fail(error)

    def _next_epoch(self) -> Epoch:
        return Epoch(torch.randperm(self.windows, generator=self._life.order), self.batch_size)


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
