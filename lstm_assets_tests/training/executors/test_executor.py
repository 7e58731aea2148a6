"""What holds for every executor."""

from pathlib import Path

import pytest

from lstm_assets.training.events import CellFailed, CellTrained, EpochTrained
from lstm_assets.training.executors import Executor, InProcess, WorkerPool, executor_for
from lstm_assets.training.executors.job import events_of
from lstm_assets.training.options import Options
from lstm_assets_tests.training.cells import outcome, planned, trained, walk

EXECUTORS = pytest.mark.parametrize("executor", [InProcess(), WorkerPool(1), WorkerPool(2)])
FOR_EVER = 1_000_000  # epochs


def test_a_number_of_workers_chooses_one() -> None:
    assert executor_for(0) == InProcess()
    assert executor_for(2) == WorkerPool(2)


@EXECUTORS
def test_it_tells_each_cells_end_once_whatever_becomes_of_it(executor: Executor) -> None:
    trajectories = planned({"epoch": 1}, {"epoch": 3}, {"learning_rate": 1e300}, {"batch_size": 8})

    events = list(executor.train(trajectories, walk()))

    ends = [event for event in events if isinstance(event, CellTrained | CellFailed)]
    assert sorted(event.code for event in ends) == ["T-0001", "T-0002", "T-0003", "T-0004"]
    assert [event.code for event in ends if isinstance(event, CellFailed)] == ["T-0003"]


@EXECUTORS
def test_its_results_are_those_of_every_other(executor: Executor) -> None:
    trajectories = planned({"epoch": 3}, {"batch_size": 8})
    expected = [
        outcome(cell)
        for each in trajectories
        for cell in trained(events_of(each, walk(), Options())).values()
    ]

    ends = trained(executor.train(trajectories, walk()))

    assert sorted(map(outcome, ends.values()), key=str) == sorted(expected, key=str)


@EXECUTORS
def test_closing_it_stops_the_work(executor: Executor, tmp_path: Path) -> None:
    events = executor.train(planned({"epoch": FOR_EVER}), walk(), Options(tmp_path, 0))
    next(event for event in events if isinstance(event, EpochTrained))

    events.close()

    assert next(events, None) is None


@EXECUTORS
def test_nothing_to_train_is_no_event(executor: Executor) -> None:
    assert list(executor.train([], walk())) == []
