"""Which cell wins, and what is to be said of it."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from lstm_assets.cells.result import Result


@dataclass(frozen=True, slots=True)
class Selection:
    """The ranking of a study's results."""

    ranked: list[Result]  # comparable results, the best first
    stale: list[Result]  # scored on other prices than today's: not comparable

    @property
    def winner(self) -> Result:
        """The result that ranks first; of equal ones the oldest code."""
        return self.ranked[0]


def select(
    results: Iterable[Result], current: Container[str], partial: Mapping[str, int] | None = None
) -> Selection:
    """Rank the results that the current prices and code would give again.

    The smallest MSE comes first among the cells that were trained to their end. Behind them come
    those that a search stopped early, those of more epochs first: many were tried for short, so
    that the best of them owes more to luck, and none of them wins by that.

    Args:
        results: the newest of each cell.
        current: CODE_TASKs of those that would come out the same today; the others are stale.
        partial: epochs, by CODE_TASK, of the cells that were stopped before their end.
    """
    ranked: list[Result] = []
    stale: list[Result] = []
    for result in results:
        comparable = result.code_task in current and result.mse is not None
        (ranked if comparable else stale).append(result)
    short = partial or {}

    def place(result: Result) -> tuple[bool, int, float]:
        epochs = short.get(result.code_task, 0)
        return epochs > 0, -epochs, result.mse or 0.0

    return Selection(sorted(ranked, key=place), stale)


def verdict(mse: float, mse_naive: float) -> str:
    """Say in one sentence how a winner stands beside the naive forecast."""
    if mse < mse_naive:
        return f"beats the naive forecast: MSE {1 - mse / mse_naive:.1%} lower"
    if mse_naive > 0:
        return f"does not beat the naive forecast: MSE {mse / mse_naive - 1:.1%} higher"
    return "does not beat the naive forecast, which makes no error on these bars"
