"""One LSTM layer, forward and backward through time, compiled.

Axes: L time steps, B windows, U units, and four gates i, f, g, o in torch's order. Arrays are flat
and float32. The values of each gate are contiguous, as (L, B, U). So the matrix products and loops
of a step read contiguous memory, B * U values at a time, for any U.

Source: Hochreiter & Schmidhuber (1997), doi:10.1162/neco.1997.9.8.1735, with the forget gate of
Gers et al. (2000), doi:10.1162/089976600300015015.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstm_assets.models.lstm.compiled.blas import add_transposed_product, address, multiply
from lstm_assets.models.lstm.compiled.elementwise import (
    ONE,
    ZERO,
    add_column_sums,
    fill,
    loops,
    sigmoid,
    tanh,
    transpose,
)

Floats = NDArray[np.float32]


class Layer(NamedTuple):
    """What a layer keeps from its forward to its backward pass, for up to B windows."""

    gates: Floats  # (4, L * B * U); pre-activations, then activations, then their gradients
    cells: Floats  # ((L + 1) * B * U); the first is the cell before step 1, which is zero
    squashed: Floats  # (L * B * U), tanh of the cells
    outputs: Floats  # ((L + 1) * B * U), like cells; the first is never read
    output_gradients: Floats  # (L * B * U)
    cell_gradients: Floats  # (B * U)
    biases: Floats  # (4 * B * U), the biases of each gate, repeated for each window
    transposed: Floats  # (4 * U * U), recurrent weights of each gate

    @classmethod
    def of(cls, steps: int, windows: int, units: int) -> "Layer":
        """Return a layer with arrays of zeros."""
        values = windows * units
        return cls(
            gates=np.zeros((4, steps * values), np.float32),
            cells=np.zeros((steps + 1) * values, np.float32),
            squashed=np.zeros(steps * values, np.float32),
            outputs=np.zeros((steps + 1) * values, np.float32),
            output_gradients=np.zeros(steps * values, np.float32),
            cell_gradients=np.zeros(values, np.float32),
            biases=np.zeros(4 * values, np.float32),
            transposed=np.zeros(4 * units * units, np.float32),
        )


@loops
def set_weights(layer, recurrent, bias, other_bias, B, U):
    """Prepare a layer for a forward pass with these weights, which are in torch's layout."""
    transpose(recurrent, U, U, layer.transposed)
    for gate in range(4):
        for window in range(B):
            for unit in range(U):
                k = gate * U + unit
                layer.biases[(gate * B + window) * U + unit] = bias[k] + other_bias[k]


@loops
def _activate(i, f, g, o, biases, before, cells, squashed, outputs):
    n = len(outputs)
    for k in range(n):
        opened = sigmoid(i[k] + biases[k])
        kept = sigmoid(f[k] + biases[n + k])
        new = tanh(g[k] + biases[2 * n + k])
        shown = sigmoid(o[k] + biases[3 * n + k])
        cell = kept * before[k] + opened * new
        squash = tanh(cell)
        i[k], f[k], g[k], o[k] = opened, kept, new, shown
        cells[k], squashed[k], outputs[k] = cell, squash, shown * squash


@loops
def forward(call, layer, L, B, U):
    """Run a layer. Before, `gates` must contain what the inputs add to the pre-activations.

    That is without the biases and without what the previous outputs add.
    """
    n, size = B * U, U * U
    gates, cells, outputs = layer.gates, layer.cells, layer.outputs
    fill(cells[:n], ZERO)
    for t in range(L):
        now, after = t * n, (t + 1) * n
        if t > 0:  # the state before the first step is zero
            for gate in range(4):
                multiply(
                    call, B, U, U, address(outputs, now), U,
                    address(layer.transposed, gate * size), U, 1, address(gates[gate], now), U,
                )  # fmt: skip
        _activate(
            gates[0, now:after],
            gates[1, now:after],
            gates[2, now:after],
            gates[3, now:after],
            layer.biases,
            cells[now:after],
            cells[after : after + n],
            layer.squashed[now:after],
            outputs[after : after + n],
        )


@loops
def _activate_backward(i, f, g, o, before, squashed, output_gradients, cell_gradients):
    for k in range(len(output_gradients)):
        opened, kept, new, shown = i[k], f[k], g[k], o[k]
        squash, output = squashed[k], output_gradients[k]
        cell = cell_gradients[k] + output * shown * (ONE - squash * squash)
        i[k] = cell * new * opened * (ONE - opened)
        f[k] = cell * before[k] * kept * (ONE - kept)
        g[k] = cell * opened * (ONE - new * new)
        o[k] = output * squash * shown * (ONE - shown)
        cell_gradients[k] = cell * kept


@loops
def backward(call, layer, recurrent, L, B, U):
    """Turn `gates` into the gradients of the pre-activations.

    Before, `output_gradients` must contain the gradients from the layer above; at the end they are
    the complete gradients of the outputs.
    """
    n, size = B * U, U * U
    gates, gradients = layer.gates, layer.output_gradients
    fill(layer.cell_gradients[:n], ZERO)
    for t in range(L - 1, -1, -1):
        now, after = t * n, (t + 1) * n
        _activate_backward(
            gates[0, now:after],
            gates[1, now:after],
            gates[2, now:after],
            gates[3, now:after],
            layer.cells[now:after],
            layer.squashed[now:after],
            gradients[now:after],
            layer.cell_gradients[:n],
        )
        if t > 0:
            for gate in range(4):
                multiply(
                    call, B, U, U, address(gates[gate], now), U,
                    address(recurrent, gate * size), U, 1, address(gradients, now - n), U,
                )  # fmt: skip


@loops
def add_weight_gradients(call, layer, recurrent, bias, L, B, U):
    """Add the gradients of the recurrent weights and of the bias."""
    n = B * U
    for gate in range(4):
        gradients = layer.gates[gate]
        add_transposed_product(
            call, U, U, (L - 1) * B, address(gradients, n), U, address(layer.outputs, n), U,
            address(recurrent, gate * U * U), U,
        )  # fmt: skip
        add_column_sums(gradients, L * B, U, bias[gate * U : (gate + 1) * U])
