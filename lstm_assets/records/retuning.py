"""Retuning a study when new market data lands: which bars are new, and which cells are best.

No Dagster in this module.
"""

from __future__ import annotations

import datetime
from collections.abc import Container, Sequence

from lstm_assets.cells.codes import by_number
from lstm_assets.cells.result import Result
from lstm_assets.errors import SourceError
from lstm_assets.sources import Source


def new_bars(
    source: Source, ticker: str, after: datetime.date, date_end: datetime.date | None
) -> list[datetime.date]:
    """Return the dates of the bars that a source has after a date, oldest first.

    The source is asked for its newest date first, and for bars only where there are some.

    Raises:
        SourceError: as Source.newest and Source.fetch.
    """
    newest = source.newest(ticker)
    if date_end is not None:
        newest = min(newest, date_end)
    if newest <= after:
        return []
    try:
        bars = source.fetch(ticker, after + datetime.timedelta(days=1), newest).bars
    except SourceError as error:
        if type(error) is not SourceError:
            raise
        return []  # it has none between: its newest bar is past the study's end
    return [datetime.date.fromisoformat(date) for date in bars["date"]]


def best_codes(results: Sequence[Result], top_k: int, partial: Container[str] = ()) -> list[str]:
    """Return the CODE_TASKs to train again.

    Results on the newest bars come first, for only those are comparable with each other; among
    them, those with the smallest MSE.

    Args:
        results: the newest of each cell.
        top_k: how many; 0 is all.
        partial: CODE_TASKs of cells that a search stopped early: they cannot win, and are left out.

    Returns:
        CODE_TASKs in order of their numbers.
    """
    scored = [each for each in results if each.mse is not None and each.code_task not in partial]
    scored.sort(key=lambda result: (result.mse or 0.0, by_number(result.code_task)))
    scored.sort(key=lambda result: result.date_e_test or "", reverse=True)
    return sorted((result.code_task for result in scored[: top_k or None]), key=by_number)
