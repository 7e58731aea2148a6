"""CUDA graphs: hundreds of small kernels started as one.

Source: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

from __future__ import annotations

from collections.abc import Callable

import torch

WARM_UPS = 3  # calls before the capture: kernels are compiled and chosen, workspaces allocated


def captured(step: Callable[[], None]) -> Callable[[], None]:
    """Return a function that does what `step` does, from a graph.

    Args:
        step: works in place on CUDA tensors that stay where they are and reads nothing back. It is
            called here too, so call this while what it computes is of no consequence.
    """
    beside = torch.cuda.Stream()
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(WARM_UPS):
            step()
    torch.cuda.current_stream().wait_stream(beside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay
