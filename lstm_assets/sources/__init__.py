"""Where prices come from: one file a source, one line here.

No Dagster in this package; a source's own libraries are imported when it fetches.
"""

import difflib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lstm_assets.errors import StudyError
from lstm_assets.sources.base import Source
from lstm_assets.sources.csv import Csv
from lstm_assets.sources.ecb import Ecb
from lstm_assets.sources.prices import Prices, validated
from lstm_assets.sources.yahoo import Yahoo

__all__ = ["SOURCES", "Prices", "Source", "source_from", "validated"]

SOURCES: dict[str, type[Source]] = {"csv": Csv, "ecb": Ecb, "yahoo": Yahoo}


def source_from(settings: dict[str, Any], folder: Path) -> Source:
    """The source that a study's `source` key describes.

    Args:
        settings: the mapping below `source`: `kind`, and that kind's own keys.
        folder: where the study's file is; relative paths start there.

    Raises:
        StudyError: `kind` is unknown, or a key is unknown, missing or wrong; all are named.
    """
    if not isinstance(settings, dict):
        raise StudyError(f"source is {settings!r}, expected a mapping. Write e.g. {{kind: ecb}}.")
    kind = settings.get("kind")
    allowed = ", ".join(sorted(SOURCES))
    if kind is None:
        raise StudyError(f"source.kind is missing, allowed: {allowed}.")
    if not isinstance(kind, str) or kind not in SOURCES:
        raise StudyError(f"source.kind is {kind!r}, allowed: {allowed}.")
    try:
        return SOURCES[kind].model_validate(settings).located(folder)
    except ValidationError as error:
        mistakes = [_mistake(SOURCES[kind], dict(found)) for found in error.errors()]
        raise StudyError(" ".join(mistakes)) from None


def _mistake(source: type[Source], found: dict[str, Any]) -> str:
    """One finding of pydantic as a sentence about the study's key."""
    key = ".".join(str(part) for part in found["loc"])
    names = list(source.model_fields)
    if found["type"] == "extra_forbidden":
        close = difflib.get_close_matches(key, names, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        return f"source.{key} is unknown, allowed: {', '.join(names)}.{hint}"
    if found["type"] == "missing":
        return f"source.{key} is missing: {source.model_fields[key].description}."
    return f"source.{key} is {found['input']!r}, expected {_expected(found)}."


def _expected(found: dict[str, Any]) -> str:
    """What is allowed, in pydantic's words where they are words."""
    if found["type"] == "path_type":
        return "the path of a file"
    if found["type"] == "string_pattern_mismatch":
        return f"text like {found['ctx']['pattern']}"
    return str(found["msg"]).removeprefix("Input should be ").partition(",")[0]
