"""Train one trajectory, in this process, on one thread.

One thread, always: a float32 sum depends on how it is split, and a cell's result must not depend
on how many workers there were.
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

BATCHES_AT_ONCE = 64  # between two looks at the clock


def train(
    trajectory: Trajectory, series: TrainingSeries, options: Options | None = None
) -> Iterator[Event]:
    """Train a trajectory, and score each of its cells when it reaches that cell's epoch.

    Batches are reshuffled each epoch, and the last one is as small as it comes.

    Args:
        trajectory: what to train.
        series: the study's prices.
        options: what it may use and must keep to.

    Yields:
        TrajectoryStarted, then an EpochTrained an epoch and a CellTrained a cell.

    Raises:
        DivergedError: the loss was not finite; cells yielded before it stand.
        HomeError: likewise, when a checkpoint cannot be written.
        TimeLimitError: likewise, when a cell takes too long.
        TooFewBarsError: the series is too short for these settings.
        LeakError: they would train on the bars that score them.
        WarmStartError: the starting weights could not be loaded.
    """
    import torch

    torch.set_num_threads(1)
    life = OneTrajectory(trajectory, series, options or Options())
    x, y = training_windows(series, life.split)
    alone = _Alone(life, x, y)
    yield TrajectoryStarted(tuple(trajectory.codes))
    yield from life.finished_cells(alone)
    while not life.ended:
        loss = train_epoch(
            alone.learner, len(x), life.settings.batch_size, life.order, life.refuse_overtime
        )
        yield from life.end_epoch(loss, alone)


def train_epoch(
    learner: Learner,
    windows: int,
    batch_size: int,
    order: Generator,
    before_part: Callable[[], None] = lambda: None,
) -> float:
    """Train on every window once, in an order that is drawn anew.

    Args:
        learner: what trains.
        windows: how many it has.
        batch_size: of the learner.
        order: draws the order.
        before_part: called before each BATCHES_AT_ONCE batches; what it raises ends the epoch.

    Returns:
        The mean loss over all windows, each when it was its turn.
    """
    import torch

    total = 0.0
    shuffled = torch.randperm(windows, generator=order)
    for part in shuffled.split(BATCHES_AT_ONCE * batch_size):
        before_part()
        total += learner.learn(part)
    return total / windows


class _Alone:
    """A trajectory's network and its learner; see one_trajectory.Trained."""

    def __init__(self, life: OneTrajectory, x: Tensor, y: Tensor) -> None:
        self._module, optimizer = life.begin()
        self.learner = life.trajectory.network.learner(self._module, x, y, life.settings)
        if optimizer is not None:
            self.learner.set_state(optimizer)

    def network(self) -> nn.Module:
        """See Trained; it is the one in training."""
        return self._module

    def state(self) -> State:
        """See Trained."""
        return State(self._module.state_dict(), self.learner.state())
