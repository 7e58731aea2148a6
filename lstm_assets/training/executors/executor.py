"""The interface of executors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence

from lstm_assets.training.events import Event
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory


class Executor(ABC):
    """Trains trajectories, in worker processes or elsewhere."""

    @abstractmethod
    def train(
        self,
        trajectories: Sequence[Trajectory],
        series: TrainingSeries,
        options: Options | None = None,
    ) -> Generator[Event]:
        """Train trajectories, and yield their events. Closing the generator stops the training.

        Args:
            trajectories: what to train, in the order to start them.
            series: the study's prices.
            options: checkpoints, limits and device.

        Yields:
            Every event when it happens. Each cell ends exactly once: if an error stops a
            trajectory, there is a CellFailed for each of its unfinished cells.

        Raises:
            DeviceError: the requested device cannot be used; nothing was trained.
        """
