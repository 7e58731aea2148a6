"""When two tuples are the same, and that one comes back from the tables as it was."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_assets.cells.values import INTEGERS, REALS, Values, identity, join, split
from lstm_assets.errors import StoreError

finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(max_size=5)
words = st.none() | st.booleans() | st.integers() | finite | texts
others = st.recursive(
    words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


def unknown(name: str) -> bool:
    return name not in (*INTEGERS, *REALS)


@st.composite
def tuples(draw: st.DrawFn) -> Values:
    """Hyperparameters with and without a column, in any order."""
    found = draw(st.dictionaries(st.sampled_from(INTEGERS), st.integers() | st.none()))
    found |= draw(st.dictionaries(st.sampled_from(REALS), finite | st.none()))
    found |= draw(st.dictionaries(texts.filter(unknown), others, max_size=3))
    return dict(draw(st.permutations(list(found.items()))))


def rejoined(values: Values) -> Values:
    """A tuple, after it was spread over the tables and read back."""
    columns, params = split(values)
    return join({name.lower(): value for name, value in columns.items()}, params)


@given(tuples())
def test_a_tuple_comes_back_from_the_tables_as_the_same(values: Values) -> None:
    assert identity("lstm", rejoined(values)) == identity("lstm", values)


@given(tuples())
def test_what_came_back_once_comes_back_unchanged(values: Values) -> None:
    once = rejoined(values)

    assert rejoined(once) == once


@given(tuples(), st.randoms(use_true_random=False))
def test_the_order_of_names_does_not_matter(values: Values, order: Any) -> None:
    items = list(values.items())
    order.shuffle(items)

    assert identity("lstm", dict(items)) == identity("lstm", values)
    assert split(dict(items)) == split(values)


@given(tuples(), st.sampled_from(INTEGERS + REALS), st.integers(1, 9))
def test_a_tuple_with_another_number_is_another(values: Values, name: str, more: int) -> None:
    changed = values | {name: more}

    same = values.get(name) == more
    assert (identity("lstm", changed) == identity("lstm", values)) is same


@given(tuples())
def test_a_tuple_of_another_model_is_another(values: Values) -> None:
    assert identity("lstm", values) != identity("mlp", values)


@pytest.mark.parametrize(
    "same",
    [
        {"epoch": 20.0, "layers": [1, {"a": 2}]},
        {"epoch": np.int64(20), "layers": (1.0, {"a": np.float64(2)})},
        {"layers": [1, {"a": 2}], "epoch": 20, "size_unit_hidden": None},
    ],
)
def test_a_tuple_written_otherwise_is_the_same(same: Values) -> None:
    assert identity("lstm", same) == identity("lstm", {"epoch": 20, "layers": [1, {"a": 2}]})


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ({"bias": True}, {"bias": 1}),
        ({"bias": None}, {}),
        ({"layers": [1, 2]}, {"layers": [2, 1]}),
        ({"loss": "1"}, {"loss": 1}),
        ({"learning_rate": 0.1 + 0.2}, {"learning_rate": 0.3}),
    ],
)
def test_what_looks_alike_may_be_another(one: Values, another: Values) -> None:
    assert identity("lstm", one) != identity("lstm", another)


def test_what_has_a_column_is_there_and_the_rest_is_canonical_json() -> None:
    columns, params = split({"b": [2.0, "x"], "epoch": 20.0, "a": True, "learning_rate": 1})

    assert {name: value for name, value in columns.items() if value is not None} == {
        "EPOCH": 20,
        "LEARNING_RATE": 1.0,
    }
    assert set(columns) == {name.upper() for name in (*INTEGERS, *REALS)}
    assert (type(columns["EPOCH"]), type(columns["LEARNING_RATE"])) == (int, float)
    assert params == '{"a":true,"b":[2,"x"]}'


@pytest.mark.parametrize("name", INTEGERS)
@pytest.mark.parametrize("value", [0.5, True, "2", math.nan, math.inf, [2]])
def test_a_column_of_whole_numbers_takes_nothing_else(name: str, value: object) -> None:
    with pytest.raises(StoreError) as refusal:
        split({name: value})

    assert str(refusal.value) == (
        f"{name} is {value!r}, expected a whole number. Correct the search space."
    )


@pytest.mark.parametrize("name", REALS)
@pytest.mark.parametrize("value", [True, "0.1", math.nan, math.inf, [0.1]])
def test_a_column_of_numbers_takes_nothing_else(name: str, value: object) -> None:
    with pytest.raises(StoreError) as refusal:
        split({name: value})

    assert str(refusal.value) == (
        f"{name} is {value!r}, expected a finite number. Correct the search space."
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, [math.nan], object(), {1, 2}])
def test_what_is_no_json_is_neither_stored_nor_compared(value: object) -> None:
    for refused in (lambda: split({"dropout": value}), lambda: identity("m", {"dropout": value})):
        with pytest.raises(StoreError, match=r"cannot be stored: .* Use texts, booleans, finite"):
            refused()


@pytest.mark.parametrize("params", [None, "", "{}"])
def test_without_params_a_tuple_is_its_columns(params: str | None) -> None:
    assert join({"epoch": 2, "batch_size": None}, params) == {"epoch": 2}


@pytest.mark.parametrize("params", ["[1]", "1", '"text"', "null"])
def test_params_that_are_no_object_are_refused(params: str) -> None:
    with pytest.raises(ValueError, match=r"expected \{\.\.\.\}, found "):
        join({}, params)


def test_params_that_are_no_json_are_refused() -> None:
    with pytest.raises(json.JSONDecodeError):
        join({}, "{")
