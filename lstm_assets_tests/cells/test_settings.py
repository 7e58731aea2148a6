"""A tuple as the settings of a training and of a network."""

import pytest
from pydantic import ValidationError

from lstm_assets.cells.settings import settings_of
from lstm_assets.models.lstm import Lstm
from lstm_assets_tests.training.cells import hyperparameters


def test_each_hyperparameter_goes_to_the_training_or_to_the_network() -> None:
    values = hyperparameters(size_unit_hidden=7, seed=3)

    training, network = settings_of(values, "lstm")

    assert network == Lstm(size_unit_input=2, size_unit_hidden=7, size_unit_output=1)
    assert {**training.model_dump(), **network.model_dump()} == values


@pytest.mark.parametrize(
    "wrong", [{"epoch": 0}, {"learning_rate": 0}, {"ratio_train_set": 1}, {"unknown": 1}]
)
def test_a_value_that_nothing_can_be_trained_with_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        settings_of(hyperparameters(**wrong), "lstm")
