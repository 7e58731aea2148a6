"""The declaration of one hyperparameter: its type, allowed values and an example."""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from lstm_assets.cells.settings import TrainingSettings
from lstm_assets.common.fields import NotWrittenSoError, number_of, truth_of, what_to_write
from lstm_assets.common.written import WrittenFloat, WrittenInt, as_written
from lstm_assets.errors import StudyError
from lstm_assets.models import MODELS
from lstm_assets.search.space.parameters import Value

IN_STUDY = "search.space."  # text before a name in messages about a study's YAML
ON_COMMAND_LINE = "--set "  # text before a name in messages about a command line


def hyperparameter_fields(model: str) -> dict[str, FieldInfo]:
    """Return every hyperparameter of a model's cells by name, in the order of the tables."""
    return {**TrainingSettings.model_fields, **MODELS[model].model_fields}


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """One of a model's hyperparameters, at the place where a user wrote it."""

    name: str
    model: str
    where: str  # text before the name in messages: the place

    @property
    def path(self) -> str:
        """The place and the name."""
        return f"{self.where}{self.name}"

    @property
    def field(self) -> FieldInfo:
        """Its declaration."""
        return hyperparameter_fields(self.model)[self.name]

    @property
    def number(self) -> type[int] | type[float] | None:
        """The type of its values; None if they are not numbers."""
        kinds = set(_kinds(self.field.annotation))
        return int if int in kinds and float not in kinds else float if float in kinds else None

    def checked(self, value: object, at: str = "", example: str = "") -> Value:
        """Return a value in the hyperparameter's type.

        Args:
            value: as given.
            at: text after the name in messages, such as an index.
            example: what a message says to write; empty: the example of a list.

        Raises:
            StudyError: the value is not allowed.
        """
        try:
            return self._assigned(value)
        except ValueError:  # pydantic's own, too
            raise StudyError(
                f"{self.path}{at} is {value!r}, expected {self.field.description}."
                f"{self.to_write(value)} Write e.g. {example or self.example}."
            ) from None

    def to_write(self, value: object) -> str:
        """Return the sentence, after a space, that says what to write instead; empty if none."""
        try:
            self._assigned(value)
        except ValidationError as error:
            return what_to_write(error.errors())
        except NotWrittenSoError as error:
            return f" {error}" if str(error) else ""
        return ""

    def _assigned(self, value: object) -> Value:
        in_training = self.name in TrainingSettings.model_fields
        settings: type[BaseModel] = TrainingSettings if in_training else MODELS[self.model]
        empty, given = settings.model_construct(), self._of_its_kind(value)
        assigned = settings.__pydantic_validator__.validate_assignment(empty, self.name, given)
        return _plain(getattr(assigned, self.name))

    def _of_its_kind(self, value: object) -> object:
        """Return a text as the number or truth value that it is, or a number as its text.

        So 010 is a text or is refused, also for a network whose field is a plain type of Python.
        """
        kinds = {*_kinds(self.field.annotation)} - {type(None)}
        if kinds <= {int, float} and not isinstance(value, bool):
            return number_of(value)
        if isinstance(value, str) and kinds == {bool}:
            return truth_of(value)
        return as_written(value) if all(map(_is_text, kinds)) else value

    @property
    def example(self) -> str:
        """An example of a list, as a user would write it at this place."""
        values = self._examples
        if self.where == ON_COMMAND_LINE:
            return f"`{self.path}={','.join(map(str, values))}`"
        return f"`{self.name}: {values}`"

    @property
    def range_example(self) -> str:
        """An example of a range, as a user would write it in a study."""
        numbers = [each for each in self._examples if isinstance(each, int | float)] or [1]
        low, high = min(numbers), max(numbers)
        return f"`{self.name}: {{low: {low}, high: {high if high > low else 2 * low}}}`"

    @property
    def _examples(self) -> list[Any]:
        default = self.field.get_default(call_default_factory=True)
        examples: list[list[Any]] = self.field.examples or [[default]]
        return examples[0]


def as_type(kind: Any, value: object) -> Any:
    """Return a value as a type of common.fields, or None."""
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return None


def to_write_as(kind: Any, value: object) -> str:
    """Return the sentence, after a space, that says what to write as such a type; empty if none."""
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        return what_to_write(error.errors())
    return ""


def _kinds(annotation: Any) -> Iterable[Any]:
    """Yield the types of a union, or the single type of another annotation."""
    if get_origin(annotation) is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for each in get_args(annotation):
            yield from _kinds(each)
    else:
        yield annotation


def _is_text(kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return all(isinstance(each, str) for each in get_args(kind))
    return kind is str


def _plain(value: Any) -> Value:
    """Return a value as the tables return it: Python tuples are lists there."""
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.plain if isinstance(value, WrittenInt | WrittenFloat) else value
