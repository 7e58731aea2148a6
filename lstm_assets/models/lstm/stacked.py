"""Many LSTMs of one shape at once: a time step of all of them is one batched product.

torch.nn.LSTM has no axis for networks and torch.vmap cannot add one. So this module contains its
own LSTM layer with its own backward pass. The backward pass loops over the time steps only where
it must: the gradients of the weights are one product over all steps.

Axes: P networks, B windows, L bars, I inputs and H units of a layer. The four gates are in torch's
order: input, forget, candidate, output.

Source: Hochreiter & Schmidhuber (1997), doi:10.1162/neco.1997.9.8.1735, in the form of
torch.nn.LSTM.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lstm_assets.optim.fused import fused

WEIGHTS = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")  # torch.nn.LSTM's names


class Step(NamedTuple):
    """What the backward pass needs from one time step, each (P, B, H)."""

    input: Tensor
    forget: Tensor
    candidate: Tensor
    output: Tensor
    cell: Tensor


def forecast(weights: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """Return the forecasts of P networks, each for its own windows.

    Args:
        weights: the weights by their names in a network's state_dict, each with a first axis of P.
        x: windows, shape (P, B, L, C), with any number of columns C.

    Returns:
        Forecasts of shape (P, B, horizon), differentiable with respect to the weights.
    """
    x = x.transpose(1, 2).contiguous()  # (P, L, B, C): a time step is contiguous in memory
    for layer in ("input", "hidden"):
        named = [weights[f"{layer}.{name}"] for name in WEIGHTS]
        x = StackedLayer.apply(x, *named)  # type: ignore[no-untyped-call]  # (P, L, B, H)
    head, bias = weights["output.weight"], weights["output.bias"]
    return torch.baddbmm(bias[:, None], x[:, -1], head.mT)  # (P, B, horizon)


class StackedLayer(torch.autograd.Function):
    """P LSTM layers: they map inputs (P, L, B, I) and weights (P, ...) to states (P, L, B, H)."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, from_input: Tensor, from_state: Tensor, bias_i: Tensor, bias_s: Tensor
    ) -> Tensor:
        """Return the state after every step; the first state and cell are zero."""
        cell_forward = fused(_cell_forward, x.device)
        networks, length, windows, _ = x.shape
        bias = (bias_i + bias_s)[:, None]  # (P, 1, 4H)
        gates = torch.baddbmm(bias, x.flatten(1, 2), from_input.mT)  # (P, L * B, 4H)
        gates = gates.view(networks, length, windows, -1)
        state = cell = x.new_zeros(networks, windows, from_state.shape[2])
        steps: list[Step] = []
        states: list[Tensor] = []
        for time in range(length):
            recurrent = torch.bmm(state, from_state.mT)  # (P, B, 4H)
            step, state = cell_forward(gates[:, time], recurrent, cell)
            cell = step.cell
            steps.append(step)
            states.append(state)
        all_states = torch.stack(states, dim=1)
        saved = [tensor for step in steps for tensor in step]
        ctx.save_for_backward(x, from_input, from_state, all_states, *saved)
        return all_states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_states: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of the arguments of `forward`, in the same order."""
        x, from_input, from_state, states, *saved = ctx.saved_tensors
        size = len(Step._fields)
        steps = [Step(*saved[start : start + size]) for start in range(0, len(saved), size)]
        d_gates = _through_time(d_states, from_state, steps).flatten(1, 2)  # (P, L * B, 4H)
        before = torch.cat([torch.zeros_like(states[:, :1]), states[:, :-1]], dim=1)
        d_bias = d_gates.sum(1)
        d_x = torch.bmm(d_gates, from_input).view_as(x) if ctx.needs_input_grad[0] else None
        return (
            d_x,
            torch.bmm(d_gates.mT, x.flatten(1, 2)),
            torch.bmm(d_gates.mT, before.flatten(1, 2)),
            d_bias,
            d_bias,
        )


def _through_time(d_states: Tensor, from_state: Tensor, steps: list[Step]) -> Tensor:
    """Return the gradients of the gates before their activation, (P, L, B, 4H)."""
    cell_backward = fused(_cell_backward, d_states.device)
    start = later = d_cell = torch.zeros_like(steps[0].cell)
    d_gates: list[Tensor] = []
    for time in reversed(range(len(steps))):
        before = steps[time - 1].cell if time else start
        d_gate, d_cell = cell_backward(d_states[:, time], later, d_cell, *steps[time], before)
        later = torch.bmm(d_gate, from_state)  # (P, B, H)
        d_gates.append(d_gate)
    return torch.stack(d_gates[::-1], dim=1)


def _cell_forward(from_input: Tensor, from_state: Tensor, cell: Tensor) -> tuple[Step, Tensor]:
    """Return the step, and the state after it, shape (P, B, H).

    Args:
        from_input: what this step's input adds to the gates, shape (P, B, 4H).
        from_state: what the previous state adds to the gates, shape (P, B, 4H).
        cell: the previous cell, shape (P, B, H).
    """
    networks, windows, units = cell.shape
    gates = (from_input + from_state).view(networks, windows, 4, units).unbind(2)
    admit, forget, output = gates[0].sigmoid(), gates[1].sigmoid(), gates[3].sigmoid()
    candidate = gates[2].tanh()
    cell = forget * cell + admit * candidate
    return Step(admit, forget, candidate, output, cell), output * cell.tanh()


def _cell_backward(
    d_state: Tensor,
    d_state_later: Tensor,
    d_cell: Tensor,
    admit: Tensor,
    forget: Tensor,
    candidate: Tensor,
    output: Tensor,
    cell: Tensor,
    before: Tensor,
) -> tuple[Tensor, Tensor]:
    """Return the gradients of the gates before activation, (P, B, 4H), and of the previous cell.

    All arguments and the second result have the shape (P, B, H).

    Args:
        d_state: gradient of this step's state, from the layer above.
        d_state_later: gradient of this step's state, through the next step.
        d_cell: gradient of this step's cell, through the next step.
        admit: the input gate.
        forget: the forget gate.
        candidate: the candidate gate.
        output: the output gate.
        cell: this step's cell.
        before: the previous cell.
    """
    d_state = d_state + d_state_later
    squashed = cell.tanh()
    d_cell = d_cell + d_state * output * (1 - squashed * squashed)
    d_gates = [
        d_cell * candidate * admit * (1 - admit),
        d_cell * before * forget * (1 - forget),
        d_cell * admit * (1 - candidate * candidate),
        d_state * squashed * output * (1 - output),
    ]
    return torch.cat(d_gates, dim=-1), d_cell * forget
