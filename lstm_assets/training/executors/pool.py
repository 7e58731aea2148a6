"""Train many trajectories, on worker processes or in this one."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence

from pebble import ProcessExpired

from lstm_assets.common.fields import DeviceChoice
from lstm_assets.errors import DeviceError
from lstm_assets.training.engines.devices import Device, find_device
from lstm_assets.training.engines.packs import jobs
from lstm_assets.training.events import Event
from lstm_assets.training.executors import worker
from lstm_assets.training.executors.workers import Team, team
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory


def default_workers() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    trajectories: Sequence[Trajectory],
    series: TrainingSeries,
    workers: int,
    options: Options | None = None,
) -> Generator[Event]:
    """Train trajectories; yields every event as it happens, and each cell's end once.

    Closing the iterator stops the workers.

    Args:
        trajectories: in the order in which they are to be started.
        series: the study's prices.
        workers: single-threaded processes that train on the CPU; a GPU has one process. 0 trains
            in this process, one trajectory or pack after another.
        options: what each trajectory may use and must keep to.

    Raises:
        DeviceError: the device asked for cannot train here; nothing was trained.
    """
    options = options or Options()
    if not trajectories:
        return
    if workers == 0:
        for job in jobs(trajectories, find_device(options.device)):
            yield from worker.events(job, series, options)
    elif options.device == DeviceChoice.cpu:
        yield from _on_cpu(trajectories, series, workers, options)
    else:
        yield from _where_found(trajectories, series, workers, options)


def _on_cpu(
    trajectories: Sequence[Trajectory], series: TrainingSeries, workers: int, options: Options
) -> Generator[Event]:
    with team(min(workers, len(trajectories)), series, options) as many:
        yield from many.train(jobs(trajectories, Device("cpu")))


def _where_found(
    trajectories: Sequence[Trajectory], series: TrainingSeries, workers: int, options: Options
) -> Generator[Event]:
    """Train on a GPU with the process that found it, or with all workers on the CPU."""
    with team(1, series, options) as one:
        device = _device(one)
        if device.name != "cpu" or workers == 1:
            yield from one.train(jobs(trajectories, device))
            return
    yield from _on_cpu(trajectories, series, workers, options)


def _device(one: Team) -> Device:
    """Return what a worker can train on: this process imports no torch."""
    try:
        return one.ask(worker.device)
    except ProcessExpired as error:
        raise DeviceError(
            f"the worker process died (exit code {error.exitcode}) while it looked for a GPU. "
            "Set LSTM_ASSETS_DEVICE, or `device` in the run config, to cpu."
        ) from error
