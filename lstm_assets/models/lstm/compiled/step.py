"""Training steps of two stacked LSTM layers and a linear head, compiled as one function.

Axes: L time steps, B windows at once, U units of the first layer, H of the second, K outputs.
"""

from typing import Any, NamedTuple

from lstm_assets.models.lstm.compiled.blas import add_transposed_product, address, multiply
from lstm_assets.models.lstm.compiled.compiling import compile_cached, source_digest
from lstm_assets.models.lstm.compiled.elementwise import ZERO, F, adam, copy, fill, loops, transpose
from lstm_assets.models.lstm.compiled.layer import (
    Floats,
    Layer,
    add_weight_gradients,
    backward,
    forward,
    set_weights,
)


class Parameters(NamedTuple):
    """The network's parameters, or one array per parameter: flat, in torch's layout and order."""

    input_weights: Floats  # (4 * U); one price per step
    input_recurrent: Floats  # (4 * U * U)
    input_bias: Floats  # (4 * U)
    input_other_bias: Floats  # (4 * U)
    hidden_weights: Floats  # (4 * H * U)
    hidden_recurrent: Floats  # (4 * H * H)
    hidden_bias: Floats  # (4 * H)
    hidden_other_bias: Floats  # (4 * H)
    output_weights: Floats  # (K * H)
    output_bias: Floats  # (K)


class Workspace(NamedTuple):
    """The arrays that a step needs in addition to the parameters."""

    prices: Floats  # (L * B), the time step is the first axis
    first: Layer
    second: Layer
    transposed: Floats  # (4 * U * H), hidden_weights of each gate


@loops
def _forward(call, work, values, L, B, U, H):
    """Run both layers over `work.prices`."""
    first, second = work.first, work.second
    set_weights(first, values.input_recurrent, values.input_bias, values.input_other_bias, B, U)
    for gate in range(4):
        inputs = first.gates[gate]
        weights = values.input_weights[gate * U : (gate + 1) * U]
        for row in range(L * B):
            price = work.prices[row]
            for unit in range(U):
                inputs[row * U + unit] = price * weights[unit]
    forward(call, first, L, B, U)

    set_weights(second, values.hidden_recurrent, values.hidden_bias, values.hidden_other_bias, B, H)
    transpose(values.hidden_weights, H, U, work.transposed)
    for gate in range(4):
        multiply(
            call, L * B, H, U, address(first.outputs, B * U), U,
            address(work.transposed, gate * U * H), H, 0, address(second.gates[gate], 0), H,
        )  # fmt: skip
    forward(call, second, L, B, H)


@loops
def _head(work, values, gradients, y, windows, batch, L, B, H):
    """Start the backward pass, and return the sum of the windows' mean squared errors.

    The loss is the mean over all `batch` windows of the step; these B windows are a part of them.
    """
    K = y.shape[1]
    outputs = work.second.outputs[L * B * H :]
    output_gradients = work.second.output_gradients[(L - 1) * B * H :]
    fill(work.second.output_gradients[: L * B * H], ZERO)  # only the last step's output is used
    total = 0.0
    for window in range(B):
        output = outputs[window * H : (window + 1) * H]
        output_gradient = output_gradients[window * H : (window + 1) * H]
        for k in range(K):
            weights = values.output_weights[k * H : (k + 1) * H]
            weight_gradients = gradients.output_weights[k * H : (k + 1) * H]
            forecast = values.output_bias[k]
            for unit in range(H):
                forecast += output[unit] * weights[unit]
            error = forecast - y[windows[window], k]
            total += error * error / F(K)  # may be infinite: then the cell has diverged
            slope = F(2 / (batch * K)) * error
            gradients.output_bias[k] += slope
            for unit in range(H):
                output_gradient[unit] += slope * weights[unit]
            for unit in range(H):
                weight_gradients[unit] += slope * output[unit]
    return total


@loops
def _backward(call, work, values, gradients, L, B, U, H):
    """Add the gradients of both layers' parameters, except for the second bias of each layer."""
    first, second = work.first, work.second
    backward(call, second, values.hidden_recurrent, L, B, H)
    add_weight_gradients(
        call, second, gradients.hidden_recurrent, gradients.hidden_bias, L, B, H
    )  # fmt: skip
    below = address(first.outputs, B * U)
    for gate in range(4):
        above = address(second.gates[gate], 0)
        add_transposed_product(
            call, H, U, L * B, above, H, below, U,
            address(gradients.hidden_weights, gate * H * U), U,
        )  # fmt: skip
        multiply(
            call, L * B, U, H, above, H, address(values.hidden_weights, gate * H * U), U,
            min(gate, 1), address(first.output_gradients, 0), U,
        )  # fmt: skip

    backward(call, first, values.input_recurrent, L, B, U)
    add_weight_gradients(call, first, gradients.input_recurrent, gradients.input_bias, L, B, U)
    for gate in range(4):
        inputs = first.gates[gate]
        weights = gradients.input_weights[gate * U : (gate + 1) * U]
        for row in range(L * B):
            price = work.prices[row]
            for unit in range(U):
                weights[unit] += price * inputs[row * U + unit]


@loops
def _learn(call, work, values, gradients, means, squares, x, y, windows, plan, learning_rate, step):
    """Take one Adam step for each batch.

    Args:
        call: the arrays of a blas.Call.
        work: arrays for up to plan[1] windows.
        values: the parameters, changed in place.
        gradients: gradients of the parameters, overwritten.
        means: Adam's means of the gradients, changed in place.
        squares: Adam's means of the squared gradients, changed in place.
        x: all windows, shape (W, L).
        y: targets of the windows, shape (W, K).
        windows: indices of the windows to train on, in order.
        plan: number of windows per step, and number of windows at once.
        learning_rate: Adam's learning rate.
        step: number of Adam steps taken before.

    Returns:
        Sum of the windows' mean squared errors.
    """
    L = x.shape[1]
    U, H = len(values.input_bias) // 4, len(values.hidden_bias) // 4
    batch_size, at_once = plan
    total = 0.0
    for start in range(0, len(windows), batch_size):
        batch = windows[start : start + batch_size]
        for gradient in gradients:
            fill(gradient, ZERO)
        for begin in range(0, len(batch), at_once):
            part = batch[begin : begin + at_once]
            B = len(part)
            for window in range(B):
                for t in range(L):
                    work.prices[t * B + window] = x[part[window], t]
            _forward(call, work, values, L, B, U, H)
            total += _head(work, values, gradients, y, part, len(batch), L, B, H)
            _backward(call, work, values, gradients, L, B, U, H)
        copy(gradients.input_bias, gradients.input_other_bias)
        copy(gradients.hidden_bias, gradients.hidden_other_bias)
        step += 1
        for k in range(len(values)):
            adam(values[k], gradients[k], means[k], squares[k], learning_rate, step)
    return total


def _compiled(digest: str) -> Any:
    """Return `_learn` compiled; its cached code is used only for sources with this digest."""

    def learn(*arguments: Any) -> Any:
        return _learn(*arguments) if digest else None

    return compile_cached(learn)


learn = _compiled(source_digest())
