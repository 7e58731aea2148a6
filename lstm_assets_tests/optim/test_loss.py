"""One loss, whether a network is trained alone or beside others."""

import pytest
import torch

from lstm_assets.optim.loss import batch_loss, stacked_batch_losses


def test_the_loss_of_a_batch_by_hand() -> None:
    forecasts, targets = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0, 0.0], [0, 4]])

    assert batch_loss(forecasts, targets).item() == (0 + 4 + 9 + 0) / 4


@pytest.mark.parametrize("horizon", [1, 3])
def test_each_of_many_networks_has_the_loss_that_it_has_alone(horizon: int) -> None:
    torch.manual_seed(1)
    forecasts, targets = torch.randn(3, 5, horizon), torch.randn(3, 5, horizon)
    sizes = torch.tensor([5, 2, 0])
    counted = torch.arange(5) < sizes[:, None]
    forecasts[1, 2:] = 1e9  # what only fills a batch up

    losses = stacked_batch_losses(forecasts, targets, counted, sizes)

    alone = [batch_loss(forecasts[i, :n], targets[i, :n]).item() for i, n in ((0, 5), (1, 2))]
    assert losses.tolist() == pytest.approx([*alone, 0.0], rel=1e-6)
