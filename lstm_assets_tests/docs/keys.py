"""What the code says of a key of a study: its type and its default, in the words of the page."""

import datetime
import types
from collections.abc import Iterable
from dataclasses import is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

_WORDS: dict[Any, str] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    datetime.date: "date",
    Path: "path",
}
_BOUNDS = {"ge": "from", "gt": "over", "le": "to", "lt": "below"}


def type_of(field: FieldInfo) -> str:
    """Return a field's type and bounds, such as `whole number from 1`."""
    return _words(field.annotation, field.metadata)


def default_of(field: FieldInfo) -> str:
    """Return a field's default as YAML has it."""
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if default is None:
        return "none"
    if isinstance(default, BaseModel):
        return "the defaults below"
    return f"`{plain(default)}`"


def plain(value: object) -> str:
    """Return a value in one line of YAML."""
    text = yaml.safe_dump(value, default_flow_style=True).strip()
    return text.removesuffix("...").strip()


def _words(annotation: Any, metadata: Iterable[Any]) -> str:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _words(inner, [*metadata, *_flat(more)])
    if origin is Literal:
        return " or ".join(f"`{each}`" for each in get_args(annotation))
    if origin in (Union, types.UnionType):
        kinds = [each for each in get_args(annotation) if each is not type(None)]
        return ", or ".join(_words(each, metadata) for each in kinds)
    if origin is list:
        return f"list of {_words(get_args(annotation)[0], ())}s"
    if is_dataclass(annotation) or issubclass(annotation, BaseModel):
        return "mapping"
    return " ".join([_WORDS[annotation], _bounds(metadata)]).strip()


def _bounds(metadata: Iterable[Any]) -> str:
    given = {
        name: getattr(each, name) for each in metadata for name in _BOUNDS if hasattr(each, name)
    }
    told = [f"{_BOUNDS[name]} {given[name]:g}" for name in _BOUNDS if name in given]
    joined = " and ".join(told)
    return joined.replace(" and to ", " to ")


def _flat(metadata: Iterable[Any]) -> Iterable[Any]:
    for each in metadata:
        yield from each.metadata if isinstance(each, FieldInfo) else [each]
