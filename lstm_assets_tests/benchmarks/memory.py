"""The most memory that a command and its workers hold at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

SECONDS_BETWEEN_SAMPLES = 0.1


@contextmanager
def peak_memory(pid: int) -> Iterator[list[int]]:
    """A list of one number: the most bytes that a process and its descendants held at once.

    Resident memory, so what they share is counted in each of them.
    """
    peak, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(SECONDS_BETWEEN_SAMPLES):
            peak[0] = max(peak[0], _resident(pid))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def _resident(pid: int) -> int:
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):  # it has just ended
                total += process.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total
