"""One hyperparameter as a model's settings declare it: its type, what is allowed, an example."""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from lstm_assets.cells.settings import TrainingSettings
from lstm_assets.errors import StudyError
from lstm_assets.models import MODELS
from lstm_assets.search.space.parameters import Value

IN_STUDY = "search.space."  # what stands before a name in a study's YAML
ON_COMMAND_LINE = "--set "  # and on a command line


def hyperparameter_fields(model: str) -> dict[str, FieldInfo]:
    """Return every hyperparameter of cells of this model, by name, in the tables' order."""
    return {**TrainingSettings.model_fields, **MODELS[model].model_fields}


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """One of a model's hyperparameters, as people gave it somewhere."""

    name: str
    model: str
    where: str  # what stands before the name there, for messages

    @property
    def path(self) -> str:
        """Where people gave it."""
        return f"{self.where}{self.name}"

    @property
    def field(self) -> FieldInfo:
        """Its declaration."""
        return hyperparameter_fields(self.model)[self.name]

    @property
    def number(self) -> type[int] | type[float] | None:
        """The type of its values, None if they are no numbers."""
        kinds = set(_kinds(self.field.annotation))
        return int if int in kinds and float not in kinds else float if float in kinds else None

    def checked(self, value: object, at: str = "") -> Value:
        """Return a value as the hyperparameter's own type.

        Args:
            value: as given.
            at: what stands behind the name where it was given.

        Raises:
            StudyError: it is not allowed.
        """
        in_training = self.name in TrainingSettings.model_fields
        settings: type[BaseModel] = TrainingSettings if in_training else MODELS[self.model]
        empty = settings.model_construct()
        try:
            found = settings.__pydantic_validator__.validate_assignment(empty, self.name, value)
        except ValidationError:
            raise StudyError(
                f"{self.path}{at} is {value!r}, expected {self.field.description}. "
                f"Write e.g. {self.example}."
            ) from None
        return _plain(getattr(found, self.name))

    @property
    def example(self) -> str:
        """A list as people would write it there."""
        values = self._examples
        if self.where == ON_COMMAND_LINE:
            return f"`{self.path}={','.join(map(str, values))}`"
        return f"`{self.name}: {values}`"

    @property
    def range_example(self) -> str:
        """A range as a study would have it."""
        numbers = [each for each in self._examples if isinstance(each, int | float)] or [1]
        low, high = min(numbers), max(numbers)
        return f"`{self.name}: {{low: {low}, high: {high if high > low else 2 * low}}}`"

    @property
    def _examples(self) -> list[Any]:
        default = self.field.get_default(call_default_factory=True)
        examples: list[list[Any]] = self.field.examples or [[default]]
        return examples[0]


def as_type(kind: Any, value: object) -> Any:
    """Return a value as a type of units.py, None if it is none: YAML reads 1e-4 as text."""
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return None


def _kinds(annotation: Any) -> Iterable[Any]:
    """Return the types that an annotation is one of."""
    if get_origin(annotation) is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for each in get_args(annotation):
            yield from _kinds(each)
    else:
        yield annotation


def _plain(value: Any) -> Value:
    """Return a value as the tables give it back: tuples are lists there."""
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
