"""Train in this process, one trajectory or pack after another."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from lstm_assets.training.engines.devices import find_device
from lstm_assets.training.engines.packs import jobs
from lstm_assets.training.events import Event
from lstm_assets.training.executors.executor import Executor
from lstm_assets.training.executors.job import events_of
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class InProcess(Executor):
    """Trains in the calling process."""

    def train(
        self,
        trajectories: Sequence[Trajectory],
        series: TrainingSeries,
        options: Options | None = None,
    ) -> Generator[Event]:
        """Train trajectories in this process; see Executor."""
        options = options or Options()
        if not trajectories:
            return
        for job in jobs(trajectories, find_device(options.device)):
            yield from events_of(job, series, options)
