"""A space lists, draws and finds its tuples."""

import itertools
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.cells.settings import TrainingSettings, settings_of
from lstm_assets.cells.values import identity
from lstm_assets.errors import StudyError
from lstm_assets.models.lstm import Lstm
from lstm_assets_tests.search.toy import LSTM, lstm_space, toy, toy_space

__all__ = ["toy"]

RATE = {"low": 1e-4, "high": 1, "scale": "log"}


def test_a_tuple_is_the_settings_of_its_training_and_of_its_network() -> None:
    cell = {name: values[0] for name, values in LSTM.items()}

    training, network = settings_of(cell, "lstm")

    assert training == TrainingSettings(
        epoch=20, batch_size=10, learning_rate=0.001, ratio_train_set=0.8, size_sequence=50
    )
    assert network == Lstm(size_unit_input=2, size_unit_hidden=3, size_unit_output=1)


def test_the_last_name_of_the_space_varies_fastest() -> None:
    tuples = lstm_space(size_sequence=[50, 60]).combinations()

    assert [(each["epoch"], each["size_sequence"]) for each in tuples] == [
        (20, 50), (20, 60), (30, 50), (30, 60),
    ]  # fmt: skip
    assert [list(each) for each in tuples] == [list(LSTM)] * 4


SPACES = st.fixed_dictionaries(
    {
        "epoch": st.lists(st.integers(1, 50), min_size=1, max_size=4, unique=True),
        "learning_rate": st.lists(st.floats(1e-6, 1), min_size=1, max_size=3, unique=True),
        "batch_size": st.integers(1, 9).map(lambda low: {"low": low, "high": 9 + low, "step": 3}),
        "size_unit_hidden": st.just({"low": 2, "high": 64, "base": 4}),
    }
)


@settings(deadline=None)
@given(SPACES)
def test_a_grid_has_each_combination_once(given: dict[str, Any]) -> None:
    space = lstm_space(**given)
    lists = [parameter.values or [] for parameter in space.parameters.values()]

    tuples = space.combinations()

    assert [tuple(each.values()) for each in tuples] == list(itertools.product(*lists))
    assert {identity("lstm", each) for each in space.every() or []} == {
        identity("lstm", each) for each in tuples
    }
    assert all(each in space for each in tuples)


@settings(deadline=None)
@given(SPACES, st.integers(0, 9))
def test_a_draw_lies_in_the_space_and_is_found_at_its_places(
    given: dict[str, Any], seed: int
) -> None:
    rule = "size_unit_hidden % 4 == 0 or epoch % 2 == 0"
    space = lstm_space(
        None, **given | {"ratio_train_set": {"low": 0.5, "high": 0.9}, "learning_rate": RATE}
    )
    ruled = lstm_space(rule, **given | {"size_unit_hidden": [3, 4], "learning_rate": RATE})
    rng = np.random.default_rng(seed)

    for each in (space, ruled):
        cell = each.draw(rng)
        assert cell is not None
        assert cell in each
        places = each.places(cell)
        assert places is not None
        assert each.at(places) == cell


def test_draws_of_a_log_scale_put_a_quarter_in_each_decade() -> None:
    space = lstm_space("size_unit_hidden > 2", learning_rate=RATE, size_unit_hidden=[1, 2, 3, 4])
    rng = np.random.default_rng(0)

    drawn = [np.log10((space.draw(rng) or {})["learning_rate"]) for _ in range(4000)]

    counts = np.histogram(drawn, bins=[-4, -3, -2, -1, 0])[0]
    assert scipy.stats.chisquare(counts).pvalue > 0.001


def test_a_draw_keeps_to_its_box() -> None:
    space = lstm_space(
        learning_rate=RATE,
        batch_size={"low": 1, "high": 100},
        size_sequence=[10, 20, 30, 40],
        size_unit_hidden={"low": 1, "high": 64, "base": 2},
    )
    box = {
        "learning_rate": (0.25, 0.5),
        "batch_size": (0.5, 0.6),
        "size_sequence": (0.5, 1.0),
        "size_unit_hidden": (0.0, 1 / 7),
    }
    rng = np.random.default_rng(0)

    drawn = [space.draw(rng, box) or {} for _ in range(500)]

    assert all(0.001 <= cell["learning_rate"] <= 0.01 for cell in drawn)
    assert {cell["batch_size"] for cell in drawn} == set(range(51, 61))
    assert {cell["size_sequence"] for cell in drawn} == {30, 40}
    assert {cell["size_unit_hidden"] for cell in drawn} == {1}


def test_every_tuple_of_a_box_is_what_draws_in_it_may_give() -> None:
    space = lstm_space(
        "batch_size != 33",
        batch_size={"low": 30, "high": 40},
        size_sequence=[10, 20, 30, 40],
        size_unit_hidden={"low": 1, "high": 64, "base": 2},
    )
    box = {"batch_size": (0.2, 0.4), "size_sequence": (0.1, 0.5), "size_unit_hidden": (0.9, 0.9)}
    rng = np.random.default_rng(0)

    drawn = {identity("lstm", space.draw(rng, box) or {}) for _ in range(2000)}

    assert {identity("lstm", each) for each in space.every(box) or []} == drawn


def test_a_continuum_and_what_is_too_much_are_not_listed() -> None:
    assert lstm_space(learning_rate=RATE).every() is None
    assert lstm_space(learning_rate=RATE | {"points": 3}).every() is None
    assert lstm_space(batch_size={"low": 1, "high": 1000}).every() is not None
    huge = {"low": 1, "high": 2 * 10**9}
    assert lstm_space(batch_size=huge).every() is None
    with pytest.raises(StudyError, match="batch_size lists no values, which a grid needs"):
        lstm_space(batch_size=huge).combinations()
    with pytest.raises(StudyError, match="has 800,000 combinations, but a grid may have at most"):
        lstm_space(
            batch_size={"low": 1, "high": 1000, "step": 1},
            size_sequence={"low": 1, "high": 400, "step": 1},
        ).combinations()


def test_only_what_the_constraint_allows_is_a_tuple() -> None:
    space = lstm_space(
        "size_unit_hidden % size_unit_input == 0 and model == 'lstm'",
        size_unit_input=[2, 3],
        size_unit_hidden=[3, 4],
    )

    units = [(each["size_unit_input"], each["size_unit_hidden"]) for each in space.combinations()]
    assert units == [(2, 4), (3, 3)] * 2
    wrong = dict(space.combinations()[0], size_unit_hidden=3)
    assert wrong not in space
    assert space.places(wrong) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"epoch": 25}, {"epoch": "20"}, {"epoch": None}, {"epoch": True}, {"other": 1},
        {"learning_rate": 1.5}, {"learning_rate": float("nan")}, {"batch_size": [10]},
    ],
)  # fmt: skip
def test_what_has_another_value_is_no_tuple_of_the_space(changed: dict[str, Any]) -> None:
    space = lstm_space(learning_rate=RATE)
    cell = {name: values[0] for name, values in LSTM.items()}
    assert cell in space

    assert cell | changed not in space
    assert space.places(cell | changed) is None


def test_a_tuple_lacks_what_its_other_values_say_it_does_not_have(toy: str) -> None:
    space = toy_space(
        epoch=[20],
        bias={"values": [True, False], "when": "dropout > 0.1"},
        dropout={"values": [0.1, 0.2], "when": "layers > 1"},
        layers=[1, 2],
    )

    tuples = space.combinations()

    assert [(c["layers"], c.get("dropout"), c.get("bias")) for c in tuples] == [
        (1, None, None), (2, 0.1, None), (2, 0.2, True), (2, 0.2, False),
    ]  # fmt: skip
    assert all(cell in space for cell in tuples)
    assert tuples[0] | {"dropout": 0.1} not in space
    assert {n: v for n, v in tuples[2].items() if n != "bias"} not in space
    assert set(space.places(tuples[1]) or {}) == set(tuples[1])
    rng = np.random.default_rng(0)
    drawn = [space.draw(rng) for _ in range(200)]
    assert all(cell in tuples for cell in drawn)
    assert all(cell in drawn for cell in tuples)


def test_a_constraint_does_not_rule_out_what_lacks_the_hyperparameter(toy: str) -> None:
    space = toy_space(
        "dropout > 0.1",
        epoch=[20],
        layers=[1, 2],
        dropout={"values": [0.1, 0.2], "when": "layers > 1"},
    )

    assert [(c["layers"], c.get("dropout")) for c in space.combinations()] == [(1, None), (2, 0.2)]


def test_corners_hold_the_lowest_and_the_highest_values() -> None:
    space = lstm_space(learning_rate=RATE, batch_size=[20, 10, 30], epoch=[5])

    corners = {(c["batch_size"], c["learning_rate"]) for c in space.corners()}

    assert corners == {(10, 1e-4), (10, 1), (30, 1e-4), (30, 1)}


def test_where_a_corner_is_ruled_out_every_tuple_is_one() -> None:
    space = lstm_space("batch_size * size_sequence <= 400", batch_size=[1, 10, 20],
                       size_sequence=[10, 20, 40])  # fmt: skip

    assert space.corners() == space.every()
