"""The keys of a study's YAML, which Dagster shows, and checks before the study checks them.

Every key, its default and its description are taken from lstm_assets.study. The types allow all
that YAML may contain there: what is allowed is checked by the study, the same for every command.
"""

import datetime
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import dagster as dg
from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from lstm_assets.study import attribute_fields

# Keys that have another name in Python, because Dagster's own classes use theirs.
PYTHON_NAMES = {"model": "network"}

# What Dagster's YAML may make of a text or a number: a ticker 000660 is 432 there, and 1e1 a text.
_OF_YAML: dict[Any, Any] = {
    str: str | int | float | bool,
    int: int | float | str,
    float: float | str,
    datetime.date: str | datetime.date,
}


def schema_fields() -> dict[str, Any]:
    """Return the component's fields by name in Python, each as a type and a pydantic Field."""
    return {
        PYTHON_NAMES.get(key, key): (_resolved(key, _type(field)), _declared(field))
        for key, field in attribute_fields().items()
    }


def _declared(field: FieldInfo) -> Any:
    default = field.get_default(call_default_factory=True)
    if field.is_required():
        default = ...
    elif isinstance(default, BaseModel | list):
        default = None  # left out: the study has the default
    return Field(
        default, description=f"Expected: {field.description}." if field.description else None
    )


def _resolved(key: str, kind: Any) -> Any:
    """Return a type whose values Dagster passes on, with its templates filled in."""
    return Annotated[
        kind,
        dg.Resolver(
            lambda context, value: context.resolve_value(value),
            model_field_name=key,
            model_field_type=kind,
        ),
    ]


def _type(field: FieldInfo) -> Any:
    """Return the type that YAML gives for a field of a study."""
    kinds = [_plain(each) for each in _alternatives(field.annotation)]
    optional = not field.is_required() and kinds[0] in (dict[str, Any], list[str])
    kind = kinds[0]
    return kind | None if type(None) in kinds or optional else kind


def _alternatives(annotation: Any) -> Iterator[Any]:
    """Yield the types that an annotation allows."""
    if get_origin(annotation) in (Union, types.UnionType):
        for each in get_args(annotation):
            yield from _alternatives(each)
    elif get_origin(annotation) is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    else:
        yield annotation


def _plain(kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return dict[str, Any]  # a mapping with its own keys
    if get_origin(kind) is Literal:
        return str
    return _OF_YAML.get(kind, kind)
