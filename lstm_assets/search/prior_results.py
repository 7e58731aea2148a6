"""Prior results: results of another study, or of an exported leaderboard, to learn from."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from lstm_assets.cells.result import SCORES, SPREADS
from lstm_assets.cells.values import Values
from lstm_assets.common.written import as_written
from lstm_assets.errors import StudyError
from lstm_assets.search.method import Method

_EXAMPLE = "`warm_start: {study: USDKRW}` or `warm_start: {leaderboard: leaderboard.csv}`"


@dataclass(frozen=True, slots=True)
class PriorResult:
    """A result of another study."""

    values: Values
    mse_over_naive: float  # its MSE divided by that of the naive forecast on the same bars


@dataclass(frozen=True, slots=True)
class PriorResults:
    """Where prior results are: one of the two fields is given."""

    study: str | None = None  # the other study's code, in the same database
    leaderboard: Path = Path()  # what `lstm-assets leaderboard --format csv` or json wrote


def prior_results_from(given: object, method: Method, folder: Path) -> PriorResults | None:
    """Return what a study's `search.warm_start` describes, checked.

    Args:
        given: from YAML; None: there are no prior results.
        method: of the study.
        folder: relative paths start there.

    Raises:
        StudyError: it is not a mapping with one of the two keys, or the method does not use it.
    """
    if given is None:
        return None
    keys = list(given) if isinstance(given, Mapping) else []
    if not isinstance(given, Mapping) or keys not in (["study"], ["leaderboard"]):
        raise StudyError(f"search.warm_start is {given!r}, expected {_EXAMPLE}.")
    value = as_written(*given.values())
    if not isinstance(value, str) or not value:
        raise StudyError(f"search.warm_start.{keys[0]} is {value!r}, expected {_EXAMPLE}.")
    if not method.learns:
        raise StudyError(
            f"search.warm_start has no effect with method {method.name}, which does not learn from "
            "results. Remove it, or choose another method."
        )
    if "study" in given:
        return PriorResults(study=value)
    return PriorResults(leaderboard=folder / value)


def read_leaderboard_file(path: Path) -> list[PriorResult]:
    """Return the results in a file of `lstm-assets leaderboard --format csv` or json.

    Rows without a naive MSE are left out: they were not on the current prices of that study.

    Raises:
        StudyError: the file cannot be read, or contains no result on current prices.
    """
    try:
        text = path.read_text("utf-8-sig")
        rows = json.loads(text) if path.suffix == ".json" else _csv_rows(text)
        results = [result for row in rows if (result := _prior_result(row))]
    except OSError as error:
        raise StudyError(
            f"search.warm_start.leaderboard: {path}: {error.strerror}. Check the path."
        ) from None
    except (ValueError, TypeError, AttributeError):
        results = []
    if not results:
        raise StudyError(
            f"search.warm_start.leaderboard: {path} contains no result on current prices. Write it "
            "with `lstm-assets leaderboard STUDY --format csv`, or json into a file named .json."
        )
    return results


def _csv_rows(text: str) -> list[dict[str, Any]]:
    rows = csv.DictReader(io.StringIO(text))
    return [{name: _parsed(value) for name, value in row.items()} for row in rows]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text or None  # a word, or nothing


def _prior_result(row: Mapping[str, Any]) -> PriorResult | None:
    mse, naive = row.get("mse"), row.get("mse_naive")
    if not (_is_finite(mse) and _is_finite(naive) and naive > 0):
        return None
    if str(row.get("baseline")).lower() == "true":
        return None  # a simple forecast has no hyperparameters
    values = {
        k: each for k, each in row.items() if k not in (*SCORES, *SPREADS) and each is not None
    }
    return PriorResult(values, mse / naive)


def _is_finite(value: Any) -> TypeGuard[float]:
    """Return whether it is a finite number; another program may have written NaN."""
    return isinstance(value, int | float) and math.isfinite(value)
