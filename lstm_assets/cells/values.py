"""The values of a cell: when two are the same, and how they are split over the tables.

No SQL in this module.
"""

import json
import math
from typing import Any, TypeAlias

import numpy as np

from lstm_assets.errors import StoreError

Values: TypeAlias = dict[str, Any]  # lower-case name of a hyperparameter -> its value

INTEGERS = (
    "epoch",
    "batch_size",
    "size_sequence",
    "size_unit_input",
    "size_unit_hidden",
    "size_unit_output",
)
REALS = ("learning_rate", "ratio_train_set")
BYTES_PARAMS = 65_535  # of a TEXT column in MySQL


def identity(model: str, values: Values) -> str:
    """Return a text that is equal only for the same values of the same model.

    20 and 20.0 are the same value.
    """
    return _canonical({"model": model, "values": _present(values)})


def split(values: Values) -> tuple[dict[str, Any], str]:
    """Return the columns of TB_HYPERPARAMETER, and PARAMS: canonical JSON of all other values."""
    integers = {name.upper(): _whole(name, values.get(name)) for name in INTEGERS}
    reals = {name.upper(): _real(name, values.get(name)) for name in REALS}
    others = {n: v for n, v in values.items() if n not in (*INTEGERS, *REALS)}
    return {**integers, **reals}, _canonical(others)


def join(columns: Values, params: str | None) -> Values:
    """Return the values of a cell from its columns, by lower-case name, and PARAMS.

    A column that is NULL is left out.

    Raises:
        ValueError: PARAMS is not a JSON object.
    """
    others = json.loads(params or "{}")
    if not isinstance(others, dict):
        raise ValueError(f"expected {{...}}, found {params!r}")
    return _present(columns) | others


def _present(values: Values) -> Values:
    return {n: v for n, v in values.items() if v is not None or n not in (*INTEGERS, *REALS)}


def _canonical(value: object) -> str:
    try:
        return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"hyperparameters {value} cannot be stored: {error}. "
            "Use texts, booleans, finite numbers, and lists of these."
        ) from error


def _plain(value: object) -> object:
    """Return the value with whole floats as integers and NumPy scalars as Python's."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _whole(name: str, value: object) -> int | None:
    plain = _plain(value)
    if plain is None or (isinstance(plain, int) and not isinstance(plain, bool)):
        return plain
    raise StoreError(f"{name} is {value!r}, expected a whole number. Correct the search space.")


def _real(name: str, value: object) -> float | None:
    plain = _plain(value)
    if plain is None:
        return None
    if isinstance(plain, (int, float)) and math.isfinite(plain) and not isinstance(plain, bool):
        return float(plain)
    raise StoreError(f"{name} is {value!r}, expected a finite number. Correct the search space.")
