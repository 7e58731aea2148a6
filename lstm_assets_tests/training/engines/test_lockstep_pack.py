"""Trajectories in lockstep end as each one does alone."""

import datetime
import functools
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.common.files import write_file
from lstm_assets.sources.ecb import Ecb
from lstm_assets.training.checkpoint import checkpoint_path, read_checkpoint
from lstm_assets.training.engines.lockstep_pack import train_pack
from lstm_assets.training.engines.one_by_one import train
from lstm_assets.training.engines.packs import Pack
from lstm_assets.training.events import (
    CellFailed,
    CellTrained,
    EpochTrained,
    Event,
    TrajectoryStarted,
)
from lstm_assets.training.model_file import load_model
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory, plan
from lstm_assets_tests.training.cells import cells, outcome, planned, trained, walk

NEEDS_GPU = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="needs a GPU that torch can use"
)
WILD = {"learning_rate": 1e30}


def packed(
    trajectories: Sequence[Trajectory],
    series: TrainingSeries | None = None,
    options: Options | None = None,
    device: str = "cpu",
) -> list[Event]:
    return list(train_pack(Pack(tuple(trajectories), device), series or walk(), options))


def failed(events: Sequence[Event]) -> dict[str, str]:
    return {event.code: event.reason for event in events if isinstance(event, CellFailed)}


def assert_alike(one: CellTrained, other: CellTrained, rel: float) -> None:
    assert one.losses == pytest.approx(other.losses, rel=rel)
    assert one.scores.loss == pytest.approx(other.scores.loss, rel=rel)
    assert one.scores.mse == pytest.approx(other.scores.mse, rel=rel)
    assert one.scores.accuracy == pytest.approx(other.scores.accuracy, abs=0.02)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=NEEDS_GPU)])
def test_three_epochs_on_real_prices_are_those_of_one_trajectory_after_another(device: str) -> None:
    fetched = Ecb().fetch("USD/KRW", datetime.date(2021, 1, 1), datetime.date(2022, 12, 31))
    series = TrainingSeries.of(fetched.bars, "mid", evaluation_share=0.1)
    network = {"epoch": 3, "size_sequence": 20, "size_unit_input": 12, "size_unit_hidden": 16}
    trajectories = plan(
        "USDKRW",
        cells(
            *(
                {**network, "batch_size": batch, "ratio_train_set": ratio, "learning_rate": rate}
                for batch in (10, 20)
                for ratio in (0.8, 0.9)
                for rate in (0.001, 0.005)
            )
        ),
        series,
    )

    together = trained(packed(trajectories, series, device=device))

    alone = trained(event for each in trajectories for event in train(each, series))
    assert sorted(together) == sorted(alone)
    assert len(together) == 8
    for code, cell in together.items():
        assert_alike(cell, alone[code], rel=1e-4)


@functools.cache
def alone(epoch: int, batch_size: int, learning_rate: float, ratio: float) -> CellTrained:
    """A cell as the CPU engine trains it."""
    changes = {"epoch": epoch, "batch_size": batch_size, "learning_rate": learning_rate}
    [trajectory] = planned({**changes, "ratio_train_set": ratio})
    return trained(train(trajectory, walk()))["T-0001"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2, 4]),
            st.sampled_from([7, 16, 200]),
            st.sampled_from([0.001, 0.01]),
            st.sampled_from([0.4, 0.7]),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda cell: cell[1:],
    )
)
@settings(max_examples=20)
def test_it_makes_no_difference_who_else_is_in_the_pack(
    drawn: list[tuple[int, int, float, float]],
) -> None:
    names = ("epoch", "batch_size", "learning_rate", "ratio_train_set")
    trajectories = planned(*(dict(zip(names, each, strict=True)) for each in drawn))

    ends = trained(packed(trajectories))

    assert len(ends) == len(drawn)
    for code, cell in zip(sorted(ends), drawn, strict=True):
        assert_alike(ends[code], alone(*cell), rel=1e-5)


def test_a_pack_tells_of_each_trajectory_what_it_would_tell_alone() -> None:
    trajectories = planned({"epoch": 1}, {"epoch": 3}, {"epoch": 2, "batch_size": 8})

    events = packed(trajectories)

    for trajectory in trajectories:
        own = [event for event in events if set(_codes(event)) <= set(trajectory.codes)]
        alone = list(train(trajectory, walk()))
        assert [type(event) for event in own] == [type(event) for event in alone]
        assert [event for event in own if isinstance(event, TrajectoryStarted)] == alone[:1]
        assert _epochs(own) == _epochs(alone)


def _codes(event: Event) -> Sequence[str]:
    return [event.code] if isinstance(event, CellTrained | CellFailed) else event.codes


def _epochs(events: Sequence[Event]) -> list[tuple[object, ...]]:
    epochs = [event for event in events if isinstance(event, EpochTrained)]
    return [(each.codes, each.epoch, each.epochs, pytest.approx(each.loss)) for each in epochs]


def test_a_diverged_trajectory_says_what_it_says_alone_and_disturbs_no_other() -> None:
    # One batch an epoch: the weights run away in epoch 1, the loss shows it in epoch 2.
    wild = {**WILD, "batch_size": 1000}
    trajectories = planned({**wild, "epoch": 3}, {**wild, "epoch": 1}, {"epoch": 4}, WILD)

    events = packed(trajectories)

    assert sorted(trained(events)) == ["T-0002", "T-0003"]
    assert_alike(trained(events)["T-0003"], alone(4, 16, 0.01, 0.7), rel=1e-5)
    told = failed(events)
    assert sorted(told) == ["T-0001", "T-0004"]
    assert told["T-0001"].endswith("at epoch 2 of 3. Lower learning_rate for this cell.")
    assert told["T-0004"].endswith("at epoch 1 of 2. Lower learning_rate for this cell.")


def test_a_rate_that_no_float32_holds_fails_its_cell() -> None:
    events = packed(planned({"learning_rate": 1e300}, {}))

    assert list(trained(events)) == ["T-0002"]
    assert list(failed(events)) == ["T-0001"]


def test_a_series_too_short_for_one_of_them_fails_that_one_alone() -> None:
    trajectories = planned({"ratio_train_set": 0.9}, {"ratio_train_set": 0.02}, {})

    events = packed(trajectories)

    assert list(trained(events)) == ["T-0003"]
    assert sorted(failed(events)) == ["T-0001", "T-0002"]
    assert "ratio_train_set 0.9 trains up to bar 108" in failed(events)["T-0001"]
    assert "120 bars are too few" in failed(events)["T-0002"]


def test_a_pack_that_none_can_be_trained_of_ends() -> None:
    events = packed(planned({"ratio_train_set": 0.9}))

    assert [type(event) for event in events] == [TrajectoryStarted, CellFailed]


def test_cells_over_their_time_limit_fail_and_finished_ones_stand() -> None:
    trajectories = planned({"epoch": 1}, {"epoch": 1_000_000}, {"epoch": 1, "batch_size": 8})

    events = packed(trajectories, options=Options(seconds_a_cell=3))

    assert sorted(trained(events)) == ["T-0001", "T-0003"]
    assert list(failed(events)) == ["T-0002"]
    assert failed(events)["T-0002"].startswith("it took over 3 s, the limit per cell, in epoch ")


def test_a_model_file_holds_the_weights_that_were_scored(tmp_path: Path) -> None:
    trajectories = planned({"batch_size": 8}, {"epoch": 1}, {"epoch": 3})
    ends = trained(packed(trajectories))
    by_code = {code: each for each in trajectories for code in each.codes}

    for code, cell in ends.items():
        write_file(tmp_path / "cell.pt", cell.weights)
        stored = load_model(tmp_path / "cell.pt").state_dict()
        write_file(tmp_path / "cell.pt", trained(train(by_code[code], walk()))[code].weights)
        wanted = load_model(tmp_path / "cell.pt").state_dict()
        assert list(stored) == list(wanted)
        for name, weights in wanted.items():
            torch.testing.assert_close(stored[name], weights, rtol=1e-3, atol=1e-5)


def every_epoch(folder: Path) -> Options:
    return Options(checkpoints=folder, seconds_between_checkpoints=0)


def interrupt(trajectories: Sequence[Trajectory], options: Options, until: int) -> None:
    """Train until some epochs were told of, and stop, as a killed process does."""
    training = train_pack(Pack(tuple(trajectories), "cpu"), walk(), options)
    seen = 0
    while seen < until:
        seen += isinstance(next(training), EpochTrained)
    training.close()


@pytest.mark.parametrize("until", [1, 4, 7])
def test_an_interrupted_pack_goes_on_and_ends_bit_identical(tmp_path: Path, until: int) -> None:
    # Each trajectory goes on at its own epoch; alike in batch size, they make up the same sums.
    trajectories = planned(
        {"epoch": 4}, {"epoch": 5}, {"epoch": 4, "ratio_train_set": 0.4},
        {"epoch": 6, "learning_rate": 0.002},
    )  # fmt: skip
    whole = trained(packed(trajectories))

    interrupt(trajectories, every_epoch(tmp_path), until)
    kept = [read_checkpoint(checkpoint_path(tmp_path, each, walk())) for each in trajectories]
    resumed = packed(trajectories, options=every_epoch(tmp_path))

    assert sum(each.epoch for each in kept if each) == until - 1  # the last one was not kept yet
    assert {code: outcome(cell) for code, cell in trained(resumed).items()} == {
        code: outcome(cell) for code, cell in whole.items()
    }
    assert len([event for event in resumed if isinstance(event, EpochTrained)]) == 16 - until
    assert list(tmp_path.iterdir()) == []


def test_with_other_batch_sizes_it_ends_the_same_but_for_rounding(tmp_path: Path) -> None:
    trajectories = planned({"epoch": 4}, {"epoch": 6, "batch_size": 8}, {"batch_size": 200})
    whole = trained(packed(trajectories))

    interrupt(trajectories, every_epoch(tmp_path), 5)
    resumed = trained(packed(trajectories, options=every_epoch(tmp_path)))

    assert sorted(resumed) == sorted(whole)
    for code, cell in resumed.items():
        assert_alike(cell, whole[code], rel=1e-5)


def test_stopped_trajectories_go_on_where_they_were(tmp_path: Path) -> None:
    rarely = Options(checkpoints=tmp_path, seconds_between_checkpoints=1000)
    whole = trained(packed(planned({"epoch": 5}, {"epoch": 5, "learning_rate": 0.002})))

    first = packed(_rung(2), options=rarely)
    rest = packed(_rung(5), options=rarely)

    assert len([event for event in first if isinstance(event, EpochTrained)]) == 4
    assert len([event for event in rest if isinstance(event, EpochTrained)]) == 6
    assert {code: outcome(cell) for code, cell in trained(rest).items()} == {
        code: outcome(cell) for code, cell in whole.items()
    }
    assert list(tmp_path.iterdir()) == []


def _rung(epoch: int) -> list[Trajectory]:
    found = cells({"epoch": epoch}, {"epoch": epoch, "learning_rate": 0.002})
    return plan("T", {code: replace(cell, epoch_full=5) for code, cell in found.items()}, walk())


def test_either_engine_goes_on_from_the_others_checkpoint(tmp_path: Path) -> None:
    [trajectory] = planned({"epoch": 4})
    interrupt([trajectory], every_epoch(tmp_path), 3)

    by_one = list(train(trajectory, walk(), every_epoch(tmp_path)))

    assert next(each.epoch for each in by_one if isinstance(each, EpochTrained)) == 3
    assert_alike(trained(by_one)["T-0001"], alone(4, 16, 0.01, 0.7), rel=1e-5)

    first = train(trajectory, walk(), every_epoch(tmp_path))
    while not isinstance(event := next(first), EpochTrained) or event.epoch < 3:
        pass
    first.close()
    in_pack = packed([trajectory], options=every_epoch(tmp_path))

    assert next(each.epoch for each in in_pack if isinstance(each, EpochTrained)) == 3
    assert_alike(trained(in_pack)["T-0001"], alone(4, 16, 0.01, 0.7), rel=1e-5)


def test_the_time_before_an_interruption_counts(tmp_path: Path) -> None:
    trajectories = planned({"epoch": 1_000_000})
    before = train_pack(Pack(tuple(trajectories), "cpu"), walk(), every_epoch(tmp_path))
    next(before)
    begun = time.monotonic()
    next(each for each in before if time.monotonic() - begun > 1)
    next(before)  # the checkpoint of the epoch before is written by now
    before.close()

    events = packed(trajectories, options=Options(tmp_path, 0, seconds_a_cell=0.9))

    assert [type(event) for event in events] == [TrajectoryStarted, CellFailed]
