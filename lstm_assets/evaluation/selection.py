"""Which cell wins, and what is to be said of it."""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from lstm_assets.store.results import Result


@dataclass(frozen=True, slots=True)
class Selection:
    """The ranking of a study's results."""

    ranked: list[Result]  # comparable results, the smallest MSE first
    stale: list[Result]  # scored on other prices than today's: not comparable

    @property
    def winner(self) -> Result:
        """The result with the smallest MSE; of equal ones the oldest code."""
        return self.ranked[0]


def select(results: Iterable[Result], current: Container[str]) -> Selection:
    """Rank the results that the current prices and code would give again.

    Args:
        results: the newest of each cell.
        current: CODE_TASKs of those that would come out the same today; the others are stale.
    """
    ranked: list[Result] = []
    stale: list[Result] = []
    for result in results:
        comparable = result.code_task in current and result.mse is not None
        (ranked if comparable else stale).append(result)
    return Selection(sorted(ranked, key=lambda result: result.mse or 0.0), stale)


def verdict(mse: float, mse_naive: float) -> str:
    """Say in one sentence how a winner stands beside the naive forecast."""
    if mse < mse_naive:
        return f"beats the naive forecast: MSE {1 - mse / mse_naive:.1%} lower"
    if mse_naive > 0:
        return f"does not beat the naive forecast: MSE {mse / mse_naive - 1:.1%} higher"
    return "does not beat the naive forecast, which makes no error on these bars"
