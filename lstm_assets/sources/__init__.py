"""Where prices come from: one file a source, one line here.

No Dagster in this package; a source's own libraries are imported when it fetches.
"""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lstm_assets.common.text import did_you_mean
from lstm_assets.errors import StudyError
from lstm_assets.sources.base import Source
from lstm_assets.sources.csv import Csv
from lstm_assets.sources.ecb import Ecb
from lstm_assets.sources.prices import Prices, validated
from lstm_assets.sources.quoting import quoted
from lstm_assets.sources.replay import Replay
from lstm_assets.sources.yahoo import Yahoo

__all__ = ["SOURCES", "Prices", "Source", "source_from", "validated"]

SOURCES: dict[str, type[Source]] = {"csv": Csv, "ecb": Ecb, "replay": Replay, "yahoo": Yahoo}


def source_from(settings: dict[str, Any], folder: Path) -> Source:
    """The source that a study's `source` key describes.

    Args:
        settings: the mapping below `source`: `kind`, and that kind's own keys.
        folder: where the study's file is; relative paths start there.

    Raises:
        StudyError: `kind` is unknown, or a key is unknown, missing or wrong; all of
            one mapping are named.
    """
    return _checked(settings, "source", SOURCES).located(folder)


def _checked(settings: object, key: str, kinds: dict[str, type[Source]]) -> Source:
    """The source below `key` of a study, of one of `kinds`."""
    if not isinstance(settings, dict):
        raise StudyError(
            f"{key} is {quoted(settings)}, expected a mapping. Write e.g. {{kind: ecb}}."
        )
    source = _kind(settings.get("kind"), f"{key}.kind", kinds)
    plain = {name: each for name, each in SOURCES.items() if not _wrapped(each)}
    within = {
        name: _checked(settings[name], f"{key}.{name}", plain)
        for name in _wrapped(source)
        if name in settings
    }
    try:
        return source.model_validate({**settings, **within})
    except ValidationError as error:
        mistakes = [_mistake(source, key, dict(found)) for found in error.errors()]
        raise StudyError(" ".join(mistakes)) from None


def _kind(kind: object, key: str, kinds: dict[str, type[Source]]) -> type[Source]:
    allowed = ", ".join(sorted(kinds))
    if kind is None:
        raise StudyError(f"{key} is missing, allowed: {allowed}.")
    if not isinstance(kind, str) or kind not in kinds:
        raise StudyError(f"{key} is {quoted(kind)}, allowed: {allowed}.")
    return kinds[kind]


def _wrapped(source: type[Source]) -> list[str]:
    """Keys of a source below which another source stands."""
    return [name for name, field in source.model_fields.items() if field.annotation is Source]


def _mistake(source: type[Source], parent: str, found: dict[str, Any]) -> str:
    """One finding of pydantic as a sentence about the study's key."""
    name = ".".join(str(part) for part in found["loc"])
    key = f"{parent}.{name}"
    names = list(source.model_fields)
    if found["type"] in ("extra_forbidden", "invalid_key"):
        return f"{key} is unknown, allowed: {', '.join(names)}.{did_you_mean(name, names)}"
    if found["type"] == "missing":
        return f"{key} is missing: {source.model_fields[name].description}."
    return f"{key} is {quoted(found['input'])}, expected {_expected(source, found)}."


def _expected(source: type[Source], found: dict[str, Any]) -> str:
    """What is allowed, in pydantic's words where they say it."""
    if found["type"] == "path_type":
        return "the path of a file"
    if found["type"] == "value_error":
        return str(source.model_fields[found["loc"][0]].description)
    return str(found["msg"]).removeprefix("Input should be ").partition(",")[0]
