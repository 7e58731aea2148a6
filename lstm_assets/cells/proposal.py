"""What a search proposes to try next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lstm_assets.cells.values import Values


@dataclass(frozen=True, slots=True)
class Proposed:
    """A tuple to try, and why."""

    values: Values
    reason: str  # in at most 300 characters
    epoch_full: int | None = None  # epochs a cell of it is to have in the end; None: its own


@dataclass(frozen=True, slots=True)
class Proposal:
    """One round of a search."""

    model: str
    method: str
    round: int  # from 0
    cells: Sequence[Proposed]
    known: int | None  # trials of the method that the history held, of any space; None: any number
    notes: Mapping[str, Any] = field(default_factory=dict)  # what else is to be told of the round
    is_repeated: bool = False  # whether it is a round that was proposed before
    ended: str = ""  # why there is nothing more to propose; then this is the last round again
