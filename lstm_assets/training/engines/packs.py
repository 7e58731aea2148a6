"""Which trajectories are trained together on a GPU.

The networks of a pack have the same shape and the same look-back, so each step consists of the same
products for all of them. Batch size, learning rate, split, order of the data and epochs may differ.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lstm_assets.data.windows import COLUMNS
from lstm_assets.training.engines.devices import Device
from lstm_assets.training.trajectory import Trajectory

SHARE_OF_MEMORY = 0.5  # share of the free memory that a training step of a pack may use
BYTES = 4  # per float32


@dataclass(frozen=True, slots=True)
class Pack:
    """Trajectories that are trained in lockstep on one device."""

    trajectories: tuple[Trajectory, ...]  # the most work first
    device: str  # torch's name of the device

    @property
    def codes(self) -> list[str]:
        """The CODE_TASKs of its cells."""
        return [code for trajectory in self.trajectories for code in trajectory.codes]


Job: TypeAlias = Trajectory | Pack  # what one worker trains at a time


def jobs(trajectories: Sequence[Trajectory], device: Device) -> list[Job]:
    """Return the jobs of the workers: single trajectories on the CPU, packs on a GPU.

    A pack is cut into equal parts if one of its steps would use more than SHARE_OF_MEMORY of the
    GPU's free memory.

    Args:
        trajectories: what to train, in the order to start them.
        device: the device to train on.
    """
    if device.name == "cpu":
        return list(trajectories)
    shapes: dict[str, list[Trajectory]] = {}
    for trajectory in trajectories:
        shapes.setdefault(_shape(trajectory), []).append(trajectory)
    return [
        Pack(tuple(part), device.name)
        for same_shape in shapes.values()
        for part in _equal_parts(same_shape, int(SHARE_OF_MEMORY * device.bytes_free))
    ]


def _shape(trajectory: Trajectory) -> str:
    """Return a text that is the same for trajectories that one pack can train."""
    network = sorted(trajectory.network.model_dump().items())
    return json.dumps([trajectory.model, network, trajectory.training.size_sequence])


def _equal_parts(trajectories: Sequence[Trajectory], most_bytes: int) -> list[Sequence[Trajectory]]:
    """Return as few parts as possible that each use at most these bytes, or single trajectories."""
    most = max(1, most_bytes // max(map(_bytes_kept, trajectories)))  # trajectories in a part
    parts = -(-len(trajectories) // most)
    size = -(-len(trajectories) // parts)
    return [trajectories[at : at + size] for at in range(0, len(trajectories), size)]


def _bytes_kept(trajectory: Trajectory) -> int:
    """Return an upper bound of the bytes that a training step of a trajectory keeps in memory."""
    training = trajectory.training
    numbers = trajectory.network.numbers_kept(training.size_sequence, COLUMNS)  # per window
    return BYTES * training.batch_size * numbers
