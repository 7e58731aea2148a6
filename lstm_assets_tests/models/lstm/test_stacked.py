from typing import ClassVar

import pytest
import torch
from torch import Tensor, nn

from lstm_assets.models.lstm import Lstm
from lstm_assets.models.lstm.stacked import WEIGHTS, StackedLayer
from lstm_assets.models.network import Network

NETWORK = Lstm(size_unit_input=3, size_unit_hidden=4, size_unit_output=2)


class Mlp(Network):
    """A network that says nothing of how many of it are computed at once."""

    version: ClassVar[str] = "mlp-0"

    @property
    def horizon(self) -> int:
        return 2

    def products(self, size_sequence: int, columns: int) -> int:
        return size_sequence * columns * 8 + 16

    def build(self, columns: int) -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.Linear(6 * columns, 8), nn.Tanh(), nn.Linear(8, 2))


def alone_and_together(network: Network, columns: int) -> tuple[list[nn.Module], dict[str, Tensor]]:
    """Three networks, and their weights in one."""
    torch.manual_seed(3)
    modules = [network.build(columns).double() for _ in range(3)]
    named = [dict(each.named_parameters()) for each in modules]
    return modules, {
        name: torch.stack([each[name].detach() for each in named]).requires_grad_()
        for name in named[0]
    }


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("network", [NETWORK, Mlp()])
def test_forecasts_and_gradients_are_those_of_each_network_alone(
    network: Network, columns: int
) -> None:
    modules, weights = alone_and_together(network, columns)
    windows = torch.randn(3, 5, 6, columns, dtype=torch.float64)
    factors = torch.randn(3, 5, 2, dtype=torch.float64)

    forecasts = network.stacked(columns)(weights, windows)
    (forecasts * factors).sum().backward()

    assert forecasts.shape == (3, 5, 2)
    for index, module in enumerate(modules):
        alone = module(windows[index])
        (alone * factors[index]).sum().backward()
        torch.testing.assert_close(forecasts[index], alone)
        for name, parameter in module.named_parameters():
            torch.testing.assert_close(weights[name].grad[index], parameter.grad)


def test_a_layer_has_the_gradients_of_torchs_lstm_at_every_step() -> None:
    torch.manual_seed(4)
    alone = nn.LSTM(3, 4, batch_first=True)
    named = dict(alone.named_parameters())
    weights = [named[name].detach()[None].requires_grad_() for name in WEIGHTS]
    x = torch.randn(5, 6, 3, requires_grad=True)  # (B, L, I)
    stacked = x.detach().transpose(0, 1)[None].requires_grad_()  # (1, L, B, I)
    factors = torch.randn(5, 6, 4)

    states = StackedLayer.apply(stacked, *weights)
    (states[0].transpose(0, 1) * factors).sum().backward()
    theirs, _ = alone(x)
    (theirs * factors).sum().backward()

    close = {"rtol": 1e-5, "atol": 1e-6}
    torch.testing.assert_close(states[0].transpose(0, 1), theirs, **close)
    torch.testing.assert_close(stacked.grad[0].transpose(0, 1), x.grad, **close)
    for own, name in zip(weights, WEIGHTS, strict=True):
        torch.testing.assert_close(own.grad[0], named[name].grad, **close)


def test_what_an_lstm_keeps_of_a_window_is_well_under_its_products() -> None:
    network = Lstm(size_unit_input=50, size_unit_hidden=64, size_unit_output=1)

    assert network.numbers_kept(size_sequence=50, columns=1) == 20 * 50 * (50 + 64)
    assert network.numbers_kept(50, 1) < network.products(50, 1) / 10
