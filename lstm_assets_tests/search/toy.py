"""Spaces, and a network with hyperparameters of every type: a helper of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import pytest
from pydantic import Field

from lstm_assets.common.fields import Number, Whole
from lstm_assets.models import MODELS, Network
from lstm_assets.search.space.reading import read_space
from lstm_assets.search.space.space import Space

if TYPE_CHECKING:
    from torch import nn

LSTM: dict[str, Any] = {
    "epoch": [20, 30],
    "batch_size": [10],
    "learning_rate": [0.001],
    "ratio_train_set": [0.8],
    "size_sequence": [50],
    "size_unit_input": [2],
    "size_unit_hidden": [3],
    "size_unit_output": [1],
}
TRAINING = {name: LSTM[name] for name in list(LSTM)[:5]}


class Toy(Network):
    """A network that is never built."""

    version: ClassVar[str] = "toy-1"
    horizon_name: ClassVar[str] = "size_unit_output"

    size_unit_output: Whole = Field(default=1, ge=1, description="whole bars", examples=[[1]])
    hidden_layer_sizes: list[Whole] = Field(
        default=[8], description="a list of whole units", examples=[[[64, 32], [128]]]
    )
    activation: Literal["relu", "tanh"] = Field(
        default="relu", description="relu or tanh", examples=[["relu", "tanh"]]
    )
    bias: bool = Field(default=True, description="true or false", examples=[[True, False]])
    dropout: Number | None = Field(
        default=None, ge=0, lt=1, description="a share from 0", examples=[[0.0, 0.5]]
    )
    shift: Number = Field(default=0, description="a number", examples=[[-1.0, 1.0]])
    layers: Whole = Field(default=1, ge=1, description="whole layers from 1", examples=[[1, 2]])

    def products(self, size_sequence: int, columns: int) -> int:
        return size_sequence

    def build(self, columns: int) -> nn.Module:
        from torch import nn

        return nn.Sequential(nn.Flatten(), nn.LazyLinear(self.horizon))


class Labelled(Toy):
    """Another such network, which has a text, and a number that may be a text."""

    label: str = Field(default="", description="a text", examples=[["a", "b"]])
    width: Any = Field(default=1, description="a number or auto", examples=[[1, "auto"]])


@pytest.fixture
def labelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the toy network have a text, `label`, and `width`, which takes anything."""
    monkeypatch.setitem(MODELS, "toy", Labelled)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a model whose hyperparameters are of every type."""
    monkeypatch.setitem(MODELS, "toy", Toy)
    return "toy"


def lstm_space(constraint: str | None = None, **given: Any) -> Space:
    """A space of the LSTM, one value each but for what is given."""
    return read_space(LSTM | given, "lstm", constraint=constraint)


def toy_space(constraint: str | None = None, **given: Any) -> Space:
    """A space of the toy network."""
    return read_space(TRAINING | given, "toy", constraint=constraint)
