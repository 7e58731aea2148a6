"""The life of a trajectory, with steps that a test takes by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import nn

from lstm_assets.errors import DivergedError, HomeError, TimeLimitError
from lstm_assets.training.checkpoint import checkpoint_path, read_checkpoint
from lstm_assets.training.engines.one_by_one import BATCHES_AT_ONCE, train_epoch
from lstm_assets.training.engines.one_trajectory import OneTrajectory
from lstm_assets.training.engines.state import State
from lstm_assets.training.events import CellFailed, CellTrained, EpochTrained, Event
from lstm_assets.training.options import Options
from lstm_assets_tests.training.cells import planned, walk


@dataclass
class Untouched:
    """A network whose steps change nothing; it counts how often it is read."""

    module: nn.Module
    settings: object
    networks: int = 0
    states: int = 0

    def network(self) -> nn.Module:
        self.networks += 1
        return self.module

    def state(self) -> State:
        self.states += 1
        return State.first(self.module, self.settings)  # type: ignore[arg-type]


def begun(options: Options | None = None) -> tuple[OneTrajectory, Untouched]:
    """A trajectory of two cells, of 1 and 3 epochs, before its first step."""
    [trajectory] = planned({"epoch": 1}, {"epoch": 3})
    life = OneTrajectory(trajectory, walk(), options or Options())
    return life, Untouched(life.begin()[0], life.settings)


def kinds(events: Iterator[Event]) -> list[type]:
    return [type(event) for event in events]


def test_each_epoch_is_told_of_and_each_cell_scored_when_its_epoch_has_come() -> None:
    life, steps = begun()

    assert kinds(life.finished_cells(steps)) == []
    assert kinds(life.end_epoch(0.5, steps)) == [EpochTrained, CellTrained]
    assert kinds(life.end_epoch(0.4, steps)) == [EpochTrained]
    assert not life.ended
    *_, last = life.end_epoch(0.3, steps)

    assert life.ended
    assert isinstance(last, CellTrained)
    assert (last.code, last.losses) == ("T-0002", (0.5, 0.4, 0.3))
    assert steps.networks == 2  # read only where a cell is scored
    assert steps.states == 0  # no checkpoint was asked for


def test_a_checkpoint_is_kept_when_the_last_one_is_old_and_dropped_with_the_last_cell(
    tmp_path: Path,
) -> None:
    life, steps = begun(Options(tmp_path, seconds_between_checkpoints=0))
    path = checkpoint_path(tmp_path, life.trajectory, walk())

    epochs = []
    for loss in (0.5, 0.4):
        list(life.end_epoch(loss, steps))
        kept = read_checkpoint(path)
        epochs.append(kept.epoch if kept else None)
    list(life.end_epoch(0.3, steps))

    assert epochs == [1, 2]
    assert not path.exists()


def test_it_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    options = Options(tmp_path, seconds_between_checkpoints=0)
    life, steps = begun(options)
    list(life.end_epoch(0.5, steps))
    drawn = torch.rand(1, generator=life.order)

    resumed, _ = begun(options)

    [cell] = resumed.finished_cells(steps)  # its result may not have been stored
    assert (cell.code, cell.losses) == ("T-0001", (0.5,))
    assert torch.rand(1, generator=resumed.order) == drawn


def test_what_fails_it_fails_the_cells_that_are_not_trained_yet() -> None:
    life, steps = begun()
    list(life.end_epoch(0.5, steps))

    failures = list(life.fail(HomeError("the disk\nis full")))

    assert failures == [CellFailed("T-0002", "the disk is full")]
    assert life.ended


def test_a_loss_that_is_not_finite_ends_it_before_anything_is_told_of_the_epoch() -> None:
    life, steps = begun()

    with pytest.raises(DivergedError, match="the loss is nan at epoch 1 of 3"):
        next(life.end_epoch(float("nan"), steps))


def test_it_may_not_take_longer_than_a_cell_may() -> None:
    life, _ = begun(Options(seconds_a_cell=1e-9))

    with pytest.raises(TimeLimitError, match="in epoch 1 of 3"):
        life.refuse_overtime()


def test_the_clock_is_looked_at_between_the_parts_of_an_epoch() -> None:
    class Counting:
        windows = 0

        def learn(self, windows: torch.Tensor) -> float:
            self.windows += len(windows)
            return 0.0

    def look() -> None:
        if learner.windows:
            raise TimeLimitError("enough")

    learner, order = Counting(), torch.Generator().manual_seed(1)

    with pytest.raises(TimeLimitError):
        train_epoch(learner, 10 * BATCHES_AT_ONCE, 2, order, look)  # type: ignore[arg-type]

    assert learner.windows == 2 * BATCHES_AT_ONCE
