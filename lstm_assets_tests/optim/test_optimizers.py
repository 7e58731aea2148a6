"""Settings choose one optimizer, whether a network is trained alone or beside others."""

import torch

from lstm_assets.optim.optimizers import optimizer_for, stacked_optimizer_for
from lstm_assets.optim.settings import LearnerSettings

SETTINGS = [
    LearnerSettings(epoch=1, batch_size=1, learning_rate=rate) for rate in (0.001, 0.01, 0.1)
]


def test_each_of_many_networks_moves_as_it_does_alone() -> None:
    torch.manual_seed(7)
    start, gradient = torch.randn(3, 4), torch.randn(3, 4)
    together = start.clone()
    stacked = stacked_optimizer_for([together], SETTINGS)

    for _ in range(5):
        stacked.step([gradient], torch.tensor([True, True, True]))

    for index, settings in enumerate(SETTINGS):
        alone = start[index].clone().requires_grad_()
        optimizer = optimizer_for([alone], settings)
        for _ in range(5):
            alone.grad = gradient[index].clone()
            optimizer.step()
        torch.testing.assert_close(together[index], alone.detach(), rtol=2e-6, atol=1e-7)
        pairs = zip(stacked.state(index), optimizer.state(), strict=True)
        assert all(torch.allclose(a, b, rtol=2e-6, atol=1e-7) for a, b in pairs)
