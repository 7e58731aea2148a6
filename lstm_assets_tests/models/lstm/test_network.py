import numpy as np
import pytest
import torch

from lstm_assets.models import MODELS
from lstm_assets.models.lstm import Lstm
from lstm_assets.models.lstm.compiled.learner import LstmLearner
from lstm_assets.optim.learner import TorchLearner
from lstm_assets.optim.settings import LearnerSettings
from lstm_assets_tests.models.lstm.by_hand import forecast


def parameters(network: Lstm) -> int:
    return sum(each.numel() for each in network.build(columns=1).parameters())


def test_the_lstm_is_known_by_its_name() -> None:
    assert MODELS["lstm"] is Lstm


def test_an_lstm_has_four_gates_a_layer_with_two_biases_each_and_a_linear_head() -> None:
    network = Lstm(size_unit_input=2, size_unit_hidden=3, size_unit_output=1)

    first = 4 * (2 * 1 + 2 * 2 + 2 + 2)  # 40
    second = 4 * (3 * 2 + 3 * 3 + 3 + 3)  # 84
    assert parameters(network) == first + second + (3 + 1) == 128


def test_the_reference_lstm_has_40361_parameters() -> None:
    network = Lstm(size_unit_input=50, size_unit_hidden=64, size_unit_output=1)

    first = 4 * 50 * (1 + 50 + 2)  # 10,600
    second = 4 * 64 * (50 + 64 + 2)  # 29,696
    assert parameters(network) == first + second + 65 == 40_361


@pytest.mark.parametrize("horizon", [1, 3])
def test_an_lstm_computes_the_equations_of_its_layers(horizon: int) -> None:
    torch.manual_seed(1)
    network = Lstm(size_unit_input=4, size_unit_hidden=3, size_unit_output=horizon)
    module = network.build(columns=1).double().eval()
    windows = np.random.default_rng(1).normal(size=(20, 7))

    with torch.no_grad():
        forecasts = module(torch.from_numpy(windows)[..., None]).numpy()

    by_hand = forecast({k: v.numpy() for k, v in module.state_dict().items()}, windows)
    assert forecasts.shape == (20, horizon) == (20, network.horizon)
    assert np.abs(forecasts - by_hand).max() < 1e-12


def test_the_same_seed_draws_the_same_weights() -> None:
    network = Lstm(size_unit_input=2, size_unit_hidden=2, size_unit_output=1)

    def drawn(seed: int) -> list[float]:
        torch.manual_seed(seed)
        return torch.cat(
            [each.flatten() for each in network.build(columns=1).parameters()]
        ).tolist()

    assert drawn(1) == drawn(1) != drawn(2)


def test_products_count_the_multiply_adds_of_a_forward_pass() -> None:
    network = Lstm(size_unit_input=2, size_unit_hidden=3, size_unit_output=1)

    first = 4 * (2 * 1 + 2 * 2)  # 24 a step
    second = 4 * (3 * 2 + 3 * 3)  # 60 a step
    assert network.products(size_sequence=5, columns=1) == 5 * (first + second) + 3 == 423


def test_products_count_each_input_column() -> None:
    network = Lstm(size_unit_input=2, size_unit_hidden=3, size_unit_output=1)

    more = network.products(5, columns=3) - network.products(5, columns=1)

    assert more == 5 * 4 * 2 * (3 - 1)


@pytest.mark.parametrize(("columns", "kind"), [(1, LstmLearner), (2, TorchLearner)])
def test_compiled_steps_train_one_column_and_torch_trains_more(columns: int, kind: type) -> None:
    torch.manual_seed(1)
    network = Lstm(size_unit_input=4, size_unit_hidden=4, size_unit_output=1)
    x = torch.randn(40, 6, columns)
    y = x[:, -1].sum(1, keepdim=True)  # of every column
    settings = LearnerSettings(epoch=100, batch_size=10, learning_rate=0.02)
    learner = network.learner(network.build(columns), x, y, settings)

    losses = [learner.learn(torch.arange(40)) for _ in range(settings.epoch)]

    assert type(learner) is kind
    assert losses[-1] < losses[0] / 20
