"""A learner that trains two stacked LSTM layers with compiled steps."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
import torch
from threadpoolctl import ThreadpoolController

from lstm_assets.models.lstm.compiled.blas import Call
from lstm_assets.models.lstm.compiled.layer import Floats, Layer
from lstm_assets.models.lstm.compiled.step import Parameters, Workspace, learn
from lstm_assets.optim.learner import Learner

if TYPE_CHECKING:
    from torch import Tensor, nn

    from lstm_assets.optim.settings import LearnerSettings

VALUES_AT_ONCE = 1280  # windows times units: one layer's gates then fit into the second-level cache
FEWEST_WINDOWS = 16  # at once, for any number of units: matrix products are slow for few rows


class LstmLearner(Learner):
    """Does the same as a TorchLearner with the same network, except for float32 rounding."""

    def __init__(self, module: nn.Module, x: Tensor, y: Tensor, settings: LearnerSettings) -> None:
        """Create a learner; see TorchLearner. `module` is an Lstm's with one input column."""
        self._x = np.ascontiguousarray(x.numpy()[..., 0])  # (W, L)
        self._y = np.ascontiguousarray(y.numpy())  # (W, K)
        self._batch_size = settings.batch_size
        self._learning_rate = settings.learning_rate
        self._shapes = [parameter.shape for parameter in module.parameters()]
        self._values = Parameters(*(_flat(parameter) for parameter in module.parameters()))
        self._gradients, self._means, self._squares = (
            Parameters(*map(np.zeros_like, self._values)) for _ in range(3)
        )
        self._steps = 0
        self._call = Call()
        U, H = len(self._values.input_bias) // 4, len(self._values.hidden_bias) // 4
        largest = min(self._batch_size, len(self._x))
        self._at_once = _windows_at_once(largest, max(U, H))
        self._work = _workspace(self._x.shape[1], self._at_once, U, H)

    def learn(self, windows: Tensor) -> float:
        """Take one optimizer step for each batch; see Learner."""
        with _libraries().limit(limits=1, user_api="blas"):
            total: float = learn(
                self._call.arrays,
                self._work,
                self._values,
                self._gradients,
                self._means,
                self._squares,
                self._x,
                self._y,
                windows.numpy(),
                (self._batch_size, self._at_once),
                self._learning_rate,
                self._steps,
            )
        self._steps += -(-len(windows) // self._batch_size)
        return total

    def state(self) -> list[Tensor]:
        """Return everything the next step depends on, except the weights; see Learner."""
        steps = [torch.tensor(float(self._steps)) for _ in self._shapes]
        return [*self._shaped(self._means), *self._shaped(self._squares), *steps]

    def set_state(self, state: list[Tensor]) -> None:
        """Set the state to one that any learner of this network returned; see Learner."""
        for tensor, new in zip(self.state(), state, strict=True):
            tensor.copy_(new)  # the tensors of means and squares share the arrays' memory
        self._steps = int(state[-1])

    def _shaped(self, arrays: Parameters) -> list[Tensor]:
        pairs = zip(arrays, self._shapes, strict=True)
        return [torch.from_numpy(array).reshape(shape) for array, shape in pairs]


@functools.cache
def _libraries() -> ThreadpoolController:
    """Return a controller of the threads of all loaded libraries; cached, as it takes a while."""
    return ThreadpoolController()


def _flat(parameter: nn.Parameter) -> Floats:
    """Return a flat view of a parameter's values, not a copy."""
    values: Floats = parameter.detach().numpy().reshape(-1)
    return values


def _windows_at_once(batch: int, units: int) -> int:
    """Return how many windows of a batch to run at once: equal parts, as few as possible."""
    most = max(FEWEST_WINDOWS, VALUES_AT_ONCE // units)
    parts = -(-batch // most)
    return -(-batch // parts)


def _workspace(L: int, B: int, U: int, H: int) -> Workspace:
    return Workspace(
        prices=np.zeros(L * B, np.float32),
        first=Layer.of(L, B, U),
        second=Layer.of(L, B, H),
        transposed=np.zeros(4 * U * H, np.float32),
    )
