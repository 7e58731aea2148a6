"""What a search is told beforehand: results of another study, or of an exported leaderboard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lstm_assets.errors import StudyError
from lstm_assets.search.method import Method

_EXAMPLE = "`warm_start: {study: USDKRW}` or `warm_start: {leaderboard: leaderboard.csv}`"


@dataclass(frozen=True, slots=True)
class SearchWarmStart:
    """Where those results are: one of the two is given."""

    study: str | None = None  # the other study's code, in the same database
    leaderboard: Path | None = None  # what `lstm-assets leaderboard --format csv` or json wrote


def warm_start_from(given: object, method: Method, folder: Path) -> SearchWarmStart | None:
    """Check `search.warm_start` of a study.

    Args:
        given: from YAML; None is no warm start.
        method: of the study.
        folder: where relative paths start.

    Raises:
        StudyError: it is no mapping of one of the two keys, or means nothing to this method.
    """
    if given is None:
        return None
    keys = list(given) if isinstance(given, Mapping) else []
    if not isinstance(given, Mapping) or keys not in (["study"], ["leaderboard"]):
        raise StudyError(f"search.warm_start is {given!r}, expected {_EXAMPLE}.")
    [value] = given.values()
    if not isinstance(value, str) or not value:
        raise StudyError(f"search.warm_start.{keys[0]} is {value!r}, expected {_EXAMPLE}.")
    if not method.learns:
        raise StudyError(
            f"search.warm_start means nothing to method {method.name}, which does not learn from "
            "results. Remove it, or choose another method."
        )
    if "study" in given:
        return SearchWarmStart(study=value)
    return SearchWarmStart(leaderboard=folder / value)
