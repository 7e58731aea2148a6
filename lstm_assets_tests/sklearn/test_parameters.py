"""What a registry of networks makes of a constructor's keywords."""

import inspect

import pytest

from lstm_assets.models.lstm import Lstm
from lstm_assets.sklearn.parameters import defaults_of, refuse_unknown, with_keywords
from lstm_assets_tests.search.toy import Toy


def test_each_network_adds_its_own_hyperparameters_but_not_the_horizon() -> None:
    assert defaults_of({"lstm": Lstm, "toy": Toy}) == {
        "size_unit_input": 64, "size_unit_hidden": 64,  # typical ones
        "hidden_layer_sizes": [8], "activation": "relu", "bias": True, "dropout": None, "shift": 0,
        "layers": 1,
    }  # fmt: skip


def test_a_name_that_networks_share_has_the_default_of_the_first() -> None:
    class Wide(Lstm):
        typical = {"size_unit_input": 512}  # noqa: RUF012

    assert defaults_of({"lstm": Lstm, "wide": Wide})["size_unit_input"] == 64
    assert defaults_of({"wide": Wide, "lstm": Lstm})["size_unit_input"] == 512


class Made:
    @with_keywords({"size": 3})
    def __init__(self, *, epoch: int = 1, **others: int) -> None:
        refuse_unknown(Made.__init__, others)


def test_the_keywords_stand_in_the_signature() -> None:
    assert str(inspect.signature(Made)) == "(*, epoch: int = 1, size=3) -> None"


def test_only_they_are_taken() -> None:
    Made(epoch=2, size=4)

    with pytest.raises(TypeError, match=r"unexpected keyword argument 'sise'. Did you mean `size`"):
        Made(sise=4)
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'other'.$"):
        Made(other=4)
