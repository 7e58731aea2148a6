"""The compiled steps do what torch's own autograd and Adam do with the same network."""

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn

from lstm_assets.models.lstm import Lstm
from lstm_assets.models.lstm.compiled.learner import LstmLearner
from lstm_assets.optim.learner import Learner, TorchLearner
from lstm_assets.optim.settings import LearnerSettings
from lstm_assets_tests.optim.batches import WINDOWS, order, windows


def network(units: int, hidden: int, outputs: int) -> nn.Module:
    torch.manual_seed(units * 10_000 + hidden * 100 + outputs)
    settings = Lstm(size_unit_input=units, size_unit_hidden=hidden, size_unit_output=outputs)
    return settings.build(columns=1)


def learning(batch_size: int) -> LearnerSettings:
    return LearnerSettings(epoch=3, batch_size=batch_size, learning_rate=0.01)


def both(
    units: int = 5, hidden: int = 7, outputs: int = 1, steps: int = 6, batch_size: int = 10
) -> list[tuple[Learner, nn.Module]]:
    """The compiled learner and torch's, each with a network of the same first weights."""
    x, y = windows(steps, outputs)
    learners: list[tuple[Learner, nn.Module]] = []
    for kind in (LstmLearner, TorchLearner):
        module = network(units, hidden, outputs)
        learners.append((kind(module, x, y, learning(batch_size)), module))
    return learners


@given(
    units=st.integers(1, 70),
    hidden=st.integers(1, 70),
    outputs=st.integers(1, 4),
    steps=st.integers(1, 9),
    batch_size=st.integers(1, 50),
)
@example(units=50, hidden=64, outputs=1, steps=50, batch_size=10)  # of the reference grid
@example(units=64, hidden=128, outputs=1, steps=50, batch_size=20)  # two parts a batch
@example(units=300, hidden=20, outputs=2, steps=5, batch_size=20)  # products too large for parts
@settings(deadline=None, max_examples=25)
def test_losses_and_weights_are_those_of_torchs_autograd_and_adam(
    units: int, hidden: int, outputs: int, steps: int, batch_size: int
) -> None:
    (compiled, ours), (reference, theirs) = both(units, hidden, outputs, steps, batch_size)

    losses = [(compiled.learn(order(e)), reference.learn(order(e))) for e in range(3)]

    for loss, expected in losses:
        assert loss == pytest.approx(expected, rel=1e-4)
    for (name, weights), expected_weights in zip(
        ours.named_parameters(), theirs.parameters(), strict=True
    ):
        torch.testing.assert_close(weights, expected_weights, rtol=1e-3, atol=1e-4, msg=name)


@pytest.mark.parametrize("batch_size", [1, 10, 20, 37, 1000])
def test_the_first_gradients_agree_to_float32s_rounding(batch_size: int) -> None:
    # After one step Adam's means are a tenth of the gradients.
    (compiled, ours), (reference, _) = both(20, 30, 2, 12, batch_size)
    first = order()[:batch_size]

    assert compiled.learn(first) == pytest.approx(reference.learn(first), rel=1e-6)
    names = [name for name, _ in ours.named_parameters()]
    for name, mean, expected in zip(names, compiled.state(), reference.state(), strict=False):
        largest = float(expected.abs().max())
        torch.testing.assert_close(mean, expected, rtol=0, atol=3e-6 * largest, msg=name)


def test_one_that_goes_on_from_a_state_ends_bit_by_bit_as_one_that_never_stopped() -> None:
    (whole, module), _ = both()
    whole.learn(order(1))
    weights = {name: value.clone() for name, value in module.state_dict().items()}
    state = [each.clone() for each in whole.state()]
    whole.learn(order(2))

    (resumed, other), _ = both()
    other.load_state_dict(weights)
    resumed.set_state(state)
    resumed.learn(order(2))

    pairs = zip(module.parameters(), other.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_either_learner_goes_on_from_the_others_state() -> None:
    (compiled, ours), (reference, theirs) = both()
    reference.learn(order(1))
    ours.load_state_dict(theirs.state_dict())
    compiled.set_state(reference.state())

    assert compiled.learn(order(2)) == pytest.approx(reference.learn(order(2)), rel=1e-6)
    assert compiled.learn(order(3)) == pytest.approx(reference.learn(order(3)), rel=1e-5)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_price_that_is_no_number_gives_a_loss_that_is_none(value: float) -> None:
    x, y = windows(6, 1)
    y[3, 0] = value
    learner = LstmLearner(network(5, 7, 1), x, y, learning(10))

    loss = learner.learn(torch.arange(WINDOWS))

    assert not torch.isfinite(torch.tensor(loss))


def test_a_weight_that_is_no_number_gives_a_loss_that_is_none() -> None:
    (compiled, module), _ = both()
    with torch.no_grad():
        next(module.parameters())[2] = float("nan")

    assert compiled.learn(order()) != compiled.learn(order())  # NaN
