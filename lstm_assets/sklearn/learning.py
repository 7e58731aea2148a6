"""Train a network on arrays and forecast with its weights, in the same way as a cell."""

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

Weights: TypeAlias = dict[str, NDArray[Any]]  # by parameter name

WINDOWS_AT_ONCE = 4096  # for forecasts: a layer keeps the gates of all of them

_lock = threading.Lock()


def learn(
    network: Network, settings: LearnerSettings, seed: int, x: Floats, y: Floats
) -> tuple[Weights, list[float]]:
    """Train a network from the weights that a seed draws; see one_by_one.train.

    Args:
        network: the network to train.
        settings: how to train it.
        seed: draws the first weights and the order of the windows in each epoch.
        x: scaled windows, shape (n, L, C).
        y: scaled targets, shape (n, network.horizon).

    Returns:
        The weights after the last epoch, and the mean loss of each epoch in scaled units squared.

    Raises:
        ValueError: a loss or a weight was not finite.
    """
    import torch

    tensors = torch.from_numpy(x).float(), torch.from_numpy(y).float()
    losses: list[float] = []
    with _locked_on_one_thread():
        module = module_of_seed(network, x.shape[-1], seed)
        learner = network.learner(module, *tensors, settings)
        order = torch.Generator().manual_seed(seed)
        for _ in range(settings.epoch):
            losses.append(train_epoch(learner, len(x), settings.batch_size, order))
            _refuse_divergence(losses[-1], losses, settings.epoch)
    weights = {name: tensor.numpy().copy() for name, tensor in module.state_dict().items()}
    for array in weights.values():
        _refuse_divergence(array, losses, settings.epoch)
    return weights, losses


def forecast(network: Network, weights: Weights, x: Floats) -> Floats:
    """Return the forecasts for scaled windows (n, L, C), float64, shape (n, network.horizon)."""
    import torch

    with _locked_on_one_thread():
        module = module_of_seed(network, x.shape[-1], seed=0)
        module.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
        predict = predictor(module)
        starts = range(0, len(x), WINDOWS_AT_ONCE)
        return np.concatenate([predict(x[start : start + WINDOWS_AT_ONCE]) for start in starts])


@contextmanager
def _locked_on_one_thread() -> Iterator[None]:
    """Let one thread at a time run this block: all share torch's generator and thread count."""
    with _lock, one_thread():
        yield


def _refuse_divergence(values: float | NDArray[Any], losses: list[float], epochs: int) -> None:
    """Raise ValueError if a value is not finite; `losses` are those of the epochs so far."""
    if not np.isfinite(values).all():
        raise ValueError(
            f"training diverged in epoch {len(losses)} of {epochs}, with a loss of "
            f"{losses[-1]:g}. Lower learning_rate."
        )
