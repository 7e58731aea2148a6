"""The code of a worker process: it does jobs and sends their events to the run.

A worker process imports torch once, and never Dagster.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.connection import Client, Connection, wait

from lstm_assets.training.engines.devices import Device, find_device
from lstm_assets.training.engines.packs import Job
from lstm_assets.training.events import CellFailed, CellTrained, EpochTrained, Event
from lstm_assets.training.executors.job import events_of
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries

# Between two EpochTrained events of a trajectory. An epoch of a small cell takes a millisecond.
SECONDS_BETWEEN_EPOCHS = 0.2

# A worker process belongs to one run, so these are the same for all its trajectories.
_series: TrainingSeries
_options: Options
_events: Connection


def start(address: str, authkey: bytes, series: TrainingSeries, options: Options) -> None:
    """Make this process a worker: connect to the run, and store the prices and options."""
    global _series, _options, _events
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run handles Ctrl-C
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _series, _options = series, options
    _events = Client(address, authkey=authkey)
    _events.send(os.getpid())


def device() -> Device:
    """Return the device that this process can train on; raises DeviceError."""
    return find_device(_options.device)


def work(job: Job) -> list[Event]:
    """Do a job: send every event at once, and return the last event of each cell.

    The returned events were also sent. Sent events arrive even if this process dies before it
    returns. And when the run has the returned events, it does not need to wait for sent ones.
    """
    ends: list[Event] = []
    last_sent: dict[str, float] = {}  # by the last CODE_TASK of a trajectory
    for event in events_of(job, _series, _options):
        if isinstance(event, EpochTrained) and event.epoch < event.epochs:
            clock, last = time.monotonic(), event.codes[-1]
            if clock - last_sent.get(last, -SECONDS_BETWEEN_EPOCHS) < SECONDS_BETWEEN_EPOCHS:
                continue
            last_sent[last] = clock
        _events.send(event)
        if isinstance(event, CellTrained | CellFailed):
            ends.append(event)
    return ends


def _end_with_parent() -> None:
    """End this process when the run's process has ended, for whatever reason."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
