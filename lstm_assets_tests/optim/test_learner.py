"""Any torch module can be trained, without a word about how."""

from typing import ClassVar

import pytest
import torch
from torch import nn

from lstm_assets.models.network import Network
from lstm_assets.optim.settings import LearnerSettings
from lstm_assets_tests.optim.batches import order, windows

SETTINGS = LearnerSettings(epoch=50, batch_size=10, learning_rate=0.1)


class Repeated(Network):
    """A network of one weight that says nothing of how it is trained."""

    version: ClassVar[str] = "repeated-1"

    @property
    def horizon(self) -> int:
        return 1

    def products(self, size_sequence: int, columns: int) -> int:
        return 1

    def build(self, columns: int) -> nn.Module:
        class Module(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.factor = nn.Parameter(torch.zeros(1))

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return self.factor * x[:, -1]

        return Module()


def test_a_network_without_compiled_steps_is_trained_by_torch() -> None:
    x, _ = windows(3, 1)
    network = Repeated()
    module = network.build(columns=1)
    learner = network.learner(module, x, 2 * x[:, -1], SETTINGS)

    losses = [learner.learn(order(epoch)) for epoch in range(50)]

    assert losses[-1] < losses[0] / 1e6
    assert next(module.parameters()).item() == pytest.approx(2, abs=1e-3)
