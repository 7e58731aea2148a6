"""What every executor does with trajectories, wherever it trains them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence

from lstm_assets.training.events import Event
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory


class Executor(ABC):
    """Trains trajectories somewhere."""

    @abstractmethod
    def train(
        self,
        trajectories: Sequence[Trajectory],
        series: TrainingSeries,
        options: Options | None = None,
    ) -> Generator[Event]:
        """Train trajectories; closing the generator stops the work.

        Args:
            trajectories: in the order in which they are to be started.
            series: the study's prices.
            options: what each trajectory may use and must keep to.

        Yields:
            Every event as it happens, and each cell's end exactly once: whatever stops a
            trajectory is a CellFailed for each cell that it leaves behind.

        Raises:
            DeviceError: the device asked for cannot train here; nothing was trained.
        """
