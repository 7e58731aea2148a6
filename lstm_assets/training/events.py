"""The events of a training. They are plain data, because processes send them to each other."""

from __future__ import annotations

from dataclasses import dataclass

from lstm_assets.common.text import one_line
from lstm_assets.errors import LstmAssetsError
from lstm_assets.evaluation.scores import Scores


@dataclass(frozen=True, slots=True)
class TrajectoryStarted:
    """A worker has started to train these cells."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EpochTrained:
    """One more epoch of a trajectory is done."""

    codes: tuple[str, ...]  # the trajectory's cells that are not finished yet
    epoch: int
    epochs: int  # of the whole trajectory
    loss: float  # mean over the windows of the epoch, in window units squared


@dataclass(frozen=True, slots=True)
class CellTrained:
    """A cell reached its epoch and was scored."""

    code: str
    scores: Scores
    losses: tuple[float, ...]  # of each epoch of this training, in window units squared
    seconds: float  # since its trajectory started
    weights: bytes  # content of a model file, see training.model_file


@dataclass(frozen=True, slots=True)
class CellFailed:
    """A cell failed and has no result; the others continue."""

    code: str
    reason: str
    recurs: bool = False  # whether another training on the same prices would fail again

    @classmethod
    def of(cls, code: str, error: Exception) -> CellFailed:
        """Return the end of a cell whose training raised this error."""
        if isinstance(error, LstmAssetsError):
            return cls(code, one_line(error), error.recurs)
        return cls(code, f"{type(error).__name__}: {one_line(error)}")


Event = TrajectoryStarted | EpochTrained | CellTrained | CellFailed
