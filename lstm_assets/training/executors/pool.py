"""Train in worker processes on this machine."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from pebble import ProcessExpired

from lstm_assets.common.fields import DeviceChoice
from lstm_assets.errors import DeviceError
from lstm_assets.training.engines.devices import Device
from lstm_assets.training.engines.packs import jobs
from lstm_assets.training.events import Event
from lstm_assets.training.executors import worker
from lstm_assets.training.executors.executor import Executor
from lstm_assets.training.executors.team import Team, team
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory


def default_workers() -> int:
    """Return the number of CPUs that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class WorkerPool(Executor):
    """Trains in worker processes.

    On the CPU, each process has one thread and trains one trajectory at a time. On a GPU, one
    process trains all trajectories.
    """

    workers: int  # number of processes on the CPU, at least 1

    def train(
        self,
        trajectories: Sequence[Trajectory],
        series: TrainingSeries,
        options: Options | None = None,
    ) -> Generator[Event]:
        """Train trajectories in worker processes; see Executor."""
        options = options or Options()
        if not trajectories:
            return
        if options.device == DeviceChoice.cpu:
            yield from self._on_cpu(trajectories, series, options)
        else:
            yield from self._on_device(trajectories, series, options)

    def _on_cpu(
        self, trajectories: Sequence[Trajectory], series: TrainingSeries, options: Options
    ) -> Generator[Event]:
        with team(min(self.workers, len(trajectories)), series, options) as workers:
            yield from workers.train(jobs(trajectories, Device("cpu")))

    def _on_device(
        self, trajectories: Sequence[Trajectory], series: TrainingSeries, options: Options
    ) -> Generator[Event]:
        """Train on a GPU in the process that found it; without a GPU, train on the CPU."""
        with team(1, series, options) as worker_team:
            device = _device(worker_team)
            if device.name != "cpu" or self.workers == 1:
                yield from worker_team.train(jobs(trajectories, device))
                return
        yield from self._on_cpu(trajectories, series, options)


def _device(worker_team: Team) -> Device:
    """Return the device that a worker can use. A worker looks, as this process has no torch."""
    try:
        return worker_team.call(worker.device)
    except ProcessExpired as error:
        raise DeviceError(
            f"the worker process died (exit code {error.exitcode}) while it looked for a GPU. "
            "Set LSTM_ASSETS_DEVICE, or `device` in the run config, to cpu."
        ) from error
