import pytest
import torch
from torch import Tensor

from lstm_assets.optim.adam import Adam
from lstm_assets.optim.stacked_adam import StackedAdam

RATES = [0.001, 0.01, 0.1]


def stack() -> list[Tensor]:
    torch.manual_seed(7)
    return [torch.randn(3, 4, 2), torch.randn(3, 5)]


def gradients(step: int) -> list[Tensor]:
    torch.manual_seed(100 + step)
    return [torch.randn(3, 4, 2) * 0.1, torch.randn(3, 5) * 10]


def close(one: list[Tensor], other: list[Tensor]) -> None:
    for mine, given in zip(one, other, strict=True):
        torch.testing.assert_close(mine, given, rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_each_network_moves_as_torchs_adam_moves_it_alone(index: int) -> None:
    together = stack()
    optimizer = StackedAdam(together, RATES)
    alone = [each[index].clone().requires_grad_() for each in stack()]
    theirs = torch.optim.Adam(alone, lr=RATES[index])

    for step in range(30):
        # Network 0 pauses at every third step: its count of steps falls behind the others'.
        active = torch.tensor([step % 3 > 0, True, True])
        optimizer.step(gradients(step), active)
        if active[index]:
            for parameter, gradient in zip(alone, gradients(step), strict=True):
                parameter.grad = gradient[index]
            theirs.step()

    close([each[index] for each in together], [each.detach() for each in alone])


def test_a_network_that_stands_still_is_not_touched_by_its_gradients() -> None:
    together, before = stack(), stack()
    optimizer = StackedAdam(together, RATES)

    broken = [torch.full_like(each, torch.nan) for each in gradients(0)]
    optimizer.step(broken, torch.tensor([False, False, True]))

    assert all(torch.equal(a[:2], b[:2]) for a, b in zip(together, before, strict=True))
    assert all(each[2].isnan().all() for each in together)
    assert not any(each.any() for each in optimizer.state(0))


def test_its_state_is_that_of_the_optimizer_of_one_network() -> None:
    together = stack()
    optimizer = StackedAdam(together, RATES)
    alone = [each[1].clone().requires_grad_() for each in stack()]
    other = Adam(alone, RATES[1])
    for step in range(3):
        optimizer.step(gradients(step), torch.tensor([True, True, True]))
        for parameter, gradient in zip(alone, gradients(step), strict=True):
            parameter.grad = gradient[1].clone()
        other.step()

    close(optimizer.state(1), other.state())

    again = StackedAdam(together, RATES)
    again.set_state(1, other.state())
    assert all(torch.equal(a, b) for a, b in zip(again.state(1), other.state(), strict=True))
