"""What a search method proposes to try next."""

from dataclasses import dataclass

from lstm_assets.units import Tuple


@dataclass(frozen=True, slots=True)
class Proposal:
    """One round of tuples."""

    model: str
    method: str
    round: int  # from 0
    tuples: list[Tuple]
