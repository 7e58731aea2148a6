"""Each parameter draws evenly on its own scale, and finds its values again."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.search.space.parameters import Choice, Distribution, Parameter, Range, value_key

ENOUGH = 1e-3  # probability of a fair draw that looks less fair than this: seeds are fixed

PLACES = st.integers(0, 2**53).map(lambda drawn: drawn / 2**53)
NUMBERS = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    """Ranges of every scale, of numbers and of whole ones, with steps and without."""
    whole = draw(st.booleans())
    scale = draw(st.sampled_from(["linear", "log", "symlog"]))
    ends = st.integers(-(10**6), 10**6) if whole else NUMBERS
    if scale == "log":
        ends = st.integers(1, 10**6) if whole else st.floats(1e-9, 1e6)
    low, high = sorted(draw(st.lists(ends, min_size=2, max_size=2, unique=True)))
    if high - low < 1e-9 * abs(high):
        high = low + max(abs(low), 1)
    step = None
    if scale == "linear" and draw(st.booleans()):
        step = (
            draw(st.integers(1, high - low)) if whole else (high - low) / draw(st.integers(1, 99))
        )
    return Range(
        name="x", low=low, high=high, scale=scale, whole=whole, step=step,
        points=None if step else draw(st.none() | st.integers(2, 20)),
    )  # fmt: skip


CHOICES = st.lists(
    st.one_of(
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=3),
        st.booleans(),
        st.lists(st.integers(1, 9), max_size=2),
    ),
    min_size=1,
    max_size=6,
    unique_by=value_key,
).map(lambda listed: Choice(name="x", listed=tuple(listed)))  # fmt: skip

DISTRIBUTIONS = st.sampled_from(
    [
        ("loguniform", {"a": 1e-5, "b": 1.0}, False),
        ("uniform", {"loc": -1, "scale": 2}, False),
        ("truncnorm", {"a": -2, "b": 2, "loc": 0.5, "scale": 0.1}, False),
        ("beta", {"a": 2, "b": 3}, False),
        ("randint", {"low": 1, "high": 100}, True),
        ("uniform", {"loc": 1, "scale": 9}, True),
        ("binom", {"n": 20, "p": 0.3}, True),
        ("randint", {"low": 1, "high": 100}, False),
    ]
).map(
    lambda given: Distribution(
        name="x", dist=given[0], arguments=tuple(given[1].items()), whole=given[2]
    )
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(ranges(), CHOICES, DISTRIBUTIONS), PLACES)
def test_a_value_is_found_at_its_own_place(parameter: Parameter, place: float) -> None:
    values = [parameter.at(place), *parameter.ends, *list(parameter.values or [])[:50]]

    for value in values:
        found = parameter.place(value)
        assert found is not None
        assert 0 <= found <= 1
        assert parameter.at(found) == value
        assert parameter.has(value)


@settings(max_examples=300, deadline=None)
@given(ranges(), PLACES, PLACES)
def test_a_higher_place_holds_no_lower_value(parameter: Range, one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert parameter.low <= parameter.at(low) <= parameter.at(high) <= parameter.high


@settings(max_examples=300, deadline=None)
@given(st.one_of(ranges().filter(lambda each: each.whole), CHOICES), PLACES, PLACES)
def test_the_values_between_two_places_are_those_drawn_there(
    parameter: Parameter, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    between = parameter.between(low, high)
    assert between is not None

    for share in (0.0, 0.25, 0.5, 0.999):
        assert parameter.at(low + share * (high - low)) in between
    if len(between) > 1:
        assert parameter.place(between[0]) < parameter.place(between[-1])  # type: ignore[operator]


@pytest.mark.parametrize(
    "scaled",
    [{"scale": "log"}, {"dist": "loguniform"}],
)
def test_a_log_scale_gives_each_decade_a_quarter(scaled: dict[str, Any]) -> None:
    parameter: Parameter = Range(name="x", low=1e-4, high=1.0, scale="log")
    if "dist" in scaled:
        parameter = Distribution(name="x", dist="loguniform", arguments=(("a", 1e-4), ("b", 1.0)))
    places = np.random.default_rng(0).random(4000)

    drawn = np.log10([parameter.at(float(place)) for place in places])

    assert even(np.histogram(drawn, bins=[-4, -3, -2, -1, 0])[0])


def test_a_linear_scale_gives_each_tenth_a_tenth() -> None:
    parameter = Range(name="x", low=-3.0, high=7.0)

    drawn = [parameter.at(float(place)) for place in np.random.default_rng(0).random(4000)]

    assert even(np.histogram(drawn, bins=10, range=(-3, 7))[0])


def test_a_symlog_scale_is_log_on_both_sides_of_0_and_linear_around_it() -> None:
    parameter = Range(name="x", low=-1.0, high=1.0, scale="symlog")

    drawn = np.array([parameter.at(float(p)) for p in np.random.default_rng(0).random(20_000)])
    sizes = np.abs(drawn)

    assert even([(drawn < 0).sum(), (drawn > 0).sum()])
    decades = [((sizes > 10.0**n) & (sizes < 10.0 ** (n + 1))).sum() for n in (-3, -2, -1)]
    assert max(decades) / min(decades) < 1.5
    assert 0.02 < (sizes < 1e-3).mean() < 0.2
    assert parameter.at(0.5) == 0


@pytest.mark.parametrize(
    "parameter",
    [
        Range(name="x", low=1, high=10, whole=True),
        Range(name="x", low=1, high=10, whole=True, step=3),
        Range(name="x", low=1, high=512, whole=True, base=2),
        Range(name="x", low=0.1, high=0.9, step=0.2),
        Choice(name="x", listed=(30, 10, 20)),
        Choice(name="x", listed=("relu", "tanh", [64, 32])),
        Distribution(name="x", dist="randint", arguments=(("low", 1), ("high", 11)), whole=True),
    ],
)
def test_each_value_is_drawn_as_often(parameter: Parameter) -> None:
    places = np.random.default_rng(0).random(5000)

    drawn = Counter(str(parameter.at(float(place))) for place in places)

    assert len(drawn) == len(parameter.between() or parameter.values or [])
    assert even(list(drawn.values()))


def test_whole_numbers_of_a_log_scale_have_their_share_of_it() -> None:
    parameter = Range(name="x", low=1, high=8, whole=True, scale="log")
    shares = [math.log((n + 0.5) / (n - 0.5)) / math.log(8.5 / 0.5) for n in range(1, 9)]

    drawn = Counter(parameter.at(float(p)) for p in np.random.default_rng(0).random(5000))

    counts = [drawn[n] for n in range(1, 9)]
    assert scipy.stats.chisquare(counts, np.array(shares) * 5000).pvalue > ENOUGH


@pytest.mark.parametrize(
    ("parameter", "values"),
    [
        (Range(name="x", low=1, high=10, whole=True, step=4), (1, 5, 9)),
        (Range(name="x", low=0.1, high=0.5, step=0.1), (0.1, 0.2, 0.3, 0.4, 0.5)),
        (Range(name="x", low=3, high=64, whole=True, base=2), (4, 8, 16, 32, 64)),
        (Range(name="x", low=1, high=100, whole=True, base=3), (1, 3, 9, 27, 81)),
        (Range(name="x", low=1e-4, high=1.0, scale="log", points=5), [1e-4, 1e-3, 0.01, 0.1, 1]),
        (Range(name="x", low=0.0, high=1.0, points=3), [0, 0.5, 1]),
        (Range(name="x", low=1, high=3, whole=True, points=9), [1, 2, 3]),
        (Range(name="x", low=1, high=3, whole=True), None),
        (Choice(name="x", listed=(30, 10, 20)), (30, 10, 20)),
    ],
)
def test_a_grid_has_the_values_that_were_written(parameter: Parameter, values: Any) -> None:
    assert parameter.values == values


def test_drawn_numbers_are_short_and_of_their_own_type() -> None:
    places = np.random.default_rng(0).random(200)
    rates = [Range(name="x", low=1e-4, high=1.0, scale="log").at(float(p)) for p in places]
    sizes = [Range(name="x", low=1, high=512, whole=True).at(float(p)) for p in places]

    assert all(type(each) is float and each == float(f"{each:.6g}") for each in rates)
    assert all(type(each) is int for each in sizes)


@pytest.mark.parametrize(
    "parameter",
    [
        Range(name="x", low=0.8000001, high=0.8000009),
        Range(name="x", low=0.8000001, high=0.8000009, scale="log"),
        Range(name="x", low=1e9, high=1e9 + 1e-3),
    ],
)
def test_a_narrow_range_is_not_rounded_to_its_ends(parameter: Range) -> None:

    assert len({parameter.at(n / 100) for n in range(100)}) == 100


@pytest.mark.parametrize("value", [0, 1.5, 11, "2", None, True, [2], math.nan, math.inf])
def test_what_is_no_value_has_no_place(value: object) -> None:
    for parameter in (
        Range(name="x", low=1, high=10, whole=True),
        Range(name="x", low=1, high=10, whole=True, step=3),
        Distribution(name="x", dist="randint", arguments=(("low", 1), ("high", 11)), whole=True),
        Choice(name="x", listed=(1, 2, 3)),
    ):
        assert parameter.place(value) is None
        assert not parameter.has(value)


def test_the_place_of_a_number_is_its_rank_whatever_the_order_of_the_list() -> None:
    choice = Choice(name="x", listed=(30, 10, 20))

    assert [choice.place(value) for value in (10, 20.0, 30)] == [1 / 6, 0.5, 5 / 6]
    assert choice.ends == (10, 30)
    assert choice.ordered


def test_the_place_of_what_a_distribution_gives_is_the_middle_of_its_probabilities() -> None:
    ends = (("low", 1), ("high", 11))
    whole = Distribution(name="x", dist="randint", arguments=ends, whole=True)
    numbers = Distribution(name="x", dist="randint", arguments=ends)

    assert [whole.place(value) for value in (1, 5, 10)] == pytest.approx([0.05, 0.45, 0.95])
    assert [numbers.place(value) for value in (1.0, 5.0)] == pytest.approx([0.05, 0.45])


def test_words_truth_values_and_lists_have_no_order() -> None:
    choice = Choice(name="x", listed=(1, True, "1", [1], [True]))

    assert not choice.ordered
    assert [choice.at(choice.place(value) or 0) for value in choice.listed] == list(choice.listed)
    assert [type(choice.at(choice.place(value) or 0)) for value in choice.listed] == [
        int, bool, str, list, list,
    ]  # fmt: skip


def even(counts: Any) -> bool:
    """Whether these counts are those of equal probabilities, by a chi-square test."""
    return bool(scipy.stats.chisquare(counts).pvalue > ENOUGH)
