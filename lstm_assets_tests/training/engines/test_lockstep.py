"""What the capture of a step relies on: an idle step moves nothing, whatever is in it."""

import pytest
import torch

from lstm_assets.models.lstm import Lstm
from lstm_assets.optim.learner import TorchLearner
from lstm_assets.optim.settings import LearnerSettings
from lstm_assets.training.engines.lockstep import STEPS, Lockstep
from lstm_assets.training.engines.state import State
from lstm_assets.training.engines.tensors import initial_module, module_of_seed, training_windows
from lstm_assets_tests.training.cells import planned, walk


def lockstep() -> Lockstep:
    trajectories = planned({}, {"learning_rate": 0.02})
    return Lockstep(
        network=trajectories[0].network,
        states=[State.first(initial_module(each), each.training) for each in trajectories],
        settings=[each.training for each in trajectories],
        windows=training_windows(walk(), trajectories[0].split(walk())),
        batch_size=3,
        device="cpu",
    )


def tensors(state: State) -> list[torch.Tensor]:
    return [*state.weights.values(), *state.optimizer]


def test_an_idle_network_keeps_all_it_has() -> None:
    pair = lockstep()
    batches = torch.tensor([[[1, 2, 3], [4, 5, 0]]] * 4)
    pair.run(batches, torch.tensor([[3, 2]] * 4))
    before = [tensors(pair.state(index)) for index in (0, 1)]

    losses = pair.run(batches, torch.tensor([[0, 2]] * 4))

    after = [tensors(pair.state(index)) for index in (0, 1)]
    assert (losses > 0).tolist() == [[False, True]] * 4
    assert all(torch.equal(a, b) for a, b in zip(before[0], after[0], strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(before[1], after[1], strict=True))


def test_a_new_one_may_be_stepped_before_its_first_run() -> None:
    stepped, untouched = lockstep(), lockstep()
    for _ in range(3):
        stepped._step()  # as a capture does
    batches, sizes = torch.tensor([[[1, 2, 3], [4, 5, 0]]] * STEPS), torch.tensor([[3, 2]] * STEPS)

    assert torch.equal(stepped.run(batches, sizes), untouched.run(batches, sizes))


def test_what_fills_a_batch_up_is_not_learned_from() -> None:
    one, other = lockstep(), lockstep()
    sizes = torch.tensor([[3, 2]] * 4)

    one.run(torch.tensor([[[1, 2, 3], [4, 5, 0]]] * 4), sizes)
    other.run(torch.tensor([[[1, 2, 3], [4, 5, 9]]] * 4), sizes)

    pairs = zip(tensors(one.state(1)), tensors(other.state(1)), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_networks_of_two_input_columns_are_trained_as_each_is_alone() -> None:
    torch.manual_seed(1)
    network = Lstm(size_unit_input=3, size_unit_hidden=4, size_unit_output=2)
    windows = torch.randn(12, 5, 2), torch.randn(12, 2)
    settings = [LearnerSettings(epoch=1, batch_size=4, learning_rate=r) for r in (0.01, 0.02)]
    modules = [module_of_seed(network, columns=2, seed=seed) for seed in (1, 2)]
    states = [State.first(*pair) for pair in zip(modules, settings, strict=True)]
    pair = Lockstep(network, states, settings, windows, batch_size=4, device="cpu")

    losses = pair.run(torch.arange(12).view(3, 1, 4).expand(3, 2, 4), torch.full((3, 2), 4))

    for index, (module, own) in enumerate(zip(modules, settings, strict=True)):
        alone = TorchLearner(module, *windows, own).learn(torch.arange(12))
        assert 4 * losses[:, index].sum().item() == pytest.approx(alone, rel=1e-5)
        for name, weights in pair.state(index).weights.items():
            torch.testing.assert_close(weights, module.state_dict()[name], rtol=1e-3, atol=1e-5)
