"""What a study's YAML may hold, as Dagster shows and checks it before the study does.

Every key, its default and its description are taken from lstm_assets.study. Types are as loose as
YAML gives them: the study says what is allowed, and says it the same for every command.
"""

import datetime
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import dagster as dg
from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from lstm_assets.study import attribute_fields

# In Python, these names are taken by Dagster's own classes.
PYTHON_NAMES = {"model": "network"}

_Date = Annotated[
    datetime.date | str,
    dg.Resolver(lambda context, value: value, model_field_type=str | datetime.date),
]


def schema_fields() -> dict[str, Any]:
    """Return the fields of the component, each a type and a pydantic Field, by name in Python."""
    return {
        PYTHON_NAMES.get(key, key): (_named(key, _type(field)), _declared(field))
        for key, field in attribute_fields().items()
    }


def _declared(field: FieldInfo) -> Any:
    default = field.get_default(call_default_factory=True)
    if field.is_required():
        default = ...
    elif isinstance(default, BaseModel | list):
        default = None  # left out: it has defaults of its own
    return Field(
        default, description=f"Expected: {field.description}." if field.description else None
    )


def _named(key: str, kind: Any) -> Any:
    if key not in PYTHON_NAMES:
        return kind
    return Annotated[kind, dg.Resolver(lambda context, value: value, model_field_name=key)]


def _type(field: FieldInfo) -> Any:
    """Return the type that YAML gives for a field of a study."""
    kinds = [_plain(each) for each in _alternatives(field.annotation)]
    optional = not field.is_required() and kinds[0] in (dict[str, Any], list[str])
    found = kinds[0]
    return found | None if type(None) in kinds or optional else found


def _alternatives(annotation: Any) -> Iterator[Any]:
    """Return the types that an annotation is one of."""
    if get_origin(annotation) in (Union, types.UnionType):
        for each in get_args(annotation):
            yield from _alternatives(each)
    elif get_origin(annotation) is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    else:
        yield annotation


def _plain(kind: Any) -> Any:
    if get_origin(kind) is Literal:
        return str
    if kind is datetime.date:
        return _Date
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return dict[str, Any]  # a mapping with keys of its own
    return kind
