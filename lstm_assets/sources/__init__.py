"""Where prices come from: one file and one line here per source.

No Dagster in this package. A source imports its own libraries only when it fetches.
"""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lstm_assets.common.fields import NotWrittenSoError, what_to_write
from lstm_assets.common.text import close_words, did_you_mean
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
    """Return the source that a study's `source` key describes.

    Args:
        settings: the mapping below `source`: `kind`, and the keys of that kind.
        folder: the folder of the study's file; relative paths start there.

    Raises:
        StudyError: `kind` is unknown, or keys are unknown, missing or wrong; the message names all
            wrong keys of one mapping.
    """
    return _validate(settings, "source", SOURCES).with_paths_from(folder)


def _validate(settings: object, key: str, kinds: dict[str, type[Source]]) -> Source:
    """Return the source below `key` of a study; it must be one of `kinds`."""
    if not isinstance(settings, dict):
        raise StudyError(
            f"{key} is {quoted(settings)}, expected a mapping. Write e.g. {{kind: ecb}}."
        )
    source = _kind(settings, key, kinds)
    not_wrapping = {name: kind for name, kind in SOURCES.items() if not _wrapped_keys(kind)}
    wrapped = {
        name: _validate(settings[name], f"{key}.{name}", not_wrapping)
        for name in _wrapped_keys(source)
        if name in settings
    }
    try:
        return source.model_validate({**settings, **wrapped})
    except ValidationError as error:
        messages = [_message(source, key, dict(line)) for line in error.errors()]
        raise StudyError(" ".join(messages)) from None


def _kind(settings: dict[str, Any], key: str, kinds: dict[str, type[Source]]) -> type[Source]:
    kind, allowed = settings.get("kind"), ", ".join(sorted(kinds))
    if kind is None:
        written = "".join(f" Write `kind` instead of {word!r}." for word in _like_kind(settings))
        raise StudyError(f"{key}.kind is missing, allowed: {allowed}.{written}")
    if not isinstance(kind, str) or kind not in kinds:
        raise StudyError(f"{key}.kind is {quoted(kind)}, allowed: {allowed}.")
    return kinds[kind]


def _like_kind(settings: dict[str, Any]) -> list[str]:
    return [] if "kind" in settings else close_words("kind", settings)


def _wrapped_keys(source: type[Source]) -> list[str]:
    """Return the keys of a source that contain another source."""
    return [name for name, field in source.model_fields.items() if field.annotation is Source]


def _message(source: type[Source], parent: str, line: dict[str, Any]) -> str:
    """Return one line of pydantic's error as a sentence about the study's key."""
    name = ".".join(str(part) for part in line["loc"])
    key = f"{parent}.{name}"
    names = list(source.model_fields)
    if line["type"] in ("extra_forbidden", "invalid_key"):
        return f"{key} is unknown, allowed: {', '.join(names)}.{did_you_mean(name, names)}"
    if line["type"] == "missing":
        return f"{key} is missing: {source.model_fields[name].description}."
    to_write = what_to_write([line]) if line["type"] == "value_error" else ""
    return f"{key} is {quoted(line['input'])}, expected {_expected(source, line)}.{to_write}"


def _expected(source: type[Source], line: dict[str, Any]) -> str:
    """Return what is allowed, in pydantic's words if they are clear."""
    if line["type"] == "path_type":
        return "the path of a file"
    field = source.model_fields[line["loc"][0]]
    if isinstance(line.get("ctx", {}).get("error"), NotWrittenSoError):
        return "a valid integer" if field.annotation is int else "a valid number"
    if line["type"] == "value_error":
        return str(field.description)
    return str(line["msg"]).removeprefix("Input should be ").partition(",")[0]
