import math

from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.search.grid import grid

NUMBERS = st.one_of(st.integers(1, 1000), st.floats(0.0001, 1, allow_nan=False))
SPACES = st.dictionaries(
    st.sampled_from(["epoch", "batch_size", "learning_rate", "size_sequence", "size_unit_input"]),
    st.lists(NUMBERS, min_size=1, max_size=4, unique=True),
    min_size=1,
)


def test_the_last_name_of_the_space_varies_fastest() -> None:
    tuples = grid({"epoch": [20, 30], "batch_size": [10], "size_sequence": [50, 60]})

    assert [tuple(each.items()) for each in tuples] == [
        (("epoch", 20), ("batch_size", 10), ("size_sequence", 50)),
        (("epoch", 20), ("batch_size", 10), ("size_sequence", 60)),
        (("epoch", 30), ("batch_size", 10), ("size_sequence", 50)),
        (("epoch", 30), ("batch_size", 10), ("size_sequence", 60)),
    ]


@settings(deadline=None)
@given(SPACES)
def test_a_grid_has_each_combination_once(space: dict[str, list[int | float]]) -> None:
    tuples = grid(space)

    assert len({tuple(each.values()) for each in tuples}) == len(tuples)
    assert len(tuples) == math.prod(len(values) for values in space.values())
    assert all(list(each) == list(space) for each in tuples)
    assert all(each[name] in space[name] for each in tuples for name in space)
