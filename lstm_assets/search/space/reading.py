"""Reading and checking a search space from a study's YAML, a run's config or --set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from lstm_assets.cells.values import BYTES_PARAMS, INTEGERS, REALS, split
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
from lstm_assets.search.space.space import Space

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

_OF_MODEL = "model"  # name of the study's model in `when` and `constraint`


def read_space(
    space: object, model: str, where: str = IN_STUDY, constraint: object = None
) -> Space:
    """Return the space, with every value in its hyperparameter's type.

    A hyperparameter with a `when` that is false for the model is left out: studies of several
    models can share one space.

    Args:
        space: from YAML or the command line; hyperparameter -> list, range or distribution.
        model: a name of lstm_assets.models.MODELS.
        where: text before a name in messages: the place where the user wrote it.
        constraint: a boolean expression over the hyperparameters, or None.

    Raises:
        StudyError: a name is not a hyperparameter of this model or is missing, a list is empty or
            repeats a value, a value is not allowed, a range is empty or cannot have its scale, a
            distribution is unknown, a `when` uses an unknown name or its own hyperparameter, or no
            combination satisfies the constraint.
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
    _refuse_too_long(parameters, where)
    checked = Space(model, parameters, rule, written)
    _refuse_unsatisfiable(checked)
    return checked


def replace_written(written: Mapping[str, Any], replaced: Mapping[str, object]) -> dict[str, Any]:
    """Return a written space with some hyperparameters replaced; a list keeps the old `when`."""
    merged = {**written, **replaced}
    for name, given in replaced.items():
        before = written.get(name)
        if isinstance(before, Mapping) and "when" in before and not isinstance(given, Mapping):
            merged[name] = {"values": given, "when": before["when"]}
    return merged


def check_name(name: str, model: str, where: str) -> None:
    """Raise StudyError for a name that is not a hyperparameter of this model.

    The message suggests a close spelling and lists all allowed names.
    """
    fields = hyperparameter_fields(model)
    if name not in fields:
        raise StudyError(
            f"{where}{name} is not a hyperparameter of model {model}.{did_you_mean(name, fields)} "
            f"Allowed: {', '.join(fields)}."
        )


def read_parameter(name: str, given: object, model: str, where: str = IN_STUDY) -> Parameter:
    """Return one hyperparameter's list, range or distribution, checked; raise StudyError.

    A `when` that is true for all cells of the model is dropped.
    """
    asked = Hyperparameter(name, model, where)
    if not isinstance(given, Mapping):
        return Choice(name=name, listed=tuple(check_values(name, given, model, where)))
    keys = dict(given)
    when: Expression | None = None
    if "when" in keys:
        when = _expression(keys.pop("when"), f"{asked.path}.when is ")
        when = None if when.known({_OF_MODEL: model}, f"{asked.path}.when is ") else when
    if "values" in keys:
        if others := [str(key) for key in keys if key != "values"]:
            raise StudyError(
                f"{asked.path}.{others[0]} is not a key beside `values`. Allowed: values, when."
            )
        listed = check_values(name, keys["values"], model, where)
        return Choice(name=name, listed=tuple(listed), when=when)
    if "dist" in keys:
        return read_distribution(asked, keys, when)
    return read_range(asked, keys, when)


def check_values(name: str, values: object, model: str, where: str = IN_STUDY) -> list[Value]:
    """Return one hyperparameter's values in its type.

    Raises:
        StudyError: it is not a list, it is empty, or a value is repeated or not allowed.
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
                f"{asked.path}[{index}] is {value}, which is in the list twice. Write it once."
            )
        seen.add(value_key(value))
    return checked


def _other_model(name: str, given: object, model: str, where: str) -> str | None:
    """Return another model that the hyperparameter is for; None if this model may have it.

    Raises:
        StudyError: its `when` is false for every model that has the hyperparameter.
    """
    if not isinstance(given, Mapping) or "when" not in given:
        return None
    when = _expression(given["when"], f"{where}{name}.when is ")
    place = f"{where}{name}.when is "
    if when.known({_OF_MODEL: model}, place) is not False:
        return None
    having = [each for each in MODELS if name in hyperparameter_fields(each)]
    if not having:
        check_name(name, model, where)
    for each in having:
        if when.known({_OF_MODEL: each}, place) is not False:
            return each
    raise StudyError(
        f"{where}{name}.when is {when.text!r}, which is false for every model that has {name}: "
        f"{', '.join(having)}. Correct it, or remove {name}."
    )


def _of_other_model(name: str, given: object, model: str, where: str) -> dict[str, Any]:
    """Return another model's hyperparameter as a study writes it, with its `when`."""
    keys = dict(given) if isinstance(given, Mapping) else {}
    when = _expression(keys.pop("when", None), f"{where}{name}.when is ")
    written = read_parameter(name, keys, model, where).written
    return {**({"values": written} if isinstance(written, list) else written), "when": when.text}


def _refuse_wrong_conditions(
    parameters: Mapping[str, Parameter], written: Mapping[str, Any], model: str, where: str
) -> None:
    """Raise StudyError for a `when` with unknown names, about itself, or of a required name."""
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
            "itself. Use only other hyperparameters in it."
        ) from None


def _refuse_too_long(parameters: Mapping[str, Parameter], where: str) -> None:
    """Raise StudyError if the values without a column of their own may be too long for PARAMS."""
    others = {n: each for n, each in parameters.items() if n not in (*INTEGERS, *REALS)}
    longest = {
        name: max([*(each.values or []), *each.ends], key=lambda value: len(repr(value)))
        for name, each in others.items()
    }
    if len(split(longest)[1]) > BYTES_PARAMS:
        name = max(longest, key=lambda each: len(repr(longest[each])))
        raise StudyError(
            f"{where}{name} has a value of {len(repr(longest[name])):,} characters, and the values "
            f"of a cell may have {BYTES_PARAMS:,} bytes as JSON, all but those with a column of "
            "their own. Shorten it."
        )


def _refuse_unknown_names(rule: Expression, written: Mapping[str, Any], path: str) -> None:
    for name in sorted(rule.names - {_OF_MODEL, *written}):
        raise StudyError(
            f"{path} is {rule.text!r}, which uses {name}, but the space does not have it."
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
    listed = space.every()
    if listed or space.grid():
        return
    tried = f"{space.most_draws:,} drawn combinations" if listed is None else "combinations"
    raise StudyError(
        f"search.constraint is {space.constraint.text!r}, but none of the {tried} satisfies it. "
        "Widen the space, or correct the constraint."
    )
