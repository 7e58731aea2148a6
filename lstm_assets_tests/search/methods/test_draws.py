"""Draws without repeats come to an end exactly when the space does."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.cells.values import Values, identity
from lstm_assets.search.methods.draws import draw_new
from lstm_assets.search.space.space import Space
from lstm_assets_tests.search.toy import lstm_space

SMALL: list[tuple[str | None, dict[str, Any]]] = [
    (None, {"epoch": [1, 2, 3], "batch_size": [5, 6, 7]}),
    (None, {"epoch": {"low": 1, "high": 4}, "batch_size": {"low": 1, "high": 8, "base": 2}}),
    ("epoch < batch_size", {"epoch": {"low": 1, "high": 9, "scale": "log"}, "batch_size": [3, 9]}),
    (None, {"epoch": {"dist": "randint", "low": 1, "high": 7}, "size_sequence": [7, 8]}),
]
spaces = st.sampled_from(SMALL).map(lambda each: lstm_space(each[0], **each[1]))


def keys(cells: list[Values]) -> list[str]:
    return [identity("lstm", each) for each in cells]


@settings(deadline=None, max_examples=60)
@given(spaces, st.integers(0, 99), st.integers(1, 7))
def test_a_small_space_is_drawn_out_exactly(space: Space, seed: int, wanted: int) -> None:
    known: list[Values] = []
    rng = np.random.default_rng(seed)

    for _ in space.every() or []:
        drawn = draw_new(space, known, wanted, rng).combinations
        assert len(drawn) <= wanted
        known += drawn

    assert draw_new(space, known, wanted, rng).combinations == []
    assert sorted(keys(known)) == sorted(keys(space.every() or []))


@settings(deadline=None, max_examples=60)
@given(spaces, st.integers(0, 99), st.randoms())
def test_draws_depend_on_the_seed_and_on_what_is_known_alone(
    space: Space, seed: int, random: Any
) -> None:
    known = (space.every() or [])[::2]
    shuffled = random.sample(known, len(known))

    one = draw_new(space, known, 3, np.random.default_rng(seed))
    other = draw_new(space, shuffled, 3, np.random.default_rng(seed))

    assert one == other
    assert not set(keys(one.combinations)) & set(keys(known))


def test_what_was_drawn_before_a_tuple_is_known_or_of_the_same_draws() -> None:
    space = lstm_space(batch_size=[1, 2, 3, 4])
    known = space.combinations()[:6]

    drawn = draw_new(space, known, 2, np.random.default_rng(0))

    assert sum(map(len, drawn.before)) > 0
    for at, before in enumerate(drawn.before):
        assert all(cell in [*known, *drawn.combinations[:at]] for cell in before)


def test_what_no_draw_meets_is_found_by_listing() -> None:
    space = lstm_space(
        "batch_size == 777 and size_sequence == 7",
        batch_size={"low": 1, "high": 1000},
        size_sequence={"low": 1, "high": 40},
    )

    drawn = draw_new(space, [], 3, np.random.default_rng(0))

    assert [cell["batch_size"] for cell in drawn.combinations] == [777, 777]
    firsts = [draw_new(space, [], 1, np.random.default_rng(seed)) for seed in range(8)]
    assert {first.combinations[0]["epoch"] for first in firsts} == {20, 30}


def test_a_space_that_is_drawn_out_ends_the_draws_however_many_are_wanted() -> None:
    space = lstm_space(epoch=[1, 2, 3])

    drawn = draw_new(space, [], 10**12, np.random.default_rng(0))

    assert sorted(each["epoch"] for each in drawn.combinations) == [1, 2, 3]


def test_draws_keep_to_their_box_when_little_is_left() -> None:
    space = lstm_space(batch_size={"low": 1, "high": 10}, epoch=[1, 2, 3])
    box = {"batch_size": (0.0, 0.3), "epoch": (0.5, 0.9)}

    drawn = draw_new(space, [], 99, np.random.default_rng(0), box)

    found = {(cell["batch_size"], cell["epoch"]) for cell in drawn.combinations}
    assert found == {(size, epoch) for size in (1, 2, 3) for epoch in (2, 3)}
    assert draw_new(space, drawn.combinations, 1, np.random.default_rng(1), box).combinations == []


@pytest.mark.parametrize("box", [None, {"learning_rate": (0.5, 0.75)}])
def test_a_continuum_never_ends(box: Any) -> None:
    space = lstm_space(learning_rate={"low": 1e-4, "high": 1, "scale": "log"}, epoch=[1])

    drawn = draw_new(space, [], 500, np.random.default_rng(0), box)

    assert len(set(keys(drawn.combinations))) == 500
