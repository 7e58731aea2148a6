"""What a training says while it goes on. Plain data: these cross process borders."""

from __future__ import annotations

from dataclasses import dataclass

from lstm_assets.evaluation.scores import Scores


@dataclass(frozen=True, slots=True)
class TrajectoryStarted:
    """A worker has taken these cells up."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EpochTrained:
    """One more epoch of a trajectory is done."""

    codes: tuple[str, ...]  # the trajectory's cells that are not finished yet
    epoch: int
    epochs: int  # of the whole trajectory
    loss: float  # mean over the epoch's batches, in window units squared


@dataclass(frozen=True, slots=True)
class CellTrained:
    """A cell reached its epoch and was scored."""

    code: str
    scores: Scores
    losses: tuple[float, ...]  # of each epoch it was trained now, in window units squared
    seconds: float  # since its trajectory started
    weights: bytes  # a model file, see training.model_file


@dataclass(frozen=True, slots=True)
class CellFailed:
    """A cell will have no result; the others go on."""

    code: str
    reason: str


Event = TrajectoryStarted | EpochTrained | CellTrained | CellFailed
