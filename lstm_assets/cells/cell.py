"""A cell: a tuple of hyperparameters under its CODE_TASK."""

from __future__ import annotations

from dataclasses import dataclass

from lstm_assets.cells.values import Values


@dataclass(frozen=True, slots=True)
class Cell:
    """What a CODE_TASK stands for."""

    code_task: str
    model: str  # empty for a row of the reference system that no grid has claimed
    hyperparameters: Values
    method: str = ""  # of the search that proposed it last, as the next three
    round: int = 0
    reason: str = ""
    epoch_full: int | None = None  # epochs it needs to be ranked with the others; None: its own
    failed_data_version: str | None = None  # on which its own training failed

    @property
    def is_partial(self) -> bool:
        """Whether it was stopped early, or went on under another code."""
        return self.epoch_full is not None and self.hyperparameters["epoch"] < self.epoch_full
