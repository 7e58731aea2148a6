"""What ends a trajectory before its last epoch, in the words that people are told."""

from __future__ import annotations

import math

from lstm_assets.errors import DivergedError, TimeLimitError


def refuse_divergence(loss: float, epoch: int, epochs: int) -> None:
    """Raise DivergedError if the training loss of an epoch, counted from 1, is not finite."""
    if not math.isfinite(loss):
        raise DivergedError(
            f"the loss is {loss} at epoch {epoch} of {epochs}. Lower learning_rate for this cell."
        )


def refuse_overtime(seconds: float, limit: float | None, epoch: int, epochs: int) -> None:
    """Raise TimeLimitError if training took longer than a cell may; None is no limit.

    Args:
        seconds: since the trajectory started.
        limit: of a cell, in seconds.
        epoch: the one it is in, from 1.
        epochs: of the whole trajectory.
    """
    if limit is not None and seconds > limit:
        raise TimeLimitError(
            f"it took over {limit:g} s, the limit of a cell, in epoch {epoch} of {epochs}. "
            "Raise seconds_a_cell, or try a smaller network."
        )
