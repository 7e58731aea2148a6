"""An interrupted trajectory goes on from its checkpoint and ends as if nothing had happened."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from lstm_assets.errors import TimeLimitError
from lstm_assets.training.checkpoint import checkpoint_path, read_checkpoint
from lstm_assets.training.engines.one_by_one import train
from lstm_assets.training.events import CellFailed, EpochTrained, TrajectoryStarted
from lstm_assets.training.options import WORKER_MEGABYTES, Options, workers_within
from lstm_assets.training.trajectory import Trajectory, plan
from lstm_assets_tests.training.cells import cells, outcome, planned, run, trained, walk


def every_epoch(folder: Path) -> Options:
    return Options(checkpoints=folder, seconds_between_checkpoints=0)


def interrupt(trajectory: Trajectory, options: Options, epochs: int) -> None:
    """Train some epochs and stop, as a killed process does."""
    training = train(trajectory, walk(), options)
    seen = 0
    while seen <= epochs:  # the checkpoint of an epoch is written after it was told of
        seen += isinstance(next(training), EpochTrained)
    training.close()


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_it_ends_bit_identical_to_an_uninterrupted_one(tmp_path: Path, epochs: int) -> None:
    (trajectory,) = planned({"epoch": 4}, {"epoch": 5})
    whole = trained(train(trajectory, walk()))

    interrupt(trajectory, every_epoch(tmp_path), epochs)
    resumed = list(train(trajectory, walk(), every_epoch(tmp_path)))

    first = next(each for each in resumed if isinstance(each, EpochTrained))
    assert first.epoch == epochs + 1
    ends = trained(resumed)
    assert [outcome(each) for each in ends.values()] == [outcome(each) for each in whole.values()]


def test_a_worker_process_goes_on_from_it_as_well(tmp_path: Path) -> None:
    (trajectory,) = planned({"epoch": 4})
    whole = trained(train(trajectory, walk()))
    interrupt(trajectory, every_epoch(tmp_path), 2)
    half = read_checkpoint(checkpoint_path(tmp_path, trajectory, walk()))

    resumed = trained(run([trajectory], walk(), 1, every_epoch(tmp_path)))

    assert half is not None
    assert half.epoch == 2
    assert outcome(resumed["T-0001"]) == outcome(whole["T-0001"])
    assert resumed["T-0001"].seconds > half.seconds


def test_a_finished_trajectory_leaves_none_behind(tmp_path: Path) -> None:
    (trajectory,) = planned({"epoch": 3})

    list(train(trajectory, walk(), every_epoch(tmp_path)))

    assert list(tmp_path.iterdir()) == []


def rung(epoch: int, epoch_full: int) -> Trajectory:
    """A configuration as a search tries it first, to be gone on with up to `epoch_full`."""
    found = {
        code: replace(cell, epoch_full=epoch_full) for code, cell in cells({"epoch": epoch}).items()
    }
    return plan("T", found, walk())[0]


@pytest.mark.parametrize("workers", [0, 1])
def test_a_stopped_trajectory_goes_on_where_it_was(tmp_path: Path, workers: int) -> None:
    whole = trained(train(planned({"epoch": 6})[0], walk()))
    rarely = Options(checkpoints=tmp_path, seconds_between_checkpoints=1000)

    for epoch, first in ((2, 1), (3, 3), (6, 4)):
        events = list(run([rung(epoch, 6)], walk(), workers, rarely))
        assert next(each for each in events if isinstance(each, EpochTrained)).epoch == first

    assert outcome(trained(events)["T-0001"]) == outcome(whole["T-0001"])
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_past_a_wanted_cell_is_not_used(tmp_path: Path) -> None:
    (long,) = planned({"epoch": 5})
    (both,) = planned({"epoch": 2}, {"epoch": 5})
    interrupt(long, every_epoch(tmp_path), 4)

    ends = trained(train(both, walk(), every_epoch(tmp_path)))

    assert sorted(ends) == ["T-0001", "T-0002"]


def test_one_of_other_prices_is_not_used(tmp_path: Path) -> None:
    (trajectory,) = planned({"epoch": 3})
    interrupt(trajectory, every_epoch(tmp_path), 1)

    other = train(trajectory, walk(130), every_epoch(tmp_path))

    first = next(each for each in other if isinstance(each, EpochTrained))
    assert first.epoch == 1


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 torn"])
def test_one_that_cannot_be_read_costs_no_more_than_its_epochs(
    tmp_path: Path, content: bytes
) -> None:
    (trajectory,) = planned({"epoch": 3})
    checkpoint_path(tmp_path, trajectory, walk()).write_bytes(content)

    ends = trained(train(trajectory, walk(), every_epoch(tmp_path)))

    assert outcome(ends["T-0001"]) == outcome(trained(train(trajectory, walk()))["T-0001"])


def test_a_cell_over_its_time_limit_fails_and_its_finished_sibling_stands() -> None:
    (trajectory,) = planned({"epoch": 1}, {"epoch": 1_000_000})
    told = list(run([trajectory], walk(), 0, Options(seconds_a_cell=3)))

    assert list(trained(told)) == ["T-0001"]
    (failed,) = [each for each in told if isinstance(each, CellFailed)]
    assert failed.code == "T-0002"
    assert failed.reason.startswith("it took over 3 s, the limit per cell, in epoch ")


def test_the_time_before_an_interruption_counts(tmp_path: Path) -> None:
    (trajectory,) = planned({"epoch": 1_000_000})
    before = train(trajectory, walk(), every_epoch(tmp_path))
    next(before)
    begun = time.monotonic()
    next(each for each in before if time.monotonic() - begun > 1)
    next(before)  # the checkpoint of the epoch before is written by now
    before.close()

    again = train(trajectory, walk(), Options(tmp_path, 0, seconds_a_cell=0.9))

    assert next(again) == TrajectoryStarted(("T-0001",))
    with pytest.raises(TimeLimitError, match=r"over 0\.9 s"):
        next(again)  # an epoch alone takes a hundredth of that


@pytest.mark.parametrize(
    ("workers", "megabytes", "fitting"),
    [
        (4, None, 4),
        (4, 10 * WORKER_MEGABYTES, 4),
        (4, 2 * WORKER_MEGABYTES, 2),
        (4, 3 * WORKER_MEGABYTES - 1, 2),
        (4, 1, 1),
        (0, 1, 0),
    ],
)
def test_a_memory_budget_holds_as_many_workers_as_fit(
    workers: int, megabytes: int | None, fitting: int
) -> None:
    assert workers_within(workers, megabytes) == fitting
