"""The life of one trajectory, whoever takes its steps: its epochs, cells, checkpoint and limits."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from lstm_assets.common.text import one_line
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
    """What the steps taken so far have made of a trajectory."""

    def network(self) -> nn.Module:
        """Return its network with its weights, to score cells with before the next step."""

    def state(self) -> State:
        """Return its weights and its optimizer's state."""


class OneTrajectory:
    """A trajectory that goes on from its checkpoint, if it has one it can go on from.

    An engine takes the steps. It asks `refuse_overtime` now and then, `finished_cells` once before
    its first step, and `end_epoch` after each epoch, until the trajectory has `ended`.
    """

    def __init__(self, trajectory: Trajectory, series: TrainingSeries, options: Options) -> None:
        """Take a trajectory up; raises TooFewBarsError or LeakError."""
        import torch

        self._started = self._last_kept = time.perf_counter()
        self.trajectory, self._series, self._options = trajectory, series, options
        self.settings = trajectory.training
        self.split = trajectory.split(series)
        self.order = torch.Generator().manual_seed(trajectory.seed)  # of each epoch's windows
        self._losses: list[float] = []
        self._unfinished = list(trajectory.codes)
        folder = options.checkpoints
        self._path = checkpoint_path(folder, trajectory, series) if folder else None

    @property
    def ended(self) -> bool:
        """Whether each of its cells is trained or has failed."""
        return not self._unfinished

    def begin(self) -> tuple[nn.Module, list[Tensor] | None]:
        """Return the network that it goes on with; call it once, before anything else.

        A checkpoint holds all there is to know: the file of a warm start is not asked for again.

        Returns:
            The network, float32, on the CPU, and its optimizer's state: None is the first one.

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
        """Raise TimeLimitError if its cells take longer than they may."""
        limit, epochs = self._options.seconds_a_cell, self.trajectory.epochs
        refuse_overtime(self._seconds, limit, self._epoch + 1, epochs)

    def end_epoch(self, loss: float, trained: Trained) -> Iterator[Event]:
        """Take an epoch as done; keep a checkpoint of it, and score the cells that end with it.

        Args:
            loss: mean over the epoch's windows, in window units squared.
            trained: the trajectory after it.

        Raises:
            DivergedError: the loss or the forecasts are not finite; cells yielded before it stand.
            HomeError: likewise, when a checkpoint cannot be written.
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
        """Score the cells whose epoch this is; raises DivergedError.

        With the last of them the checkpoint goes, if the trajectory is not to be gone on with.
        """
        codes = [code for last, code in self.trajectory.cells if last == self._epoch]
        if not codes:
            return
        yield from self._cells_trained(codes, trained.network())
        if self.ended and self._path is not None and not self.trajectory.may_go_on:
            self._path.unlink(missing_ok=True)

    def fail(self, error: LstmAssetsError) -> Iterator[CellFailed]:
        """End here, with this error for every cell that is not trained yet."""
        while self._unfinished:
            yield CellFailed(self._unfinished.pop(0), one_line(error))

    @property
    def _epoch(self) -> int:
        """Epochs done."""
        return len(self._losses)

    @property
    def _seconds(self) -> float:
        """Seconds of training so far, those before an interruption as well."""
        return time.perf_counter() - self._started

    def _cells_trained(self, codes: Sequence[str], module: nn.Module) -> Iterator[CellTrained]:
        seconds = self._seconds
        scores = finite_scores(module, self._series, self.split, self._epoch)
        weights = to_bytes(self.trajectory.model, self.trajectory.network.model_dump(), module)
        for code in codes:
            self._unfinished.remove(code)
            yield CellTrained(code, scores, tuple(self._losses), seconds, weights)

    def _keep_checkpoint(self, trained: Trained) -> None:
        """Write a checkpoint, if the last one is old enough or this is to be gone on from."""
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
