"""A cell: one combination of values and its CODE_TASK."""

from __future__ import annotations

from dataclasses import dataclass

from lstm_assets.cells.values import Values


@dataclass(frozen=True, slots=True)
class Cell:
    """What a CODE_TASK stands for."""

    code_task: str
    model: str  # empty for a row of the reference system that no study has taken yet
    hyperparameters: Values
    method: str = ""  # this and the next three are of the search that proposed it last
    round: int = 0
    reason: str = ""
    epoch_full: int | None = None  # epochs it needs to be ranked with the others; None: its own
    failed_data_version: str | None = None  # the prices on which its own training failed
    stored_as: str = ""  # types of columns that once rounded its values; empty: they are exact
    failure_recurs: bool = False  # whether another training on these prices would fail again

    @property
    def is_partial(self) -> bool:
        """Whether it was stopped early, or continued under another CODE_TASK."""
        epoch = self.hyperparameters.get("epoch")  # another program may have left it out
        return self.epoch_full is not None and epoch is not None and epoch < self.epoch_full
