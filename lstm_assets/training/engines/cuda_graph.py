"""CUDA graphs: start hundreds of small kernels at once.

Source: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

from __future__ import annotations

from collections.abc import Callable

import torch

WARM_UPS = 3  # calls before the capture, which compile and choose kernels and allocate workspaces


def captured(step: Callable[[], None]) -> Callable[[], None]:
    """Return a function that does the same as `step`, by replaying a CUDA graph.

    Args:
        step: a function that works in place on CUDA tensors, never replaces them, and copies
            nothing to the host. It is also called here, so call this while its results do not
            matter.
    """
    side_stream = torch.cuda.Stream()
    side_stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side_stream):
        for _ in range(WARM_UPS):
            step()
    torch.cuda.current_stream().wait_stream(side_stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay
