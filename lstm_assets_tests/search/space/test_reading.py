"""What people write becomes a checked space, or one line that says what to write instead."""

import json
import string
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.errors import StudyError
from lstm_assets.search.space.parameters import Choice, Distribution, Range
from lstm_assets.search.space.reading import (
    ON_COMMAND_LINE,
    check_values,
    hyperparameter_fields,
    read_parameter,
    read_space,
)
from lstm_assets_tests.search.toy import LSTM, lstm_space

NO_NUMBERS_OVER_0 = st.one_of(
    st.booleans(),
    st.none(),
    st.floats(max_value=0),
    st.sampled_from([float("nan"), float("inf")]),
    st.text(string.ascii_letters + "\n", max_size=4),
    st.lists(st.integers(), max_size=2),
)
RATE = "Write e.g. `learning_rate: {low: 0.001, high: 0.005}`."
EPOCH = "Write e.g. `epoch: {low: 20, high: 30}`."
RANGE_KEYS = "low, high, scale, step, base, points, when"
STATS = "https://docs.scipy.org/doc/scipy/reference/stats.html"
BOUNDS = (
    "Bound it with other arguments, or use a distribution with bounds: uniform, loguniform, "
    "truncnorm, randint."
)


def refusal(name: str, written: object, **others: Any) -> str:
    """The one line that refuses a hyperparameter of the LSTM."""
    with pytest.raises(StudyError) as error:
        lstm_space(**{name: written}, **others)
    message = str(error.value)
    assert len(message.splitlines()) == 1
    return message


def test_an_lstm_has_the_hyperparameters_of_the_reference_experiment() -> None:
    fields = hyperparameter_fields("lstm")

    assert [name for name, field in fields.items() if field.is_required()] == list(LSTM)
    assert {*fields} - {*LSTM} == {"seed"}


def test_values_become_numbers_of_their_hyperparameters_own_type() -> None:
    space = read_space(
        LSTM | {"epoch": ["20", 30.0], "learning_rate": ["1e-3", 1]}, "lstm", ON_COMMAND_LINE
    )

    assert space.written == LSTM | {"epoch": [20, 30], "learning_rate": [0.001, 1.0]}
    assert [type(value) for value in space.written["epoch"]] == [int, int]
    assert [type(value) for value in space.written["learning_rate"]] == [float, float]


def test_a_space_keeps_the_order_in_which_it_is_written() -> None:
    backwards = dict(reversed(LSTM.items()))

    assert list(read_space(backwards, "lstm").parameters) == list(backwards)


@settings(deadline=None)
@given(st.sampled_from(list(LSTM)), NO_NUMBERS_OVER_0)
def test_what_is_no_number_over_0_is_refused_in_one_line(name: str, value: object) -> None:
    with pytest.raises(StudyError) as error:
        check_values(name, [value], "lstm", ON_COMMAND_LINE)

    assert str(error.value).startswith(f"--set {name}[0] is {value!r}, expected ")
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("share", [0, 1, 1.5])
def test_a_ratio_is_a_share_between_0_and_1(share: float) -> None:
    with pytest.raises(StudyError, match=f"is {share}, expected a share between 0 and 1"):
        check_values("ratio_train_set", [share], "lstm")


@pytest.mark.parametrize(
    ("name", "written", "expected"),
    [
        ("epoch", {"low": "1", "high": 9.0}, Range(name="epoch", low=1, high=9, whole=True)),
        ("epoch", {"low": 1, "high": 9, "step": "2"},
         Range(name="epoch", low=1, high=9, whole=True, step=2)),
        ("epoch", {"low": 1, "high": 9, "base": "2"},
         Range(name="epoch", low=1, high=9, whole=True, base=2)),
        ("learning_rate", {"low": "1e-4", "high": 1, "scale": "log", "points": "5"},
         Range(name="learning_rate", low=1e-4, high=1.0, scale="log", points=5)),
        ("learning_rate", {"low": "1e-4", "high": 1, "step": "1e-2"},
         Range(name="learning_rate", low=1e-4, high=1.0, step=0.01)),
        ("learning_rate", {"dist": "loguniform", "a": "1e-4", "b": 1},
         Distribution(name="learning_rate", dist="loguniform", arguments=(("a", 1e-4), ("b", 1)))),
        ("epoch", {"dist": "randint", "low": 1, "high": "9", "loc": 2},
         Distribution(name="epoch", dist="randint", whole=True,
                      arguments=(("low", 1), ("high", 9), ("loc", 2)))),
        ("epoch", {"dist": "uniform", "loc": 1, "scale": 9},
         Distribution(name="epoch", dist="uniform", whole=True,
                      arguments=(("loc", 1), ("scale", 9)))),
        ("epoch", {"values": ["2", 3.0]}, Choice(name="epoch", listed=(2, 3))),
        ("epoch", {"values": [2, 3], "when": "model == 'lstm'"},
         Choice(name="epoch", listed=(2, 3))),
    ],
)  # fmt: skip
def test_numbers_may_be_written_as_yaml_reads_them(
    name: str, written: object, expected: object
) -> None:
    assert read_parameter(name, written, "lstm") == expected


@pytest.mark.parametrize(
    ("name", "written", "message"),
    [
        ("learning_rate", {"low": 0, "high": 1, "scale": "log"},
         ".scale is log, but the range starts at 0, and only numbers over 0 have a logarithm. "
         "Start it above 0, or use `scale: symlog`, which allows 0."),
        ("learning_rate", {"low": "-1e-3", "high": 1, "scale": "log"},
         ".scale is log, but the range starts at -0.001, and only numbers over 0 have a "
         "logarithm. Start it above 0, or use `scale: symlog`, which allows 0."),
        ("learning_rate", {"low": 0, "high": 1},
         f".low is 0, expected a number over 0. {RATE}"),
        ("learning_rate", {"low": 0.1, "high": ".inf"},
         f".high is '.inf', expected a number over 0. {RATE}"),
        ("learning_rate", {"low": True, "high": 2},
         f".low is True, expected a number over 0. {RATE}"),
        ("epoch", {"low": 1.5, "high": 2}, f".low is 1.5, expected whole epochs from 1. {EPOCH}"),
        ("epoch", {"low": [1], "high": 2}, f".low is [1], expected whole epochs from 1. {EPOCH}"),
        ("epoch", {"high": 2}, f".low is missing, expected whole epochs from 1. {EPOCH}"),
        ("epoch", {"low": 2}, f".high is missing, expected whole epochs from 1. {EPOCH}"),
        ("epoch", {}, f".low is missing, expected whole epochs from 1. {EPOCH}"),
        ("size_sequence", {"low": 2}, ".high is missing, expected whole bars from 1. "
         "Write e.g. `size_sequence: {low: 50, high: 100}`."),
        ("epoch", {"low": 3, "high": 2}, " is empty: low is 3 and high 2. Make low the smaller "
         "one, or write a list, e.g. `epoch: [20, 30]`."),
        ("epoch", {"low": 3, "high": 3}, " is empty: low is 3 and high 3. Make low the smaller "
         "one, or write a list, e.g. `epoch: [20, 30]`."),
        ("learning_rate", {"low": 0.1, "high": 1, "scale": "logarithmic"},
         ".scale is 'logarithmic', expected one of linear, log, symlog."),
        ("learning_rate", {"low": 0.1, "high": 1, "scale": "loq"},
         ".scale is 'loq', expected one of linear, log, symlog. Did you mean `log`?"),
        ("learning_rate", {"low": 0.1, "high": 1, "scale": ["log"]},
         ".scale is ['log'], expected one of linear, log, symlog."),
        ("epoch", {"lo": 1, "high": 3},
         f".lo is not a key of a range. Did you mean `low`? Allowed: {RANGE_KEYS}. {EPOCH}"),
        ("epoch", {"value": [1]},
         f".value is not a key of a range. Did you mean `values`? Allowed: {RANGE_KEYS}. {EPOCH}"),
        ("epoch", {"values": [1], "step": 3},
         ".step is not a key beside `values`. Allowed: values, when."),
        ("epoch", {"low": 1, "high": 9, "step": 0},
         ".step is 0, expected a whole number over 0 and at most high - low = 8."),
        ("epoch", {"low": 1, "high": 9, "step": 1.5},
         ".step is 1.5, expected a whole number over 0 and at most high - low = 8."),
        ("epoch", {"low": 1, "high": 9, "step": 9},
         ".step is 9, expected a whole number over 0 and at most high - low = 8."),
        ("learning_rate", {"low": 0.5, "high": 1, "step": -0.1},
         ".step is -0.1, expected a number over 0 and at most high - low = 0.5."),
        ("learning_rate", {"low": 0.5, "high": 1, "step": None},
         ".step is None, expected a number over 0 and at most high - low = 0.5."),
        ("learning_rate", {"low": 0.5, "high": 1, "step": 1e-7},
         ".step is 1e-07, which gives over 100,000 values. Make it larger, or remove it."),
        ("epoch", {"low": 1, "high": 9, "base": 1},
         ".base is 1, expected a whole number from 2, e.g. `base: 2` for powers of two."),
        ("epoch", {"low": 1, "high": 9, "base": "two"},
         ".base is 'two', expected a whole number from 2, e.g. `base: 2` for powers of two."),
        ("epoch", {"low": 33, "high": 63, "base": 2}, ".base is 2, but no power of it lies from "
         "33 to 63. Widen the range, or remove base."),
        ("learning_rate", {"low": 0.5, "high": 1, "base": 2}, ".base is 2, but powers are for "
         "whole numbers, and this is a number over 0. Use `scale: log`."),
        ("epoch", {"low": 1, "high": 9, "step": 2, "base": 2},
         " has both step and base, but step alone defines the values, and all are "
         "equally likely. Remove one of the two."),
        ("epoch", {"low": 1, "high": 9, "step": 2, "scale": "log"},
         " has both step and scale, but step alone defines the values, and all are "
         "equally likely. Remove one of the two."),
        ("epoch", {"low": 1, "high": 9, "base": 2, "points": 3},
         " has both base and points, but base alone defines the values, and all are "
         "equally likely. Remove one of the two."),
        ("epoch", {"low": 1, "high": 9, "points": 1},
         ".points is 1, expected whole points from 2 to 100,000, e.g. `points: 5`."),
        ("epoch", {"low": 1, "high": 9, "points": 2.5},
         ".points is 2.5, expected whole points from 2 to 100,000, e.g. `points: 5`."),
        ("learning_rate", {"dist": "logunifrm", "a": 1, "b": 2}, ".dist is 'logunifrm', expected "
         "the name of a distribution of scipy.stats, e.g. loguniform, uniform or randint. "
         "Did you mean `loguniform`?"),
        ("learning_rate", {"dist": "zmap"}, ".dist is 'zmap', expected the name of a distribution "
         "of scipy.stats, e.g. loguniform, uniform or randint."),
        ("learning_rate", {"dist": 5}, ".dist is 5, expected the name of a distribution of "
         "scipy.stats, e.g. loguniform, uniform or randint."),
        ("learning_rate", {"dist": "loguniform", "a": 0.1},
         ".b is missing, which loguniform needs. It takes a, b, and may have loc, scale."),
        ("epoch", {"dist": "randint", "low": 1},
         ".high is missing, which randint needs. It takes low, high, and may have loc."),
        ("epoch", {"dist": "randint", "low": 1, "high": 9, "scale": 2},
         ".scale is not an argument of randint. Allowed: low, high, loc."),
        ("learning_rate", {"dist": "loguniform", "low": 0.1, "high": 1},
         ".low is not an argument of loguniform. Did you mean `loc`? Allowed: a, b, loc, scale."),
        ("learning_rate", {"dist": "uniform", "locs": 0.1},
         ".locs is not an argument of uniform. Did you mean `loc`? Allowed: loc, scale."),
        ("learning_rate", {"dist": "loguniform", "a": "tiny", "b": 1},
         ".a is 'tiny', expected a number, an argument of loguniform."),
        ("learning_rate", {"dist": "loguniform", "a": True, "b": 1},
         ".a is True, expected a number, an argument of loguniform."),
        ("learning_rate", {"dist": "loguniform", "a": 1, "b": 0.1}, " is loguniform with a 1, b "
         f"0.1, which scipy.stats does not allow. Correct them; {STATS} explains them."),
        ("learning_rate", {"dist": "uniform", "loc": 1, "scale": 0}, " is uniform with loc 1, "
         f"scale 0, which scipy.stats does not allow. Correct them; {STATS} explains them."),
        ("learning_rate", {"dist": "norm"}, " is norm with values from -inf to inf, "
         f"expected a number over 0. {BOUNDS}"),
        ("learning_rate", {"dist": "uniform"}, " is uniform with values from 0.0 to 1.0, "
         f"expected a number over 0. {BOUNDS}"),
        ("ratio_train_set", {"dist": "uniform", "loc": 0.5}, " is uniform with values "
         f"from 0.5 to 1.5, expected a share between 0 and 1. {BOUNDS}"),
        ("epoch", {"dist": "randint", "low": 0, "high": 9}, " is randint with values from "
         f"0 to 8, expected whole epochs from 1. {BOUNDS}"),
        ("epoch", {"dist": "poisson", "mu": 9}, " is poisson with values from 0.0 to inf, "
         f"expected whole epochs from 1. {BOUNDS}"),
        ("epoch", {"low": "010", "high": 9}, ".low is '010', expected whole epochs from 1. "
         f"A number has no 0 before it: write 10. {EPOCH}"),
        ("epoch", {"low": 1, "high": 2**31}, ".high is 2147483648, expected whole epochs from 1. "
         f"The largest is 2147483647. {EPOCH}"),
        ("epoch", {"low": 1, "high": 99, "step": "1_0"}, ".step is '1_0', expected a whole number "
         "over 0 and at most high - low = 98. A number has no _: write 10."),
        ("epoch", {"low": 1, "high": 9, "base": "0b10"}, ".base is '0b10', expected a whole number "
         "from 2, e.g. `base: 2` for powers of two. A number is not binary: write 2."),
        ("epoch", {"low": 1, "high": 9, "points": "03"}, ".points is '03', expected whole points "
         "from 2 to 100,000, e.g. `points: 5`. A number has no 0 before it: write 3."),
        ("epoch", {"dist": "randint", "low": 1, "high": 2**31 + 1}, " is randint with values from "
         f"1 to 2147483648, expected whole epochs from 1. The largest is 2147483647. {BOUNDS}"),
        ("learning_rate", {"dist": "loguniform", "a": "1e-400", "b": 1}, ".a is '1e-400', expected "
         "a number, an argument of loguniform. A number is 0, or from 5e-324 to 1.79e308."),
        ("epoch", {"values": [], "when": "batch_size > 1"}, " is [], expected a list of at least "
         "one value. Write e.g. `epoch: [20, 30]`."),
        ("epoch", {"values": [1, 2, 1]}, "[2] is 1, which is in the list twice. Write it "
         "once."),
        ("epoch", {"values": [1], "when": True}, ".when is True, expected a boolean expression of "
         "at most 1000 characters, e.g. `size_unit_hidden >= size_unit_input`."),
        ("epoch", {"values": [1], "when": "batch_size > 10"}, ".when is 'batch_size > 10', which "
         "may be false, but every cell of model lstm needs epoch. Remove `when`."),
        ("epoch", {"values": [1], "when": "model == 'lstmm'"}, ".when is \"model == 'lstmm'\", "
         "which is false for every model that has epoch: lstm. Correct it, or remove epoch."),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_one_line(name: str, written: object, message: str) -> None:
    assert refusal(name, written) == f"search.space.{name}{message}"


@pytest.mark.parametrize("name", ["epohc", "epoch\n", "", "7"])
def test_a_name_that_no_cell_has_is_refused(name: str) -> None:
    message = refusal(name, [1])

    assert "is not a hyperparameter of model lstm." in message
    assert f"Allowed: {', '.join(hyperparameter_fields('lstm'))}." in message


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        ("epohc > 1", "search.constraint is 'epohc > 1', which uses epohc, but the space does "
         f"not have it. Did you mean `epoch`? It has: {', '.join(LSTM)}."),
        ("epoch > 30", "search.constraint is 'epoch > 30', but none of the "
         "combinations satisfies it. Widen the space, or correct the constraint."),
        ("epoch > 'x'", "search.constraint is \"epoch > 'x'\", which cannot be worked out for "
         "epoch 30: '>' not supported between instances of 'int' and 'str'. Rule such values out "
         "before it, e.g. `b != 0 and a / b > 1`, or correct it."),
        ("len(epoch)", "search.constraint is 'len(epoch)', in which 'len(epoch)' is not allowed. "
         "Allowed: comparisons, and, or, not, in, + - * / // %, numbers, quoted texts, lists and "
         "names."),
        (True, "search.constraint is True, expected a boolean expression of at most 1000 "
         "characters, e.g. `size_unit_hidden >= size_unit_input`."),
    ],
)  # fmt: skip
def test_a_wrong_constraint_is_refused(constraint: Any, message: str) -> None:
    with pytest.raises(StudyError) as error:
        lstm_space(constraint)

    assert str(error.value) == message


def test_a_constraint_that_no_draw_satisfies_is_refused() -> None:
    with pytest.raises(StudyError, match="none of the 5,000,000 drawn combinations"):
        lstm_space("learning_rate > 2", learning_rate={"low": 0.1, "high": 1})


def test_a_constraint_that_only_tuples_of_the_grid_satisfy_is_none_too_narrow() -> None:
    points = {"low": 0.1, "high": 0.3, "points": 3}

    space = lstm_space("learning_rate == 0.2", learning_rate=points)

    assert [cell["learning_rate"] for cell in space.combinations()] == [0.2, 0.2]


def test_a_constraint_that_one_tuple_in_thousands_satisfies_is_none_too_narrow() -> None:
    space = lstm_space(
        "batch_size == 777 and size_sequence == 7",
        batch_size={"low": 1, "high": 1000},
        size_sequence={"low": 1, "high": 40},
    )

    assert len(space.every() or []) == 2


WRITTEN: list[dict[str, Any]] = [
    {"epoch": {"values": ["2", 3.0]}, "learning_rate": {"low": "1e-4", "high": 1, "scale": "log"}},
    {"epoch": {"low": 1, "high": 64, "base": 2}, "batch_size": {"low": 1, "high": 9, "step": 4}},
    {"learning_rate": {"dist": "loguniform", "a": "1e-4", "b": 1}, "epoch": {"low": 1, "high": 9}},
    {"ratio_train_set": {"low": 0.5, "high": 0.9, "points": 3}, "epoch": {
        "dist": "randint", "low": 1, "high": 9}},
]  # fmt: skip


@pytest.mark.parametrize("given", WRITTEN)
def test_what_is_written_of_a_space_reads_as_the_same_space(given: dict[str, Any]) -> None:
    rule = "epoch * 2 > size_unit_output"
    space = lstm_space(rule, **given)

    for plain in (json.loads(json.dumps(space.written)), yaml.safe_load(yaml.safe_dump(
            dict(space.written)))):  # fmt: skip
        assert plain == space.written
        assert read_space(plain, "lstm", constraint=rule) == space


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(list(LSTM)),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(), st.text(max_size=3)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(
                    [
                        "low",
                        "high",
                        "scale",
                        "step",
                        "base",
                        "points",
                        "values",
                        "when",
                        "dist",
                        "a",
                    ]
                ),
                st.one_of(inner, st.sampled_from(["log", "uniform", "randint", "epoch > 1"])),
                max_size=4,
            ),
        ),
        max_leaves=5,
    ),
)
def test_anything_else_is_a_space_or_refused_in_one_line(name: str, written: object) -> None:
    try:
        space = lstm_space(**{name: written})
    except StudyError as error:
        message = str(error)
    else:
        message = f"{read_space(space.written, 'lstm') == space}"

    assert message == "True" or name in message
    assert len(message.splitlines()) == 1
