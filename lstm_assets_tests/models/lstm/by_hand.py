"""Helper: the LSTM in plain numpy and float64, written from its equations."""

from collections.abc import Mapping

import numpy as np

Weights = Mapping[str, np.ndarray]


def forecast(weights: Weights, windows: np.ndarray) -> np.ndarray:
    """Forecasts (W, horizon) for windows (W, L), by the weights of a model file."""
    steps = _layer(weights, "input", windows[..., None].astype(np.float64))
    steps = _layer(weights, "hidden", steps)
    return steps[:, -1] @ _of(weights, "output.weight").T + _of(weights, "output.bias")


def _layer(weights: Weights, name: str, x: np.ndarray) -> np.ndarray:
    """(W, L, in) -> (W, L, units), gates in torch's order: input, forget, cell, output."""
    into = _of(weights, f"{name}.weight_ih_l0")
    back = _of(weights, f"{name}.weight_hh_l0")
    bias = _of(weights, f"{name}.bias_ih_l0") + _of(weights, f"{name}.bias_hh_l0")
    hidden = cell = np.zeros((len(x), back.shape[1]))
    steps = []
    for step in range(x.shape[1]):
        gates = np.split(x[:, step] @ into.T + hidden @ back.T + bias, 4, axis=1)
        admit, forget, output = (_sigmoid(gates[index]) for index in (0, 1, 3))
        cell = forget * cell + admit * np.tanh(gates[2])
        hidden = output * np.tanh(cell)
        steps.append(hidden)
    return np.stack(steps, axis=1)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _of(weights: Weights, name: str) -> np.ndarray:
    return np.asarray(weights[name], dtype=np.float64)
