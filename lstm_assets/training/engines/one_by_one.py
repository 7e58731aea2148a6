"""Train one trajectory, in this process, on one thread.

It is always one thread, because a float32 sum depends on how threads split it, and a cell's result
must not depend on the number of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lstm_assets.training.engines.one_trajectory import OneTrajectory
from lstm_assets.training.engines.state import State
from lstm_assets.training.engines.tensors import training_windows
from lstm_assets.training.events import Event, TrajectoryStarted
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory

if TYPE_CHECKING:
    from torch import Generator, Tensor, nn

    from lstm_assets.optim.learner import Learner

BATCHES_AT_ONCE = 64  # between two checks of the time limit


def train(
    trajectory: Trajectory, series: TrainingSeries, options: Options | None = None
) -> Iterator[Event]:
    """Train a trajectory, and score each cell when the trajectory reaches the cell's epoch.

    The windows are shuffled again in each epoch. The last batch of an epoch may be smaller.

    Args:
        trajectory: what to train.
        series: the study's prices.
        options: checkpoints, limits and device.

    Yields:
        One TrajectoryStarted, then an EpochTrained per epoch and a CellTrained per cell.

    Raises:
        DivergedError: the loss or the forecasts were not finite.
        HomeError: a checkpoint cannot be written.
        TimeLimitError: a cell takes too long.
        TooFewBarsError: the series is too short for these settings.
        LeakError: the cells would train on the bars that score them.
        WarmStartError: the starting weights could not be loaded.

    After each of these errors, the cells yielded before stay valid.
    """
    import torch

    torch.set_num_threads(1)
    progress = OneTrajectory(trajectory, series, options or Options())
    x, y = training_windows(series, progress.split)
    trained = _Trained(progress, x, y)
    batch_size = progress.settings.batch_size
    yield TrajectoryStarted(tuple(trajectory.codes))
    yield from progress.finished_cells(trained)
    while not progress.ended:
        loss = train_epoch(
            trained.learner, len(x), batch_size, progress.order, progress.refuse_overtime
        )
        yield from progress.end_epoch(loss, trained)


def train_epoch(
    learner: Learner,
    windows: int,
    batch_size: int,
    order: Generator,
    before_part: Callable[[], None] = lambda: None,
) -> float:
    """Train on every window once, in a new random order, and return the mean loss.

    Args:
        learner: the learner of the network.
        windows: number of its windows.
        batch_size: its windows per step.
        order: the generator that draws the order.
        before_part: called before each BATCHES_AT_ONCE batches; an error that it raises ends the
            epoch.

    Returns:
        Mean loss over all windows, each computed before the step that uses the window.
    """
    import torch

    total = 0.0
    shuffled = torch.randperm(windows, generator=order)
    for part in shuffled.split(BATCHES_AT_ONCE * batch_size):
        before_part()
        total += learner.learn(part)
    return total / windows


class _Trained:
    """The network of a trajectory and its learner; see one_trajectory.Trained."""

    def __init__(self, progress: OneTrajectory, x: Tensor, y: Tensor) -> None:
        self._module, optimizer = progress.begin()
        network = progress.trajectory.network
        self.learner = network.learner(self._module, x, y, progress.settings)
        if optimizer is not None:
            self.learner.set_state(optimizer)

    def network(self) -> nn.Module:
        """Return the network in training; see Trained."""
        return self._module

    def state(self) -> State:
        """Return its weights and its learner's state; see Trained."""
        return State(self._module.state_dict(), self.learner.state())
