"""Champion against challenger: whether a new result replaces a winner of earlier prices.

Plain figures in, a decision out: both were scored on the same evaluation bars.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contender:
    """One version of one cell, and its score on today's evaluation bars."""

    code_task: str
    version_model: int
    mse: float  # price units squared

    def __str__(self) -> str:
        return f"{self.code_task} v{self.version_model}"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who wins, and by how much."""

    winner: Contender
    note: str


def decide(champion: Contender, challenger: Contender) -> Decision:
    """Let a challenger replace the champion only if its MSE is smaller.

    On equal figures the champion stays: a change of model is a risk that nothing pays for.
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
