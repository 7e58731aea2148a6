"""The first weights of a trajectory, and its windows as tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_assets.data.windows import COLUMNS, Split, inputs, targets
from lstm_assets.errors import ModelFileError, WarmStartError
from lstm_assets.models import Network
from lstm_assets.training.model_file import load_model
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory

if TYPE_CHECKING:
    from torch import Tensor, nn


def initial_module(trajectory: Trajectory) -> nn.Module:
    """Return a trajectory's network with the weights it starts from, float32, on the CPU.

    Raises:
        WarmStartError: the weights of an earlier model could not be loaded.
    """
    if trajectory.warm_start is None:
        return drawn_module(trajectory)
    try:
        return load_model(trajectory.warm_start.path, trajectory.network).train()
    except ModelFileError as error:
        raise WarmStartError(f"the starting weights could not be loaded: {error}") from error


def drawn_module(trajectory: Trajectory) -> nn.Module:
    """Return a trajectory's network with the weights that its seed draws, float32, on the CPU."""
    return module_of_seed(trajectory.network, COLUMNS, trajectory.seed)


def module_of_seed(network: Network, columns: int, seed: int) -> nn.Module:
    """Return a network with this number of input columns and the weights that a seed draws.

    The weights are float32, on the CPU. The state of torch's own generator does not change.
    """
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return network.build(columns)


def training_windows(series: TrainingSeries, split: Split) -> tuple[Tensor, Tensor]:
    """Return the windows to train on, float32, in window units.

    Returns:
        Look-backs (W, size_sequence, C) and targets (W, horizon), oldest window first.
    """
    import torch

    origins = split.train_origins
    x = inputs(series.prices, origins, split.size_sequence)  # (W, L, C)
    y = targets(series.prices, origins, split.size_sequence, split.horizon)  # (W, horizon)
    return torch.from_numpy(x).float(), torch.from_numpy(y).float()
