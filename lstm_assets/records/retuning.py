"""What a retune needs: the new bars of the source, and the best cells of the study."""

from __future__ import annotations

import datetime
from collections.abc import Container, Sequence

from lstm_assets.cells.codes import by_number
from lstm_assets.cells.result import Result
from lstm_assets.errors import SourceError
from lstm_assets.records.scored import stored_score
from lstm_assets.sources import Source
from lstm_assets.study import Study


def new_bars(
    source: Source, ticker: str, after: datetime.date, date_end: datetime.date | None
) -> list[datetime.date]:
    """Return the dates of the bars that a source has after a date, oldest first.

    First the source is asked for its newest date. It is asked for bars only if that date is new.

    Raises:
        SourceError: the source failed; see Source.newest and Source.fetch.
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
        return []  # no bars in this range: the source's newest bar is after the study's end
    return [datetime.date.fromisoformat(date) for date in bars["date"]]


def best_codes(
    study: Study, results: Sequence[Result], top_k: int, left_out: Container[str] = ()
) -> list[str]:
    """Return the CODE_TASKs of the best cells, in order of their numbers.

    Results on the newest bars rank first, because only they can be compared with each other. Among
    them, the smallest of what the study ranks by is the best.

    Args:
        study: the study of the cells.
        results: the newest result of each cell.
        top_k: number of cells; 0: all.
        left_out: CODE_TASKs of cells that cannot win: a search stopped them early, or they are
            outside the study's space.
    """
    scored = [
        result for result in results if result.mse is not None and result.code_task not in left_out
    ]
    scored.sort(key=lambda result: (stored_score(study, result), by_number(result.code_task)))
    scored.sort(key=lambda result: result.date_e_test or "", reverse=True)
    return sorted((result.code_task for result in scored[: top_k or None]), key=by_number)
