"""Networks of one shape trained in lockstep: each step of all of them is one step of the device.

Nothing is read back within a run of steps. On CUDA a step is captured once and replayed.

Axes: P networks, S steps, B windows of a step, W windows in all, L bars, C input columns.
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

STEPS = 128  # at most, in a run of steps


class Lockstep:
    """P networks on a device."""

    def __init__(
        self,
        network: Network,
        states: Sequence[State],
        settings: Sequence[LearnerSettings],
        windows: tuple[Tensor, Tensor],
        batch_size: int,
        device: str,
    ) -> None:
        """Go on from these states.

        Args:
            network: what they all are.
            states: one a network.
            settings: how each learns, one a network.
            windows: look-backs (W, L, C) and targets (W, horizon).
            batch_size: B, the most windows that a step has for one network.
            device: a torch device.
        """
        torch.set_float32_matmul_precision("highest")  # no TF32: the CPU's losses are wanted
        self._forecast = network.stacked(columns=windows[0].shape[-1])
        self._x, self._y = (each.to(device) for each in windows)
        self._weights = {
            name: torch.stack([state.weights[name] for state in states]).to(device)
            for name in states[0].weights
        }
        self._optimizer = stacked_optimizer_for(list(self._weights.values()), settings)
        for index, state in enumerate(states):
            self._optimizer.set_state(index, state.optimizer)
        networks = len(states)
        self._places = torch.arange(batch_size, device=device)
        self._batches = self._places.new_zeros(STEPS, networks, batch_size)
        self._sizes = self._places.new_zeros(STEPS, networks)
        self._losses = torch.zeros(STEPS, networks, device=device)
        self._at = self._places.new_zeros(1)  # which step comes next
        # All sizes are 0 as yet: the steps that the capture takes move no network.
        self._advance = captured(self._step) if self._at.is_cuda else self._step

    def run(self, batches: Tensor, sizes: Tensor) -> Tensor:
        """Take up to STEPS steps.

        Args:
            batches: indices of each step's windows, int64, shape (S, P, B).
            sizes: how many of the B count, int64, shape (S, P); at 0 a network stands still.

        Returns:
            The loss of each step's batches, float32, shape (S, P), on the CPU.
        """
        steps = len(batches)
        self._batches[:steps].copy_(batches)
        self._sizes[:steps].copy_(sizes)
        self._at.zero_()
        for _ in range(steps):
            self._advance()
        return self._losses[:steps].to("cpu", copy=True)

    def state(self, index: int) -> State:
        """Return one network as it is now."""
        weights = {name: each[index].to("cpu", copy=True) for name, each in self._weights.items()}
        return State(weights, self._optimizer.state(index))

    def _step(self) -> None:
        batches = self._batches.index_select(0, self._at)[0]  # (P, B)
        sizes = self._sizes.index_select(0, self._at)[0]  # (P,)
        losses, gradients = self._gradients(batches, sizes)
        self._optimizer.step(gradients, active=sizes > 0)
        self._losses.index_copy_(0, self._at, losses[None])
        self._at += 1

    def _gradients(self, batches: Tensor, sizes: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return each network's loss (P,), and the gradients by its weights, each (P, ...)."""
        weights = {name: each.detach().requires_grad_() for name, each in self._weights.items()}
        x, y = self._x[batches], self._y[batches]  # (P, B, L, C), (P, B, horizon)
        counted = self._places < sizes[:, None]  # (P, B)
        losses = stacked_batch_losses(self._forecast(weights, x), y, counted, sizes)
        # Nothing of one network is in another's loss, so their sum has each one's own gradients.
        # On this thread: what is set for the compiler holds for the thread that set it.
        with torch.autograd.set_multithreading_enabled(False):
            gradients = torch.autograd.grad(losses.sum(), list(weights.values()))
        return losses.detach(), gradients
