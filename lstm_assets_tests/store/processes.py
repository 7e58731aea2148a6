"""Two processes that do the same at the same time: a helper of tests."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_barrier = None


def at_once(work: Callable[..., T], *arguments: tuple[object, ...]) -> list[T]:
    """What `work` returned for each of `arguments`, every call in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(len(arguments))
    with ProcessPoolExecutor(
        len(arguments), mp_context=spawn, initializer=_remember, initargs=(barrier,)
    ) as pool:
        futures = [pool.submit(_meet, work, *given) for given in arguments]
        return [future.result(timeout=60) for future in futures]


def _remember(barrier: object) -> None:
    global _barrier  # the only way into a pool's process
    _barrier = barrier


def _meet(work: Callable[..., T], *arguments: object) -> T:
    _barrier.wait(timeout=60)
    return work(*arguments)
