"""The options of a training: checkpoints, limits and device."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lstm_assets.common.fields import DeviceChoice

SECONDS_BETWEEN_CHECKPOINTS = 20.0
WORKER_MEGABYTES = 700  # resident memory of a worker that compiles and trains the reference study


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one run, the same for all its cells."""

    checkpoints: Path | None = None  # folder; None: write no checkpoints
    seconds_between_checkpoints: float = SECONDS_BETWEEN_CHECKPOINTS
    seconds_a_cell: float | None = None  # limit, from the start of the trajectory; None: no limit
    device: DeviceChoice = DeviceChoice.cpu


def workers_within(workers: int, megabytes: int | None) -> int:
    """Return the number of workers that fit a memory limit, at least 1.

    Args:
        workers: requested number; 0 trains in the calling process, and the limit is not used.
        megabytes: limit of the resident memory of all workers together; None: no limit.
    """
    if megabytes is None or workers == 0:
        return workers
    return max(1, min(workers, megabytes // WORKER_MEGABYTES))
