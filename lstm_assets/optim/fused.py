"""Compile an elementwise function to one kernel on a GPU.

There, starting a kernel costs more than its work, so one kernel is faster than several.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

Result = TypeVar("Result")


def fused(function: Callable[..., Result], device: torch.device) -> Callable[..., Result]:
    """Return a function that computes the same; on CUDA it is one compiled kernel.

    Args:
        function: an elementwise function of tensors. It must not branch on their values, and it is
            not differentiated.
        device: the device of the tensors that it is called with.
    """
    return compiled(function) if device.type == "cuda" else function


@functools.cache
def compiled(function: Callable[..., Result]) -> Callable[..., Result]:
    """Return a function that computes the same in one kernel, for tensors of any size.

    If the compiler fails, for example because the machine has no C compiler, the returned function
    calls the given one.
    """
    torch._dynamo.config.suppress_errors = True
    torch._inductor.config.compile_threads = 1  # more would keep processes alive for three kernels
    kernel = torch.compile(function, dynamic=True)

    def call(*tensors: Tensor) -> Result:
        # `data` hides whether a tensor is a slice; otherwise each kind would get its own kernel.
        return kernel(*(tensor.data for tensor in tensors))

    return call
