"""Train networks of one shape in lockstep: the device takes each step for all of them at once.

Within a sequence of steps, nothing is copied to the host. On CUDA, a step is captured once and then
replayed.

Axes: P networks, S steps, B windows per step, W windows in total, L bars, C input columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lstm_assets.models import Network
from lstm_assets.optim.loss import stacked_batch_losses
from lstm_assets.optim.optimizers import stacked_optimizer_for
from lstm_assets.optim.settings import LearnerSettings
from lstm_assets.training.engines.cuda_graph import captured
from lstm_assets.training.engines.state import State

STEPS = 128  # at most, in a sequence of steps


class Lockstep:
    """P networks that are trained on one device."""

    def __init__(
        self,
        network: Network,
        states: Sequence[State],
        settings: Sequence[LearnerSettings],
        windows: tuple[Tensor, Tensor],
        batch_size: int,
        device: str,
    ) -> None:
        """Continue from these states.

        Args:
            network: the settings of all P networks.
            states: one per network.
            settings: how each network is trained, one per network.
            windows: look-backs (W, L, C) and targets (W, horizon).
            batch_size: B, the largest number of windows of one network in a step.
            device: torch's name of the device.
        """
        torch.set_float32_matmul_precision("highest")  # no TF32: losses must match the CPU's
        self._forecast = network.stacked(columns=windows[0].shape[-1])
        self._x, self._y = (tensor.to(device) for tensor in windows)
        self._weights = {
            name: torch.stack([state.weights[name] for state in states]).to(device)
            for name in states[0].weights
        }
        self._optimizer = stacked_optimizer_for(list(self._weights.values()), settings)
        for index, state in enumerate(states):
            self._optimizer.set_state(index, state.optimizer)
        networks = len(states)
        self._positions = torch.arange(batch_size, device=device)
        self._batches = self._positions.new_zeros(STEPS, networks, batch_size)
        self._sizes = self._positions.new_zeros(STEPS, networks)
        self._losses = torch.zeros(STEPS, networks, device=device)
        self._step_index = self._positions.new_zeros(1)  # index of the next step
        # All sizes are still 0, so the steps during the capture change no network.
        self._advance = captured(self._step) if self._step_index.is_cuda else self._step

    def run(self, batches: Tensor, sizes: Tensor) -> Tensor:
        """Take up to STEPS steps.

        Args:
            batches: indices of the windows of each step, int64, shape (S, P, B).
            sizes: how many of the B windows are used, int64, shape (S, P); if 0, the network does
                not change.

        Returns:
            The loss of each batch, float32, shape (S, P), on the CPU.
        """
        steps = len(batches)
        self._batches[:steps].copy_(batches)
        self._sizes[:steps].copy_(sizes)
        self._step_index.zero_()
        for _ in range(steps):
            self._advance()
        return self._losses[:steps].to("cpu", copy=True)

    def state(self, index: int) -> State:
        """Return the current state of one network."""
        weights = {name: stack[index].to("cpu", copy=True) for name, stack in self._weights.items()}
        return State(weights, self._optimizer.state(index))

    def _step(self) -> None:
        batches = self._batches.index_select(0, self._step_index)[0]  # (P, B)
        sizes = self._sizes.index_select(0, self._step_index)[0]  # (P,)
        losses, gradients = self._gradients(batches, sizes)
        self._optimizer.step(gradients, active=sizes > 0)
        self._losses.index_copy_(0, self._step_index, losses[None])
        self._step_index += 1

    def _gradients(self, batches: Tensor, sizes: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return the loss of each network (P,), and the gradients of the weights, each (P, ...)."""
        weights = {name: stack.detach().requires_grad_() for name, stack in self._weights.items()}
        x, y = self._x[batches], self._y[batches]  # (P, B, L, C), (P, B, horizon)
        counted = self._positions < sizes[:, None]  # (P, B)
        losses = stacked_batch_losses(self._forecast(weights, x), y, counted, sizes)
        # A network's loss depends on its own weights only, so the gradients of the losses' sum are
        # those of each loss. On this thread, because the compiler's settings are per thread.
        with torch.autograd.set_multithreading_enabled(False):
            gradients = torch.autograd.grad(losses.sum(), list(weights.values()))
        return losses.detach(), gradients
