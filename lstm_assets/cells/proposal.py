"""The cells that a search proposes to train next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lstm_assets.cells.values import Values


@dataclass(frozen=True, slots=True)
class Proposed:
    """The values of a cell to train, and the reason."""

    values: Values
    reason: str  # at most 300 characters
    epoch_full: int | None = None  # epochs it needs to be ranked with the others; None: its own


@dataclass(frozen=True, slots=True)
class Proposal:
    """One round of a search."""

    model: str
    method: str
    round: int  # from 0
    cells: Sequence[Proposed]
    known: int | None  # cells of the method in the history, of any space; None: do not compare it
    notes: Mapping[str, Any] = field(default_factory=dict)  # more facts about the round, to show
    is_repeated: bool = False  # whether the round was proposed before
    ended: str = ""  # why the search proposes nothing new; then this is the last round, repeated
