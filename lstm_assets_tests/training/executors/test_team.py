"""A job's answer and what its worker sent travel separately, and either may come first."""

import queue
from concurrent.futures import Future
from typing import Any

from lstm_assets.training.events import CellFailed, Event, TrajectoryStarted
from lstm_assets.training.executors.team import Team
from lstm_assets_tests.training.cells import planned


class Pool:
    """Hands out jobs whose answers are given by hand."""

    def __init__(self) -> None:
        self.answers: list[Future[list[Event]]] = []

    def schedule(self, *_: Any, **__: Any) -> "Future[list[Event]]":
        self.answers.append(Future())
        return self.answers[-1]


def test_a_cell_that_has_ended_does_not_begin_again() -> None:
    messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
    pool = Pool()
    jobs = planned({"batch_size": 4}, {"batch_size": 8})
    first, second = ([CellFailed(code, "why") for code in job.codes] for job in jobs)
    events = Team(pool, messages, {}).train(jobs)  # type: ignore[arg-type]

    messages.put(TrajectoryStarted(tuple(jobs[1].codes)))
    seen = [next(events)]
    pool.answers[0].set_result(list(first))  # overtakes what follows
    messages.put(TrajectoryStarted(tuple(jobs[0].codes)))
    pool.answers[1].set_result(list(second))
    seen += events

    assert seen == [TrajectoryStarted(tuple(jobs[1].codes)), *first, *second]
