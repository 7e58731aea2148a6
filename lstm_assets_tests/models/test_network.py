"""What every network of the registry says of itself."""

from typing import ClassVar

import pytest
from pydantic import Field

from lstm_assets.cells.settings import TrainingSettings
from lstm_assets.models import MODELS, Network
from lstm_assets.models.lstm import Lstm
from lstm_assets_tests.search.toy import Toy

NETWORKS = pytest.mark.parametrize("network", [*MODELS.values(), Toy])


@NETWORKS
def test_its_defaults_and_a_horizon_make_a_network(network: type[Network]) -> None:
    made = network.model_validate({**network.defaults(), network.horizon_name: 3})

    assert made.horizon == 3
    assert network.horizon_name not in network.defaults()
    assert set(network.typical) <= set(network.defaults())


@NETWORKS
def test_its_hyperparameters_are_its_own(network: type[Network]) -> None:
    assert not set(network.model_fields) & set(TrainingSettings.model_fields)


def test_a_default_is_the_typical_value_else_the_fields_own_else_its_first_example() -> None:
    class Mixed(Lstm):
        typical: ClassVar[dict[str, int]] = {"size_unit_input": 7}

        depth: int = Field(default=2, examples=[[5]])

    assert Mixed.defaults() == {"size_unit_input": 7, "size_unit_hidden": 64, "depth": 2}
