"""Champion against challenger: decide whether a new result replaces the winner so far.

Plain numbers in, a decision out. Both are scored on the same evaluation bars.
"""

from __future__ import annotations

from dataclasses import dataclass

from lstm_assets.evaluation.holdout import LEVEL, Against, short


@dataclass(frozen=True, slots=True)
class Contender:
    """One version of a cell, and its score on the current evaluation bars."""

    code_task: str
    version_model: int
    score: float  # what the study ranks by, the smaller the better
    measure: str = "MSE"  # the name of the score

    def __str__(self) -> str:
        return f"{self.code_task} v{self.version_model}"


@dataclass(frozen=True, slots=True)
class Decision:
    """The winner, and a note that says by how much."""

    winner: Contender
    note: str


@dataclass(frozen=True, slots=True)
class Since:
    """A challenger beside the champion on the bars since the champion was named."""

    bars: int  # on which neither was trained
    against: Against | None  # of the challenger; None: there are too few bars


def decide(champion: Contender, challenger: Contender, since: Since | None = None) -> Decision:
    """Return who wins: the challenger if its score is smaller, and the bars since show it.

    If they are equal, the champion stays: a new model is a risk, and here it brings nothing.

    Args:
        champion: the winner so far.
        challenger: the best new result.
        since: how they compare on the bars since the champion was named; None: there are none, so
            their scores decide.
    """
    if challenger.score < champion.score and since is not None and not _is_shown(since):
        return Decision(
            champion,
            f"champion {champion} stays: {challenger.measure} {challenger.score:.6g} of challenger "
            f"{challenger} against {champion.score:.6g} is not significant{_on(since)}",
        )
    if challenger.score < champion.score:
        return Decision(
            challenger,
            f"{challenger} replaces champion {champion}: {challenger.measure} "
            f"{challenger.score:.6g} against {champion.score:.6g} on the same evaluation bars, "
            f"{1 - challenger.score / champion.score:.1%} lower{_on(since) if since else ''}",
        )
    higher = challenger.score / champion.score - 1 if champion.score else 0.0
    return Decision(
        champion,
        f"champion {champion} stays: {champion.measure} {champion.score:.6g} against "
        f"{challenger.score:.6g} of challenger {challenger} on the same evaluation bars, which is "
        f"{higher:.1%} higher",
    )


def _is_shown(since: Since) -> bool:
    against = since.against
    return against is not None and against.gain > 0 and against.p_value < LEVEL


def _on(since: Since) -> str:
    """Return the p-value and the bars that it is of."""
    p_value = f"p {short(since.against.p_value)} on " if since.against else ""
    count = f"{since.bars} bar{'s' * (since.bars != 1)}"
    return f", {p_value}{count} since it was named"
