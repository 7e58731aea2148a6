"""Champion against challenger: decide whether a new result replaces the winner so far.

Plain numbers in, a decision out. Both are scored on the same evaluation bars.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contender:
    """One version of a cell, and its score on the current evaluation bars."""

    code_task: str
    version_model: int
    mse: float  # price units squared

    def __str__(self) -> str:
        return f"{self.code_task} v{self.version_model}"


@dataclass(frozen=True, slots=True)
class Decision:
    """The winner, and a note that says by how much."""

    winner: Contender
    note: str


def decide(champion: Contender, challenger: Contender) -> Decision:
    """Return who wins: the challenger if its MSE is smaller, else the champion.

    If they are equal, the champion stays: a new model is a risk, and here it brings nothing.
    """
    if challenger.mse < champion.mse:
        return Decision(
            challenger,
            f"{challenger} replaces champion {champion}: MSE {challenger.mse:.6g} against "
            f"{champion.mse:.6g} on the same evaluation bars, "
            f"{1 - challenger.mse / champion.mse:.1%} lower",
        )
    higher = challenger.mse / champion.mse - 1 if champion.mse else 0.0
    return Decision(
        champion,
        f"champion {champion} stays: MSE {champion.mse:.6g} against {challenger.mse:.6g} of "
        f"challenger {challenger} on the same evaluation bars, which is {higher:.1%} higher",
    )
