"""The machine's float32 matrix-product rate: torch.mm on every processor at once.

python -m lstm_assets_tests.benchmarks.matrix_product
"""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from lstm_assets.training.executors import default_workers

SIZE = 1024  # of the square matrices
SECONDS = 3.0
UNTIMED = 5  # products before the clock starts


def main() -> None:
    print(f"{rate():.0f} GFLOP/s on {default_workers()} processors")


def rate() -> float:
    """GFLOP/s, summed over one single-threaded process a processor."""
    spawn = multiprocessing.get_context("spawn")
    processors = default_workers()
    ready = spawn.Barrier(processors)
    ends = [spawn.Pipe(duplex=False) for _ in range(processors)]
    processes = [spawn.Process(target=_measure, args=(ready, sender)) for _, sender in ends]
    for process in processes:
        process.start()
    rates: list[float] = [receiver.recv() for receiver, _ in ends]
    for process in processes:
        process.join()
    return sum(rates)


def _measure(ready: Barrier, sender: Connection) -> None:
    import torch

    torch.set_num_threads(1)
    a, b = torch.randn(SIZE, SIZE), torch.randn(SIZE, SIZE)
    product = a @ b
    for _ in range(UNTIMED):
        torch.mm(a, b, out=product)
    ready.wait()  # no process measures while another still imports
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        torch.mm(a, b, out=product)
        count += 1
    sender.send(2e-9 * SIZE**3 * count / (time.perf_counter() - start))


if __name__ == "__main__":
    main()
