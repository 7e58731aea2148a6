"""The search space: which hyperparameters a study spans, and what their values may be.

A tuple of hyperparameters is a dict from lower-case name to number, in the order in which the
study is written.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from lstm_assets.errors import StudyError
from lstm_assets.models import MODELS, Network
from lstm_assets.training.settings import TrainingSettings
from lstm_assets.units import Tuple

IN_STUDY = "search.space."  # what stands before a name in a study's YAML
ON_COMMAND_LINE = "--set "  # and on a command line

Space = dict[str, list[int | float]]


def hyperparameter_fields(model: str) -> dict[str, FieldInfo]:
    """Return every hyperparameter of cells of this model, by name, in the tables' order."""
    return {**TrainingSettings.model_fields, **MODELS[model].model_fields}


def check_space(space: object, model: str, where: str = IN_STUDY) -> Space:
    """Return the space with every value as its hyperparameter's own type.

    Args:
        space: from YAML or the command line; hyperparameter -> list of values.
        model: a name of lstm_assets.models.MODELS.
        where: what stands before a name where people gave it, for messages.

    Raises:
        StudyError: a name no cell of this model has, a name missing, a list that is empty or
            repeats itself, or a value that is not allowed.
    """
    if not isinstance(space, Mapping):
        raise StudyError(
            f"{where.rstrip('. ')} is {space!r}, expected a list of values per hyperparameter. "
            "Write e.g. `epoch: [20, 30]` below it."
        )
    fields = hyperparameter_fields(model)
    for name in space:
        check_name(str(name), model, where)
    for name, field in fields.items():
        if name not in space:
            raise StudyError(
                f"{where}{name} is missing. Write e.g. `{_example(where, name, field)}`."
            )
    return {str(name): check_values(str(name), space[name], model, where) for name in space}


def check_name(name: str, model: str, where: str) -> None:
    """Refuse a name that is no hyperparameter of this model.

    Raises:
        StudyError: with the spelling that was likely meant and all that are allowed.
    """
    fields = hyperparameter_fields(model)
    if name not in fields:
        close = difflib.get_close_matches(name, fields, n=1)
        hint = f" Did you mean `{close[0]}`?" if close else ""
        raise StudyError(
            f"{where}{name} is no hyperparameter of model {model}.{hint} "
            f"Allowed: {', '.join(fields)}."
        )


def check_values(name: str, values: object, model: str, where: str = IN_STUDY) -> list[int | float]:
    """Return one hyperparameter's values as its own type.

    Raises:
        StudyError: not a list, empty, a value twice, or a value that is not allowed.
    """
    field = hyperparameter_fields(model)[name]
    if not isinstance(values, Sequence) or isinstance(values, str) or not values:
        raise StudyError(
            f"{where}{name} is {values!r}, expected a list of at least one value. "
            f"Write e.g. `{_example(where, name, field)}`."
        )
    checked = [_check_value(name, value, model, where, index) for index, value in enumerate(values)]
    for index, value in enumerate(checked):
        if value in checked[:index]:
            raise StudyError(
                f"{where}{name}[{index}] is {value}, which stands in the list twice. Write it once."
            )
    return checked


def settings_of(cell: Tuple, model: str) -> tuple[TrainingSettings, Network]:
    """Return one tuple as the typed settings of its training and of its network."""
    names = TrainingSettings.model_fields
    training = TrainingSettings.model_validate({k: v for k, v in cell.items() if k in names})
    network = MODELS[model].model_validate({k: v for k, v in cell.items() if k not in names})
    return training, network


def _check_value(name: str, value: object, model: str, where: str, index: int) -> int | float:
    owner = TrainingSettings if name in TrainingSettings.model_fields else MODELS[model]
    field = owner.model_fields[name]
    empty = owner.model_construct()  # type: ignore[call-arg]
    try:
        checked = owner.__pydantic_validator__.validate_assignment(empty, name, value)
    except ValidationError:
        raise StudyError(
            f"{where}{name}[{index}] is {value!r}, expected {field.description}. "
            f"Write e.g. `{_example(where, name, field)}`."
        ) from None
    number: int | float = getattr(checked, name)
    return number


def _example(where: str, name: str, field: FieldInfo) -> str:
    values = (field.examples or [[]])[0]
    if where == ON_COMMAND_LINE:
        return f"{where}{name}={','.join(map(str, values))}"
    return f"{name}: {values}"
