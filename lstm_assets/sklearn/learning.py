"""Trains a network on arrays, and forecasts with its weights, as the platform does with cells."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_assets.data.windows import Floats
from lstm_assets.models import Network
from lstm_assets.optim.settings import LearnerSettings
from lstm_assets.training.engines.one_by_one import train_epoch
from lstm_assets.training.engines.scoring import predictor
from lstm_assets.training.engines.tensors import module_of_seed
from lstm_assets.training.engines.threads import one_thread

Weights: TypeAlias = dict[str, NDArray[Any]]  # by the names of the network's parameters

WINDOWS_AT_ONCE = 4096  # to forecast: a layer keeps all their gates

_turn = threading.Lock()


def learn(
    network: Network, settings: LearnerSettings, seed: int, x: Floats, y: Floats
) -> tuple[Weights, list[float]]:
    """Train a network from the weights that a seed draws; see one_by_one.train.

    Args:
        network: what to train.
        settings: how.
        seed: draws the first weights and the order of the windows in each epoch.
        x: scaled windows, shape (n, L, C).
        y: their scaled targets, shape (n, network.horizon).

    Returns:
        The weights after the last epoch, and the mean loss of each epoch in scaled units squared.

    Raises:
        ValueError: a loss or a weight was not finite.
    """
    import torch

    tensors = torch.from_numpy(x).float(), torch.from_numpy(y).float()
    losses: list[float] = []
    with _turn_on_one_thread():
        module = module_of_seed(network, x.shape[-1], seed)
        learner = network.learner(module, *tensors, settings)
        order = torch.Generator().manual_seed(seed)
        for _ in range(settings.epoch):
            losses.append(train_epoch(learner, len(x), settings.batch_size, order))
            _refuse_divergence(losses[-1], losses, settings.epoch)
    weights = {name: each.numpy().copy() for name, each in module.state_dict().items()}
    for each in weights.values():
        _refuse_divergence(each, losses, settings.epoch)
    return weights, losses


def forecast(network: Network, weights: Weights, x: Floats) -> Floats:
    """Forecast scaled windows (n, L, C), in float64, shape (n, network.horizon)."""
    import torch

    with _turn_on_one_thread():
        module = module_of_seed(network, x.shape[-1], seed=0)
        module.load_state_dict({name: torch.tensor(each) for name, each in weights.items()})
        predict = predictor(module)
        parts = range(0, len(x), WINDOWS_AT_ONCE)
        return np.concatenate([predict(x[at : at + WINDOWS_AT_ONCE]) for at in parts])


@contextmanager
def _turn_on_one_thread() -> Iterator[None]:
    """Let the threads of a process take turns: torch's generator and thread count are shared."""
    with _turn, one_thread():
        yield


def _refuse_divergence(values: float | NDArray[Any], losses: list[float], epochs: int) -> None:
    if not np.isfinite(values).all():
        raise ValueError(
            f"training diverged in epoch {len(losses)} of {epochs}, with a loss of "
            f"{losses[-1]:g}. Lower learning_rate."
        )
