import math
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.errors import StudyError
from lstm_assets.models.lstm import Lstm
from lstm_assets.search.space import (
    ON_COMMAND_LINE,
    check_space,
    check_values,
    hyperparameter_fields,
    settings_of,
)
from lstm_assets.training.settings import TrainingSettings

SPACE = {
    "epoch": [20, 30],
    "batch_size": [10],
    "learning_rate": [0.001],
    "ratio_train_set": [0.8],
    "size_sequence": [50],
    "size_unit_input": [2],
    "size_unit_hidden": [3],
    "size_unit_output": [1],
}
NO_NUMBERS_OVER_0 = st.one_of(
    st.booleans(),
    st.none(),
    st.floats(max_value=0),
    st.sampled_from([math.nan, math.inf]),
    st.text(string.ascii_letters + "\n", max_size=4),
    st.lists(st.integers(), max_size=2),
)


def test_an_lstm_has_the_hyperparameters_of_the_reference_experiment() -> None:
    assert list(hyperparameter_fields("lstm")) == list(SPACE)


def test_values_become_numbers_of_their_hyperparameters_own_type() -> None:
    space = check_space(
        SPACE | {"epoch": ["20", 30.0], "learning_rate": ["1e-3", 1]}, "lstm", ON_COMMAND_LINE
    )

    assert space == SPACE | {"epoch": [20, 30], "learning_rate": [0.001, 1.0]}
    assert [type(value) for value in space["epoch"]] == [int, int]
    assert [type(value) for value in space["learning_rate"]] == [float, float]


def test_a_space_keeps_the_order_in_which_it_is_written() -> None:
    backwards = dict(reversed(SPACE.items()))

    assert list(check_space(backwards, "lstm")) == list(backwards)


@settings(deadline=None)
@given(st.sampled_from(list(SPACE)), NO_NUMBERS_OVER_0)
def test_what_is_no_number_over_0_is_refused_in_one_line(name: str, value: object) -> None:
    with pytest.raises(StudyError) as error:
        check_values(name, [value], "lstm", ON_COMMAND_LINE)

    assert str(error.value).startswith(f"--set {name}[0] is {value!r}, expected ")
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("share", [0, 1, 1.5])
def test_a_ratio_is_a_share_between_0_and_1(share: float) -> None:
    with pytest.raises(StudyError, match=f"is {share}, expected a share between 0 and 1"):
        check_values("ratio_train_set", [share], "lstm")


def test_a_tuple_is_the_settings_of_its_training_and_of_its_network() -> None:
    cell = {name: values[0] for name, values in SPACE.items()}

    training, network = settings_of(cell, "lstm")

    assert training == TrainingSettings(
        epoch=20, batch_size=10, learning_rate=0.001, ratio_train_set=0.8, size_sequence=50
    )
    assert network == Lstm(size_unit_input=2, size_unit_hidden=3, size_unit_output=1)
