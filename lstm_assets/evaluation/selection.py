"""Rank the results of a study, and compare the winner with the naive forecast."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from lstm_assets.cells.result import Result


@dataclass(frozen=True, slots=True)
class Selection:
    """The ranking of a study's results."""

    ranked: list[Result]  # comparable results, the best first
    stale: list[Result]  # scored on other prices or by other code: not comparable

    @property
    def winner(self) -> Result:
        """The result that ranks first; of equal results, the one with the oldest CODE_TASK."""
        return self.ranked[0]


def select(
    results: Iterable[Result],
    current: Container[str],
    partial: Mapping[str, int] | None = None,
    outside: Container[str] = (),
    scores: Mapping[str, float] | None = None,
    means: Mapping[str, float] | None = None,
) -> Selection:
    """Return the ranking of the results that are valid for the current prices and code.

    The cells that were trained to their end come first, the smallest score first. Then come those
    that a search stopped early, those with more epochs first. A search tries many cells with few
    epochs, so the best of these may only be lucky, and should not win by that. Cells outside
    the study's space come last, in the same order.

    Args:
        results: the newest result of each cell.
        current: CODE_TASKs of the results that are valid today; the others are stale.
        partial: number of epochs, by CODE_TASK, of the cells that were stopped early.
        outside: CODE_TASKs of the cells outside the study's space.
        scores: what results are ranked by, by CODE_TASK; None: their MSE.
        means: means of these scores over several seeds, by CODE_TASK. Cells that have one come
            before the others: the score of one seed may be luck.
    """
    ranked: list[Result] = []
    stale: list[Result] = []
    for result in results:
        comparable = result.code_task in current and result.mse is not None
        (ranked if comparable else stale).append(result)
    partial_epochs, over_seeds = partial or {}, means or {}

    def rank(result: Result) -> tuple[bool, bool, int, bool, float]:
        code = result.code_task
        epochs = partial_epochs.get(code, 0)
        score = (result.mse or 0.0) if scores is None else scores[code]
        several = code in over_seeds
        return code in outside, epochs > 0, -epochs, not several, over_seeds.get(code, score)

    return Selection(sorted(ranked, key=rank), stale)


def beside_naive(mse: float, mse_naive: float) -> str:
    """Return how a winner compares with the naive forecast on the bars that it was chosen on.

    That is no verdict: the best of many cells looks good on these bars, also if it is only lucky.
    """
    if mse < mse_naive:
        return f"MSE {1 - mse / mse_naive:.1%} below naive, chosen on these bars"
    if mse_naive > 0:
        return f"MSE {mse / mse_naive - 1:.1%} above naive, chosen on these bars"
    return "naive makes no error, chosen on these bars"
