"""What a run of training may use and must keep to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lstm_assets.common.fields import DeviceChoice

SECONDS_BETWEEN_CHECKPOINTS = 20.0
WORKER_MEGABYTES = 700  # resident memory of a worker that compiles and trains the reference study


@dataclass(frozen=True, slots=True)
class Options:
    """Limits of one run, the same for all its cells."""

    checkpoints: Path | None = None  # folder; None keeps none
    seconds_between_checkpoints: float = SECONDS_BETWEEN_CHECKPOINTS
    seconds_a_cell: float | None = None  # of training, from its trajectory's start; None is no end
    device: DeviceChoice = DeviceChoice.cpu


def workers_within(workers: int, megabytes: int | None) -> int:
    """Return how many of the workers fit a memory budget, at least one of those asked for.

    Args:
        workers: asked for; 0 trains in the calling process, whatever the budget.
        megabytes: resident memory for all workers together; None is no budget.
    """
    if megabytes is None or workers == 0:
        return workers
    return max(1, min(workers, megabytes // WORKER_MEGABYTES))
