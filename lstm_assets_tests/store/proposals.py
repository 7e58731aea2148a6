"""Rounds of tuples to register: a helper of tests."""

from lstm_assets.cells.proposal import Proposal, Proposed
from lstm_assets.cells.values import Values


def proposal(
    *tuples: Values,
    model: str = "lstm",
    method: str = "grid",
    round: int = 0,  # noqa: A002 - the column's name
    epoch_full: int | None = None,
    known: int | None = None,
) -> Proposal:
    """A round of these tuples."""
    cells = [Proposed(values, f"because {values}", epoch_full) for values in tuples]
    return Proposal(model, method, round, cells, known)
