"""Checkpoints: the whole state of a trajectory between two epochs.

A trajectory that goes on from a checkpoint ends as one that was never interrupted, bit by bit:
weights, optimizer, the order of the data and the losses so far are all in it. That holds as well
for one that a search stops and lets go on: its last checkpoint stays.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstm_assets.common.files import write_file
from lstm_assets.training.series import TrainingSeries, data_version, warm_data_version
from lstm_assets.training.trajectory import Trajectory

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A trajectory after some of its epochs."""

    losses: tuple[float, ...]  # training loss of each epoch done, in window units squared
    seconds: float  # of training so far
    weights: dict[str, torch.Tensor]
    optimizer: list[torch.Tensor]
    order: torch.Tensor  # state of the generator that shuffles the batches

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return len(self.losses)


def checkpoint_path(folder: Path, trajectory: Trajectory, series: TrainingSeries) -> Path:
    """Return where a trajectory's checkpoint lies.

    Other prices, other code and other weights to start from have another place.
    """
    name = data_version(series.digest(), trajectory.model, trajectory.settings, trajectory.seed)
    start = trajectory.warm_start
    if start is not None:
        # Two files of one data version may differ in the last digits: a GPU trained one of them.
        name = warm_data_version(name, f"{start.data_version} {start.path}")
    return folder / f"{name}.pt"


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint in place of the one before; raises HomeError."""
    import torch

    buffer = io.BytesIO()
    torch.save({name: getattr(checkpoint, name) for name in Checkpoint.__slots__}, buffer)
    write_file(path, buffer.getvalue())


def usable_checkpoint(path: Path, trajectory: Trajectory) -> Checkpoint | None:
    """Return what a trajectory can go on from: a checkpoint that is not past a cell it wants."""
    checkpoint = read_checkpoint(path)
    if checkpoint is None or checkpoint.epoch > trajectory.cells[0][0]:
        return None
    return checkpoint


def read_checkpoint(path: Path) -> Checkpoint | None:
    """Return a trajectory's checkpoint, or None if there is none that can be read.

    One that cannot be read costs the epochs it held and nothing else: training starts anew.
    """
    import torch

    try:
        content: dict[str, Any] = torch.load(path, weights_only=True)
        return Checkpoint(**content)
    except FileNotFoundError:
        return None
    except (OSError, RuntimeError, EOFError, TypeError, pickle.UnpicklingError):
        path.unlink(missing_ok=True)
        return None
