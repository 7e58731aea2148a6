"""The parts of the compiled steps, each against numpy."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lstm_assets.models.lstm.compiled.blas import (
    SMALL,
    Call,
    add_transposed_product,
    address,
    multiply,
    parts,
)
from lstm_assets.models.lstm.compiled.elementwise import sigmoid, tanh, transpose

sizes = st.integers(1, 40)


def matrix(*shape: int) -> np.ndarray:
    rng = np.random.default_rng(sum(shape))
    return rng.standard_normal(shape).astype(np.float32)


def test_tanh_is_within_4e_7_of_its_value_everywhere_and_never_over_1() -> None:
    x = np.concatenate([np.linspace(-20, 20, 200_001), np.logspace(-30, 2, 10_000)])
    x = x[x != 0].astype(np.float32)

    ours = np.array([tanh(each) for each in x])

    assert np.abs(ours / np.tanh(x.astype(np.float64)) - 1).max() < 4e-7
    assert np.abs(ours).max() <= 1


def test_sigmoid_is_within_4e_7() -> None:
    x = np.linspace(-40, 40, 100_001).astype(np.float32)

    ours = np.array([sigmoid(each) for each in x])

    assert np.abs(ours - 1 / (1 + np.exp(-x.astype(np.float64)))).max() < 4e-7


@pytest.mark.parametrize("function", [tanh, sigmoid])
def test_no_number_in_no_number_out(function) -> None:
    assert np.isnan(function(np.float32("nan")))


@given(rows=sizes, columns=sizes)
@settings(deadline=None)
def test_each_of_several_matrices_is_transposed(rows: int, columns: int) -> None:
    matrices = matrix(3, rows, columns)
    out = np.empty(matrices.size, np.float32)

    transpose(matrices.reshape(-1), rows, columns, out)

    assert np.array_equal(out.reshape(3, columns, rows), matrices.transpose(0, 2, 1))


@given(M=sizes, N=sizes, K=sizes, add=st.integers(0, 1))
@example(M=1000, N=64, K=50, add=1)  # in parts
@example(M=20, N=512, K=512, add=0)  # too few rows for parts
@settings(deadline=None)
def test_a_product_of_parts_is_the_product(M: int, N: int, K: int, add: int) -> None:  # noqa: N803
    a, b, before = matrix(M, K), matrix(K, N), matrix(M, N)
    c = before.copy()

    multiply(Call().arrays, M, N, K, address(a, 0), K, address(b, 0), N, add, address(c, 0), N)

    np.testing.assert_allclose(c, a @ b + add * before, rtol=1e-4, atol=1e-4)


@given(M=sizes, N=sizes, K=st.integers(0, 40))
@example(M=64, N=64, K=1000)  # in parts
@settings(deadline=None)
def test_a_transposed_product_of_parts_is_added(M: int, N: int, K: int) -> None:  # noqa: N803
    a, b, before = matrix(K, M), matrix(K, N), matrix(M, N)
    c = before.copy()

    add_transposed_product(
        Call().arrays, M, N, K, address(a, 0), M, address(b, 0), N, address(c, 0), N
    )

    np.testing.assert_allclose(c, a.T @ b + before, rtol=1e-4, atol=1e-3)


@given(rows=st.integers(1, 10**6), others=st.integers(1, 10**8))
def test_parts_are_small_or_there_is_one(rows: int, others: int) -> None:
    number = parts(rows, others)

    assert number >= 1
    assert number == 1 or (-(-rows // number) - 1) * others < SMALL
