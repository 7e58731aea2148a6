"""A team of worker processes: the run sends them jobs and receives their events."""

from __future__ import annotations

import queue
import secrets
import sys
import threading
import types
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from typing import Any, TypeAlias, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from lstm_assets.training.engines.packs import Job
from lstm_assets.training.events import CellFailed, CellTrained, Event, TrajectoryStarted
from lstm_assets.training.executors import worker
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries

BACKLOG = 128  # number of workers that may connect at the same time

Answer = TypeVar("Answer")
_Ends: TypeAlias = "ProcessFuture[list[Event]]"
_Message: TypeAlias = "Event | tuple[Job, _Ends]"


class Team:
    """The worker processes of one run; see `team`."""

    def __init__(
        self,
        pool: ProcessPool,
        messages: queue.SimpleQueue[_Message],
        receivers: dict[int, threading.Thread],
    ) -> None:
        self._pool, self._messages, self._receivers = pool, messages, receivers

    def call(self, function: Callable[[], Answer]) -> Answer:
        """Call a function of executors.worker in one of the processes, and return its result.

        Raises what the function raises, or pebble.ProcessExpired if the process dies.
        """
        answer: Answer = self._pool.schedule(function).result()
        return answer

    def train(self, jobs: Sequence[Job]) -> Generator[Event]:
        """Send jobs to the workers in this order; yield every event, and each cell's end once."""
        for job in jobs:
            future = self._pool.schedule(worker.work, args=[job])
            future.add_done_callback(partial(_put_end, self._messages, self._receivers, job))
        ended: set[str] = set()
        open_jobs = len(jobs)
        while open_jobs:
            message = self._messages.get()
            if isinstance(message, tuple):
                open_jobs -= 1
                events = _ends(*message)
            else:
                events = [message]
            for event in events:
                # The result of a job may arrive before the events that its worker sent earlier.
                if isinstance(event, TrajectoryStarted) and not ended.isdisjoint(event.codes):
                    continue
                if isinstance(event, CellTrained | CellFailed):
                    if event.code in ended:
                        continue
                    ended.add(event.code)
                yield event


@contextmanager
def team(size: int, series: TrainingSeries, options: Options) -> Iterator[Team]:
    """Run worker processes in this block; an exception in the block stops them at once.

    Args:
        size: number of worker processes.
        series: the study's prices, sent to each worker once.
        options: checkpoints, limits and device.
    """
    messages: queue.SimpleQueue[_Message] = queue.SimpleQueue()
    receivers: dict[int, threading.Thread] = {}
    with (
        _listening(messages, receivers) as (address, authkey),
        _pool(size, address, authkey, series, options) as pool,
    ):
        yield Team(pool, messages, receivers)


def _put_end(
    messages: queue.SimpleQueue[_Message],
    receivers: dict[int, threading.Thread],
    job: Job,
    future: _Ends,
) -> None:
    """Put the end of a job into the queue. If its worker died, wait first for what it sent."""
    if future.cancelled():
        return
    error = future.exception()
    if isinstance(error, ProcessExpired) and error.pid in receivers:
        receivers[error.pid].join()
    messages.put((job, future))


def _ends(job: Job, future: _Ends) -> list[Event]:
    """Return the last event of each cell of a job, also if its worker died."""
    try:
        ends: list[Event] = future.result()
    except ProcessExpired as error:
        reason = (
            f"the worker process died (exit code {error.exitcode}) while it trained this cell; "
            "if the machine ran out of memory, lower the number of workers"
        )
        return [CellFailed(code, reason) for code in job.codes]
    except Exception as error:  # an error in training code fails these cells, not the run
        return [CellFailed.of(code, error) for code in job.codes]
    return ends


@contextmanager
def _pool(workers: int, *shared: object) -> Iterator[ProcessPool]:
    """Run a pool of worker processes in this block; `shared` are arguments of worker.start."""
    pool = ProcessPool(
        max_workers=workers,
        context=_WorkerContext(),
        initializer=worker.start,
        initargs=list(shared),
    )
    try:
        yield pool
        pool.close()
    except BaseException:
        pool.stop()
        raise
    finally:
        pool.join()


class _WorkerProcess(SpawnProcess):
    """A spawned process that does not import this process's main script, and so not Dagster."""

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:  # noqa: N802 - the name is multiprocessing's
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            return SpawnProcess._Popen(process_obj)
        finally:
            sys.modules["__main__"] = main


class _WorkerContext(SpawnContext):
    Process = _WorkerProcess


@contextmanager
def _listening(
    messages: queue.SimpleQueue[_Message], receivers: dict[int, threading.Thread]
) -> Iterator[tuple[Any, bytes]]:
    """Listen for workers in this block; yield the address and the key to connect with.

    What workers send goes into the queue `messages`. The thread that receives it is stored in
    `receivers`, by the worker's process number. Each worker has its own connection: if a worker is
    killed in the middle of a message, only its connection breaks, while a shared queue would stay
    locked for all.
    """
    authkey = secrets.token_bytes(32)
    # A port of the loopback interface, as the path of a socket file may be too long.
    with Listener(("127.0.0.1", 0), backlog=BACKLOG, authkey=authkey) as listener:
        closing = threading.Event()
        accepting = threading.Thread(
            target=_accept, args=(listener, closing, messages, receivers), daemon=True
        )
        accepting.start()
        try:
            yield listener.address, authkey
        finally:
            closing.set()
            Client(listener.address, authkey=authkey).close()  # wakes the accepting thread
            accepting.join()


def _accept(
    listener: Listener,
    closing: threading.Event,
    messages: queue.SimpleQueue[_Message],
    receivers: dict[int, threading.Thread],
) -> None:
    """Accept connections of workers until `closing` is set; start a receiving thread for each."""
    while not closing.is_set():
        try:
            connection = listener.accept()
            pid = connection.recv()
        except (OSError, EOFError, AuthenticationError):
            continue  # a foreign process, or a worker that died: then its job fails
        receivers[pid] = threading.Thread(target=_receive, args=(connection, messages), daemon=True)
        receivers[pid].start()


def _receive(connection: Connection, messages: queue.SimpleQueue[_Message]) -> None:
    """Put what a worker sends into the queue, until the connection ends."""
    with connection:
        while True:
            try:
                messages.put(connection.recv())
            except (EOFError, OSError):
                return  # the worker ended, or died in the middle of a message
