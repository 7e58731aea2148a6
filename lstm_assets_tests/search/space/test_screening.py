"""Rare combinations are found, and exactly those that the constraint allows."""

import itertools
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lstm_assets.cells.values import identity
from lstm_assets.errors import StudyError
from lstm_assets.search.methods.draws import draw_new
from lstm_assets.search.space.expressions import Expression, UncomputableError
from lstm_assets.search.space.reading import read_space
from lstm_assets.search.space.screening import as_column, screened
from lstm_assets.search.space.space import Space

ONE_VALUE = {
    "epoch": [1],
    "batch_size": [32],
    "learning_rate": [0.01],
    "ratio_train_set": [0.8],
    "size_sequence": [5],
    "size_unit_input": [4],
    "size_unit_hidden": [4],
    "size_unit_output": [1],
}

LISTS: dict[str, list[Any]] = {
    "a": [0, 1, 2, 3, 7],
    "b": [0.0, 0.25, 0.5, 3.0],
    "word": ["relu", "tanh", ""],
    "bias": [True, False],
}
PARTS = st.sampled_from(
    [
        "a == 2 * b", "a > b", "a / b > 1", "a % 2 == 0", "b // a < 1", "word == 'relu'",
        "word in ['tanh', '']", "a in [1, 3]", "a not in [b, 7]", "bias", "bias == False",
        "0 < a <= 3", "(a or b) > 2", "(bias and a) == 3", "-a < -b", "word", "a == 'x'",
        "model == 'lstm'", "word < 3", "word + word == 'x'",
    ]
)  # fmt: skip
CONSTRAINTS = st.recursive(
    PARTS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map(
            lambda parts: f"({''.join(parts)})"
        ),
        inner.map(lambda part: f"not ({part})"),
    ),
    max_leaves=4,
)


def space(constraint: str, **written: Any) -> Space:
    return read_space(ONE_VALUE | written, "lstm", constraint=constraint)


@given(CONSTRAINTS)
def test_screening_leaves_out_nothing_that_may_be_allowed(text: str) -> None:
    expression = Expression.parse(text)
    every = list(itertools.product(*LISTS.values()))
    columns = dict(zip(LISTS, map(as_column, zip(*every, strict=True)), strict=True))
    columns["model"] = as_column(["lstm"] * len(every))

    kept = screened(expression, columns, len(every))

    for values, may in zip(every, kept, strict=True):
        try:
            allowed = expression.known({**dict(zip(LISTS, values, strict=True)), "model": "lstm"})
        except UncomputableError:
            allowed = True  # it must come to light
        assert may or not allowed


def numbers(first: int, last: int) -> list[int]:
    return list(range(first, last + 1))


RARE = {
    "1 in 1,000": (
        "batch_size == size_sequence",
        {"batch_size": numbers(5, 1004), "size_sequence": numbers(5, 504)},
    ),
    "1 in 2,000,000": (
        "batch_size == size_sequence * 1000",
        {"batch_size": {"low": 1, "high": 2_000_000}, "size_sequence": {"low": 1, "high": 2000}},
    ),
    "1 in 1,000,000 of a continuous one": (
        "learning_rate * batch_size < 2e-4",
        {"batch_size": {"low": 1, "high": 1000}, "learning_rate": {"low": 1e-6, "high": 1}},
    ),
}


@pytest.mark.parametrize(("constraint", "written"), RARE.values(), ids=RARE)
def test_rare_combinations_are_drawn(constraint: str, written: dict[str, Any]) -> None:
    rare = space(constraint, **written)

    drawn = draw_new(rare, [], 3, np.random.default_rng(0)).combinations

    assert len({identity("lstm", each) for each in drawn}) == 3
    assert all(each in rare for each in drawn)


@given(
    st.lists(st.integers(1, 30), min_size=4, max_size=12, unique=True),
    st.lists(st.integers(1, 9), min_size=4, max_size=9, unique=True),
    st.sampled_from(["==", "<", ">"]),
    st.integers(1, 99),
)
def test_a_grid_of_rare_combinations_is_that_of_all(
    batches: list[int], lengths: list[int], op: str, than: int
) -> None:
    text = f"batch_size * size_sequence {op} {than} and batch_size % 3 == 1"
    every = [
        (epoch, batch, length)
        for epoch in (2, 1)
        for batch in batches
        for length in lengths
        if batch % 3 == 1 and eval(f"{batch} * {length} {op} {than}")
    ]
    assume(every)
    with patch("lstm_assets.search.space.space.MOST_LISTED", 24):
        rare = space(text, batch_size=batches, size_sequence=lengths, epoch=[2, 1])
        found = rare.grid()

    if len(every) > 24:
        assert found is None
    else:
        assert [(c["epoch"], c["batch_size"], c["size_sequence"]) for c in found or []] == every


def test_a_grid_may_have_few_of_very_many_combinations() -> None:
    lists = {"batch_size": list(range(1, 2001)), "size_sequence": list(range(1, 2001))}

    few = space("batch_size == size_sequence and batch_size <= 3", **lists)

    assert [each["size_sequence"] for each in few.combinations()] == [1, 2, 3]


def test_no_method_is_told_about_the_limits_of_a_grid() -> None:
    lists = {"batch_size": list(range(1, 1001)), "size_sequence": list(range(1, 1001))}

    with pytest.raises(StudyError, match="none of the combinations satisfies it") as error:
        space("batch_size == size_sequence + 5000", **lists)
    assert "grid" not in str(error.value)


def test_a_rule_that_cannot_be_worked_out_names_its_place_and_values() -> None:
    with pytest.raises(StudyError) as refusal:
        space("epoch / (batch_size - 32) > 1", batch_size=[16, 32])
    assert str(refusal.value).startswith(
        "search.constraint is 'epoch / (batch_size - 32) > 1', which cannot be worked out for "
        "batch_size 32, epoch 1: division by zero."
    )

    with pytest.raises(
        StudyError, match=r"^search\.space\.batch_size\.when is 'model < 3', which can"
    ):
        space("epoch > 0", batch_size={"values": [32], "when": "model < 3"})

    fine = space("batch_size != 32 and epoch / (batch_size - 32) > -1", batch_size=[16, 32])
    assert [each["batch_size"] for each in fine.combinations()] == [16]
