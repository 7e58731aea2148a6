"""From what people write to a checked search space: in a study's YAML, a run's config, --set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from lstm_assets.common.text import did_you_mean
from lstm_assets.errors import StudyError
from lstm_assets.models import MODELS
from lstm_assets.search.space.distributions import read_distribution
from lstm_assets.search.space.expressions import Expression
from lstm_assets.search.space.fields import (
    IN_STUDY,
    ON_COMMAND_LINE,
    Hyperparameter,
    hyperparameter_fields,
)
from lstm_assets.search.space.parameters import Choice, Parameter, Value, value_key
from lstm_assets.search.space.ranges import read_range
from lstm_assets.search.space.space import MOST_DRAWS, Space

__all__ = [
    "IN_STUDY",
    "ON_COMMAND_LINE",
    "check_name",
    "check_values",
    "hyperparameter_fields",
    "read_parameter",
    "read_space",
    "replace_written",
]

_OF_MODEL = "model"  # what `when` and `constraint` call the study's model


def read_space(
    space: object, model: str, where: str = IN_STUDY, constraint: object = None
) -> Space:
    """Return the space with every value as its hyperparameter's own type.

    A hyperparameter whose `when` is false of the model is left out, so that studies of several
    models can share one space.

    Args:
        space: from YAML or the command line; hyperparameter -> list, range or distribution.
        model: a name of lstm_assets.models.MODELS.
        where: what stands before a name where people gave it, for messages.
        constraint: a boolean expression over the hyperparameters, or None.

    Raises:
        StudyError: a name no cell of this model has, a name missing, a list that is empty or
            repeats itself, a value that is not allowed, a range that is empty or cannot have its
            scale, an unknown distribution, a `when` that speaks of nothing known or of itself, or
            a constraint that nothing satisfies.
    """
    if not isinstance(space, Mapping):
        raise StudyError(
            f"{where.rstrip('. ')} is {space!r}, expected a list of values per hyperparameter. "
            "Write e.g. `epoch: [20, 30]` below it."
        )
    parameters: dict[str, Parameter] = {}
    written: dict[str, Any] = {}
    for key, given in space.items():
        name = key if isinstance(key, str) and key.isprintable() else repr(key)
        if other := _other_model(name, given, model, where):
            written[name] = _of_other_model(name, given, other, where)
        else:
            check_name(name, model, where)
            parameters[name] = read_parameter(name, given, model, where)
            written[name] = parameters[name].written
    for name, field in hyperparameter_fields(model).items():
        if name not in parameters and field.is_required():
            example = Hyperparameter(name, model, where).example
            raise StudyError(f"{where}{name} is missing. Write e.g. {example}.")
    _refuse_wrong_conditions(parameters, written, model, where)
    rule: Expression | None = None
    if constraint is not None:
        rule = _expression(constraint, "search.constraint is ")
        _refuse_unknown_names(rule, written, "search.constraint")
    found = Space(model, parameters, rule, written)
    _refuse_unsatisfiable(found)
    return found


def replace_written(written: Mapping[str, Any], replaced: Mapping[str, object]) -> dict[str, Any]:
    """Return what is written of a space with some of it replaced, `when` kept beside a list."""
    found = {**written, **replaced}
    for name, given in replaced.items():
        before = written.get(name)
        if isinstance(before, Mapping) and "when" in before and not isinstance(given, Mapping):
            found[name] = {"values": given, "when": before["when"]}
    return found


def check_name(name: str, model: str, where: str) -> None:
    """Refuse a name that is no hyperparameter of this model.

    Raises:
        StudyError: with the spelling that was likely and all that are allowed.
    """
    fields = hyperparameter_fields(model)
    if name not in fields:
        raise StudyError(
            f"{where}{name} is no hyperparameter of model {model}.{did_you_mean(name, fields)} "
            f"Allowed: {', '.join(fields)}."
        )


def read_parameter(name: str, given: object, model: str, where: str = IN_STUDY) -> Parameter:
    """Return one hyperparameter's list, range or distribution, checked; raises StudyError.

    A `when` that is true of the model, whatever the tuple, is none.
    """
    asked = Hyperparameter(name, model, where)
    if not isinstance(given, Mapping):
        return Choice(name=name, listed=tuple(check_values(name, given, model, where)))
    keys = dict(given)
    when: Expression | None = None
    if "when" in keys:
        when = _expression(keys.pop("when"), f"{asked.path}.when is ")
        when = None if when.known({_OF_MODEL: model}) else when
    if "values" in keys:
        if others := [str(key) for key in keys if key != "values"]:
            raise StudyError(
                f"{asked.path}.{others[0]} is no key beside `values`. Allowed: values, when."
            )
        listed = check_values(name, keys["values"], model, where)
        return Choice(name=name, listed=tuple(listed), when=when)
    if "dist" in keys:
        return read_distribution(asked, keys, when)
    return read_range(asked, keys, when)


def check_values(name: str, values: object, model: str, where: str = IN_STUDY) -> list[Value]:
    """Return one hyperparameter's values as its own type.

    Raises:
        StudyError: not a list, empty, a value twice, or a value that is not allowed.
    """
    asked = Hyperparameter(name, model, where)
    if not isinstance(values, Sequence) or isinstance(values, str | bytes) or not values:
        raise StudyError(
            f"{asked.path} is {values!r}, expected a list of at least one value. "
            f"Write e.g. {asked.example}."
        )
    checked = [asked.checked(value, f"[{index}]") for index, value in enumerate(values)]
    seen = set()
    for index, value in enumerate(checked):
        if value_key(value) in seen:
            raise StudyError(
                f"{asked.path}[{index}] is {value}, which stands in the list twice. Write it once."
            )
        seen.add(value_key(value))
    return checked


def _other_model(name: str, given: object, model: str, where: str) -> str | None:
    """Return the model that a hyperparameter is for, None if it may be this one.

    Raises:
        StudyError: its `when` is false of every model that has it.
    """
    if not isinstance(given, Mapping) or "when" not in given:
        return None
    when = _expression(given["when"], f"{where}{name}.when is ")
    if when.known({_OF_MODEL: model}) is not False:
        return None
    having = [each for each in MODELS if name in hyperparameter_fields(each)]
    if not having:
        check_name(name, model, where)
    for each in having:
        if when.known({_OF_MODEL: each}) is not False:
            return each
    raise StudyError(
        f"{where}{name}.when is {when.text!r}, which is false of every model that has {name}: "
        f"{', '.join(having)}. Correct it, or remove {name}."
    )


def _of_other_model(name: str, given: object, model: str, where: str) -> dict[str, Any]:
    """Return what is written of another model's hyperparameter, its `when` included."""
    keys = dict(given) if isinstance(given, Mapping) else {}
    when = _expression(keys.pop("when", None), f"{where}{name}.when is ")
    written = read_parameter(name, keys, model, where).written
    return {**({"values": written} if isinstance(written, list) else written), "when": when.text}


def _refuse_wrong_conditions(
    parameters: Mapping[str, Parameter], written: Mapping[str, Any], model: str, where: str
) -> None:
    """Refuse a `when` of unknown names, of itself, or of what every cell needs."""
    conditions = {name: each.when for name, each in parameters.items() if each.when is not None}
    for name, when in conditions.items():
        _refuse_unknown_names(when, written, f"{where}{name}.when")
        if hyperparameter_fields(model)[name].is_required():
            raise StudyError(
                f"{where}{name}.when is {when.text!r}, which may be false, but every cell of model "
                f"{model} needs {name}. Remove `when`."
            )
    try:
        TopologicalSorter({name: when.names for name, when in conditions.items()}).prepare()
    except CycleError as error:
        name = min(error.args[1])
        raise StudyError(
            f"{where}{name}.when is {conditions[name].text!r}, which depends on {name} "
            "itself. Let it speak of others only."
        ) from None


def _refuse_unknown_names(rule: Expression, written: Mapping[str, Any], path: str) -> None:
    for name in sorted(rule.names - {_OF_MODEL, *written}):
        raise StudyError(
            f"{path} is {rule.text!r}, which speaks of {name}, but the space does not have it."
            f"{did_you_mean(name, written)} It has: {', '.join(written)}."
        )


def _expression(given: object, where: str) -> Expression:
    try:
        return Expression.parse(given)
    except StudyError as error:
        raise StudyError(f"{where}{error}") from None


def _refuse_unsatisfiable(space: Space) -> None:
    if space.constraint is None or space.draw(np.random.default_rng(0)) is not None:
        return
    tried = f"none of {MOST_DRAWS:,} tuples drawn"
    if not any(each.values is None for each in space.parameters.values()):
        every, tried = space.tuples(), "none of its tuples"
    else:
        every = space.every() or []
    if not every:
        raise StudyError(
            f"search.constraint is {space.constraint.text!r}, which {tried} satisfies. Widen the "
            "space, or correct it."
        )
