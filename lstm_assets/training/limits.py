"""The limits that end a trajectory before its last epoch, with the messages for people."""

from __future__ import annotations

import math

from lstm_assets.errors import DivergedError, TimeLimitError


def refuse_divergence(loss: float, epoch: int, epochs: int) -> None:
    """Raise DivergedError if the training loss of an epoch is not finite; epochs count from 1."""
    if not math.isfinite(loss):
        raise DivergedError(
            f"the loss is {loss} at epoch {epoch} of {epochs}. Lower learning_rate for this cell."
        )


def refuse_overtime(seconds: float, limit: float | None, epoch: int, epochs: int) -> None:
    """Raise TimeLimitError if training takes longer than the limit per cell.

    Args:
        seconds: time since the trajectory started.
        limit: limit per cell, in seconds; None: no limit.
        epoch: number of the current epoch, from 1.
        epochs: number of epochs of the whole trajectory.
    """
    if limit is not None and seconds > limit:
        raise TimeLimitError(
            f"it took over {limit:g} s, the limit per cell, in epoch {epoch} of {epochs}. "
            "Raise seconds_a_cell, or try a smaller network."
        )
