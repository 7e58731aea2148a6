"""Checkpoints: the whole state of a trajectory between two epochs.

A trajectory that continues from a checkpoint gives the same result as without the interruption, bit
by bit: the checkpoint contains the weights, the optimizer's state, the order of the data and the
losses so far. The same is true if a search stops a trajectory and continues it later: the last
checkpoint of such a trajectory is kept.
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
    """The state of a trajectory after some of its epochs."""

    losses: tuple[float, ...]  # training loss of each epoch so far, in window units squared
    seconds: float  # training time so far
    weights: dict[str, torch.Tensor]
    optimizer: list[torch.Tensor]
    order: torch.Tensor  # state of the generator that shuffles the batches

    @property
    def epoch(self) -> int:
        """Number of epochs done."""
        return len(self.losses)


def checkpoint_path(folder: Path, trajectory: Trajectory, series: TrainingSeries) -> Path:
    """Return the path of a trajectory's checkpoint.

    With other prices, other code or other starting weights, the path is another one.
    """
    name = data_version(series.digest(), trajectory.model, trajectory.settings, trajectory.seed)
    start = trajectory.warm_start
    if start is not None:
        # Two files with one data version may differ in the last digits, if a GPU trained one.
        name = warm_data_version(name, f"{start.data_version} {start.path}")
    return folder / f"{name}.pt"


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, replacing the previous one; raises HomeError."""
    import torch

    buffer = io.BytesIO()
    torch.save({name: getattr(checkpoint, name) for name in Checkpoint.__slots__}, buffer)
    write_file(path, buffer.getvalue())


def usable_checkpoint(path: Path, trajectory: Trajectory) -> Checkpoint | None:
    """Return the checkpoint to continue from, or None.

    A checkpoint cannot be used if it is past the epoch of a cell that is to be trained.
    """
    checkpoint = read_checkpoint(path)
    if checkpoint is None or checkpoint.epoch > trajectory.cells[0][0]:
        return None
    return checkpoint


def read_checkpoint(path: Path) -> Checkpoint | None:
    """Return the checkpoint in a file, or None if there is no file or it cannot be read.

    A file that cannot be read is deleted. Only its epochs are lost: training starts from epoch 1.
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
