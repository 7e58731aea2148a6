"""Pointwise functions as one kernel each, where a kernel's start costs more than its work."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

Result = TypeVar("Result")


def fused(function: Callable[..., Result], device: torch.device) -> Callable[..., Result]:
    """Return a function that computes the same, on CUDA as one compiled kernel.

    Args:
        function: of tensors; elementwise, without branches on their values, not differentiated.
        device: where it will be called.
    """
    return compiled(function) if device.type == "cuda" else function


@functools.cache
def compiled(function: Callable[..., Result]) -> Callable[..., Result]:
    """Return a function that computes the same as one kernel, for tensors of any size.

    Where the compiler fails, as without a C compiler on the machine, it is the function itself.
    """
    torch._dynamo.config.suppress_errors = True
    torch._inductor.config.compile_threads = 1  # or it would keep processes for three kernels
    kernel = torch.compile(function, dynamic=True)

    def call(*tensors: Tensor) -> Result:
        # As plain memory: for slices of other tensors there would be a kernel for each kind.
        return kernel(*(each.data for each in tensors))

    return call
