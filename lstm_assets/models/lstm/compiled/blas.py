"""Matrix products for compiled code, which calls scipy's BLAS directly, without Python.

Matrices are float32 and row-major. Arguments are a matrix's address and its row length (leading
dimension), so a part of a larger matrix needs no copy. The caller must limit BLAS to one thread.
"""

import llvmlite.binding as llvm
import numpy as np
from numba import njit, types
from numba.extending import get_cython_function_address

_SYMBOL = "lstm_assets_sgemm"
# A name, not an address: code that contains an address cannot be cached for other processes.
llvm.add_symbol(_SYMBOL, get_cython_function_address("scipy.linalg.cython_blas", "sgemm"))
_sgemm = types.ExternalFunction(_SYMBOL, types.void(*[types.uintp] * 13))

# Up to this many multiply-adds, OpenBLAS does not pack its operands first. Products of this project
# stay below it or can be cut into parts that do: that is 1.5 times as fast as one large product.
SMALL = 1_000_000
FEWEST_ROWS = 8  # per part; with fewer, reading the other operand again costs more than packing


class Call:
    """The arguments of a BLAS call that Fortran takes by address: flags, sizes and factors."""

    def __init__(self) -> None:
        self.arrays = (
            np.array([ord("N"), ord("T")], np.uint8),
            np.zeros(6, np.int32),
            np.array([0, 1], np.float32),
        )


@njit(nogil=True)
def address(array, index):
    """Return the address of an element of a float32 array."""
    return array.ctypes.data + np.uintp(4 * index)


@njit(nogil=True)
def _product(call, transposed, M, N, K, a, lda, b, ldb, add, c, ldc):
    # Fortran reads row-major matrices as their transposes, so this computes C^T = B^T A^T.
    flags, sizes, factors = call
    sizes[0], sizes[1], sizes[2] = N, M, K
    sizes[3], sizes[4], sizes[5] = ldb, lda, ldc
    flag, size, factor = flags.ctypes.data, sizes.ctypes.data, factors.ctypes.data
    _sgemm(
        flag,
        flag + np.uintp(transposed),
        size,
        size + np.uintp(4),
        size + np.uintp(8),
        factor + np.uintp(4),
        b,
        size + np.uintp(12),
        a,
        size + np.uintp(16),
        factor + np.uintp(4 * add),
        c,
        size + np.uintp(20),
    )


@njit(nogil=True)
def parts(rows, others):
    """Return the number of parts to cut a product into, along `rows`, so that each is small."""
    wanted = max(1, -(-rows * others // SMALL))
    return wanted if rows >= FEWEST_ROWS * wanted else 1


@njit(nogil=True)
def _rows(rows, others):
    """Return the number of rows per part."""
    return max(1, -(-rows // parts(rows, others)))


@njit(nogil=True)
def multiply(call, M, N, K, a, lda, b, ldb, add, c, ldc):
    """Set C (M, N) to A (M, K) B (K, N) if `add` is 0; add the product to C if `add` is 1."""
    part = _rows(M, N * K)
    for m in range(0, M, part):
        skip = np.uintp(4 * m)
        rows = min(part, M - m)
        _product(
            call, 0, rows, N, K, a + skip * np.uintp(lda), lda, b, ldb, add,
            c + skip * np.uintp(ldc), ldc,
        )  # fmt: skip


@njit(nogil=True)
def add_transposed_product(call, M, N, K, a, lda, b, ldb, c, ldc):
    """Add A^T B to C (M, N), where A is (K, M) and B is (K, N)."""
    part = _rows(K, M * N)
    for k in range(0, K, part):
        skip = np.uintp(4 * k)
        rows = min(part, K - k)
        _product(
            call, 1, M, N, rows, a + skip * np.uintp(lda), lda,
            b + skip * np.uintp(ldb), ldb, 1, c, ldc,
        )  # fmt: skip
