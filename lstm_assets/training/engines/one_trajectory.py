"""The progress of one trajectory in any engine: its epochs, cells, checkpoint and limits."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from lstm_assets.errors import LstmAssetsError
from lstm_assets.training.checkpoint import (
    Checkpoint,
    checkpoint_path,
    usable_checkpoint,
    write_checkpoint,
)
from lstm_assets.training.engines.scoring import finite_scores
from lstm_assets.training.engines.state import State
from lstm_assets.training.engines.tensors import drawn_module, initial_module
from lstm_assets.training.events import CellFailed, CellTrained, EpochTrained, Event
from lstm_assets.training.limits import refuse_divergence, refuse_overtime
from lstm_assets.training.model_file import to_bytes
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory

if TYPE_CHECKING:
    from torch import Tensor, nn


class Trained(Protocol):
    """A trajectory as the steps so far have trained it."""

    def network(self) -> nn.Module:
        """Return its network with its current weights; it is valid until the next step."""

    def state(self) -> State:
        """Return its current weights and the state of its optimizer."""


class OneTrajectory:
    """A trajectory, which continues from its checkpoint if it has a usable one.

    An engine takes the steps. The engine calls `finished_cells` once before its first step,
    `end_epoch` after each epoch until the trajectory has `ended`, and `refuse_overtime` regularly.
    """

    def __init__(self, trajectory: Trajectory, series: TrainingSeries, options: Options) -> None:
        """Start a trajectory; raises TooFewBarsError or LeakError."""
        import torch

        self._started = self._last_kept = time.perf_counter()
        self.trajectory, self._series, self._options = trajectory, series, options
        self.settings = trajectory.training
        self.split = trajectory.split(series)
        self.order = torch.Generator().manual_seed(trajectory.seed)  # shuffles each epoch
        self._losses: list[float] = []
        self._unfinished = list(trajectory.codes)
        folder = options.checkpoints
        self._path = checkpoint_path(folder, trajectory, series) if folder else None

    @property
    def ended(self) -> bool:
        """Whether each cell is trained or has failed."""
        return not self._unfinished

    def begin(self) -> tuple[nn.Module, list[Tensor] | None]:
        """Return the network that training starts or continues with; call this once, first.

        If there is a checkpoint, it is enough: the model file of a warm start is not read again.

        Returns:
            The network, float32, on the CPU, and the state of its optimizer: None before the first
            step.

        Raises:
            WarmStartError: there is no checkpoint, and the starting weights could not be loaded.
        """
        checkpoint = usable_checkpoint(self._path, self.trajectory) if self._path else None
        if checkpoint is None:
            return initial_module(self.trajectory), None
        self._losses = list(checkpoint.losses)
        self._started -= checkpoint.seconds
        self.order.set_state(checkpoint.order)
        module = drawn_module(self.trajectory)
        module.load_state_dict(checkpoint.weights)
        return module, checkpoint.optimizer

    def refuse_overtime(self) -> None:
        """Raise TimeLimitError if its cells take longer than the limit."""
        limit, epochs = self._options.seconds_a_cell, self.trajectory.epochs
        refuse_overtime(self._seconds, limit, self._epoch + 1, epochs)

    def end_epoch(self, loss: float, trained: Trained) -> Iterator[Event]:
        """Count an epoch as done, write a checkpoint if due, and score the cells that end now.

        Args:
            loss: mean over the windows of the epoch, in window units squared.
            trained: the trajectory after the epoch.

        Raises:
            DivergedError: the loss or the forecasts are not finite.
            HomeError: a checkpoint cannot be written.

        After each of these errors, the cells yielded before stay valid.
        """
        self._losses.append(loss)
        refuse_divergence(loss, self._epoch, self.trajectory.epochs)
        yield EpochTrained(
            codes=tuple(code for last, code in self.trajectory.cells if last >= self._epoch),
            epoch=self._epoch,
            epochs=self.trajectory.epochs,
            loss=loss,
        )
        self._keep_checkpoint(trained)
        yield from self.finished_cells(trained)

    def finished_cells(self, trained: Trained) -> Iterator[CellTrained]:
        """Score the cells that end with the current epoch; raises DivergedError.

        After the last cell, delete the checkpoint, unless more epochs may follow.
        """
        codes = [code for last, code in self.trajectory.cells if last == self._epoch]
        if not codes:
            return
        yield from self._cells_trained(codes, trained.network())
        if self.ended and self._path is not None and not self.trajectory.may_go_on:
            self._path.unlink(missing_ok=True)

    def fail(self, error: LstmAssetsError) -> Iterator[CellFailed]:
        """Fail every cell that is not trained yet, with this error as the reason."""
        while self._unfinished:
            yield CellFailed.of(self._unfinished.pop(0), error)

    @property
    def _epoch(self) -> int:
        """Number of epochs done."""
        return len(self._losses)

    @property
    def _seconds(self) -> float:
        """Seconds of training so far, including those before an interruption."""
        return time.perf_counter() - self._started

    def _cells_trained(self, codes: Sequence[str], module: nn.Module) -> Iterator[CellTrained]:
        """Score a network once, and yield the result for each of these cells."""
        seconds = self._seconds
        scores = finite_scores(module, self._series, self.split, self._epoch)
        weights = to_bytes(self.trajectory.model, self.trajectory.network.model_dump(), module)
        for code in codes:
            self._unfinished.remove(code)
            yield CellTrained(code, scores, tuple(self._losses), seconds, weights)

    def _keep_checkpoint(self, trained: Trained) -> None:
        """Write a checkpoint if one is due: after some time, and at an end that is not final."""
        clock = time.perf_counter()
        is_old = clock - self._last_kept >= self._options.seconds_between_checkpoints
        is_last = self.trajectory.may_go_on and self._epoch == self.trajectory.epochs
        if self._path is None or not (is_old or is_last):
            return
        self._last_kept = clock
        state = trained.state()
        checkpoint = Checkpoint(
            losses=tuple(self._losses),
            seconds=self._seconds,
            weights=state.weights,
            optimizer=state.optimizer,
            order=self.order.get_state(),
        )
        write_checkpoint(self._path, checkpoint)
