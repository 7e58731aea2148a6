"""Which trajectories are trained together on a GPU.

A pack's networks have one shape and look back equally far, so that each step of all of them is the
same products. Batch size, learning rate, split, order of the data and epochs are each one's own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lstm_assets.data.windows import COLUMNS
from lstm_assets.training.engines.devices import Device
from lstm_assets.training.trajectory import Trajectory

SHARE_OF_MEMORY = 0.5  # of what is free, that a pack's training step may keep
BYTES = 4  # of a float32


@dataclass(frozen=True, slots=True)
class Pack:
    """Trajectories that are trained in lockstep on one device."""

    trajectories: tuple[Trajectory, ...]  # the most work first
    device: str  # torch's name of it

    @property
    def codes(self) -> list[str]:
        """The CODE_TASKs of its cells."""
        return [code for trajectory in self.trajectories for code in trajectory.codes]


Job: TypeAlias = Trajectory | Pack  # what one worker is handed at a time


def jobs(trajectories: Sequence[Trajectory], device: Device) -> list[Job]:
    """Return what is handed out: on the CPU each trajectory, on a GPU packs of them.

    A pack is cut into equal parts if a step of it would keep more than SHARE_OF_MEMORY of the GPU's
    free memory.

    Args:
        trajectories: in the order in which they are to be started.
        device: what trains them.
    """
    if device.name == "cpu":
        return list(trajectories)
    shapes: dict[str, list[Trajectory]] = {}
    for trajectory in trajectories:
        shapes.setdefault(_shape(trajectory), []).append(trajectory)
    return [
        Pack(tuple(part), device.name)
        for alike in shapes.values()
        for part in _cut(alike, int(SHARE_OF_MEMORY * device.bytes_free))
    ]


def _shape(trajectory: Trajectory) -> str:
    network = sorted(trajectory.network.model_dump().items())
    return json.dumps([trajectory.model, network, trajectory.training.size_sequence])


def _cut(alike: Sequence[Trajectory], most_bytes: int) -> list[Sequence[Trajectory]]:
    """Cut into as few parts as keep within the bytes, or one trajectory a part."""
    most = max(1, most_bytes // max(_bytes_kept(each) for each in alike))
    parts = -(-len(alike) // most)
    size = -(-len(alike) // parts)
    return [alike[at : at + size] for at in range(0, len(alike), size)]


def _bytes_kept(trajectory: Trajectory) -> int:
    """Estimate, from above, what a training step of this trajectory keeps in memory."""
    training = trajectory.training
    return (
        BYTES
        * training.batch_size
        * trajectory.network.numbers_kept(training.size_sequence, COLUMNS)
    )
