"""A cell that starts from the weights of an earlier model: what changes, and what does not."""

import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.common.files import write_file
from lstm_assets.errors import WarmStartError
from lstm_assets.models.lstm import Lstm
from lstm_assets.tracking.progress import to_do
from lstm_assets.training.checkpoint import checkpoint_path, read_checkpoint
from lstm_assets.training.engines.lockstep_pack import train_pack
from lstm_assets.training.engines.one_by_one import train
from lstm_assets.training.engines.packs import Pack
from lstm_assets.training.engines.tensors import drawn_module, initial_module, training_windows
from lstm_assets.training.events import CellFailed, CellTrained, EpochTrained, Event
from lstm_assets.training.model_file import load_model, to_bytes
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory, plan
from lstm_assets.training.warm_start import WarmStart
from lstm_assets_tests.training.cells import cells, outcome, planned, run, trained, walk

Train = Callable[[Trajectory, TrainingSeries, Options], Iterator[Event]]

REASON = "the starting weights could not be loaded"
REMEDY = (
    "Restore it, or train its cell again: materialize it in model_results with `retrain: true`."
)


def one_by_one(
    trajectory: Trajectory, series: TrainingSeries, options: Options | None = None
) -> Iterator[Event]:
    return train(trajectory, series, options)


def in_a_pack(
    trajectory: Trajectory, series: TrainingSeries, options: Options | None = None
) -> Iterator[Event]:
    return train_pack(Pack((trajectory,), "cpu"), series, options)


ENGINES = pytest.mark.parametrize("engine", [one_by_one, in_a_pack])


def earlier(folder: Path, **changes: float) -> WarmStart:
    """The model of a cell that was trained while there were only 100 of today's 120 bars."""
    [trajectory] = plan("T", cells(changes), walk(100))
    path = folder / f"{len(list(folder.iterdir()))}.pt"
    write_file(path, trained(train(trajectory, walk(100)))["T-0001"].weights)
    return WarmStart(path, "a" * 64)


def warm(start: WarmStart, **changes: float) -> Trajectory:
    [trajectory] = plan("T", cells(changes), walk(), {"T-0001": start})
    return trajectory


def trained_alone(trajectory: Trajectory, engine: Train = one_by_one) -> CellTrained:
    [cell] = trained(engine(trajectory, walk(), Options())).values()
    return cell


def failures(events: Sequence[Event]) -> dict[str, str]:
    return {event.code: event.reason for event in events if isinstance(event, CellFailed)}


@ENGINES
def test_it_starts_from_the_stored_weights(tmp_path: Path, engine: Train) -> None:
    start = earlier(tmp_path)

    cell = trained_alone(warm(start, epoch=1, learning_rate=1e-30), engine)  # moves no weight

    assert cell.weights == start.path.read_bytes()


@ENGINES
def test_its_epochs_and_losses_are_those_trained_on_top(tmp_path: Path, engine: Train) -> None:
    trajectory = warm(earlier(tmp_path, epoch=30), epoch=3)

    events = list(engine(trajectory, walk(), Options()))

    epochs = [event for event in events if isinstance(event, EpochTrained)]
    assert [(each.epoch, each.epochs) for each in epochs] == [(1, 3), (2, 3), (3, 3)]
    assert trained(events)["T-0001"].losses == tuple(each.loss for each in epochs)
    fresh = trained_alone(planned({"epoch": 3})[0], engine)
    assert epochs[0].loss < fresh.losses[0] / 2  # 30 epochs were not for nothing


@settings(max_examples=15)
@given(
    st.integers(1, 3), st.integers(1, 100), st.sampled_from([0.001, 0.01]), st.integers(1, 3)
)  # fmt: skip
def test_from_the_weights_that_its_seed_draws_it_is_a_fresh_training(
    epoch: int, batch_size: int, learning_rate: float, horizon: int
) -> None:
    changes = {
        "epoch": epoch, "batch_size": batch_size, "learning_rate": learning_rate,
        "size_unit_output": horizon,
    }  # fmt: skip
    [fresh] = planned(changes)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.pt"
        write_file(path, to_bytes("lstm", fresh.network.model_dump(), drawn_module(fresh)))
        start = WarmStart(path, "a" * 64)

        for engine in (one_by_one, in_a_pack):
            cell = trained_alone(warm(start, **changes), engine)
            assert outcome(cell) == outcome(trained_alone(fresh, engine))


def test_it_is_what_torch_makes_of_these_weights_with_a_fresh_adam(tmp_path: Path) -> None:
    start = earlier(tmp_path)
    trajectory = warm(start, epoch=2)
    x, y = training_windows(walk(), trajectory.split(walk()))
    module = load_model(start.path)
    adam = torch.optim.Adam(module.parameters(), lr=0.01)
    order = torch.Generator().manual_seed(planned({})[0].seed)
    losses = []
    for _ in range(2):
        total = 0.0
        for batch in torch.randperm(len(x), generator=order).split(16):
            adam.zero_grad()
            loss = torch.nn.functional.mse_loss(module(x[batch]), y[batch])
            loss.backward()
            adam.step()
            total += loss.item() * len(batch)
        losses.append(total / len(x))

    assert trained_alone(trajectory).losses == pytest.approx(losses, rel=1e-4)


def several(folder: Path) -> list[Trajectory]:
    """Two warm cells that differ only in epoch, a fresh one that does as well, and another."""
    changes = [{"epoch": 2}, {"epoch": 3}, {"epoch": 4}, {"epoch": 2, "batch_size": 8}]
    starts = {
        "T-0001": earlier(folder, epoch=2),
        "T-0002": earlier(folder, epoch=3),
        "T-0004": earlier(folder, epoch=2, batch_size=8),
    }
    return plan("T", cells(*changes), walk(), starts)


def test_results_depend_neither_on_workers_nor_on_order(tmp_path: Path) -> None:
    trajectories = several(tmp_path)

    alone = {code: outcome(cell) for code, cell in trained(run(trajectories, walk(), 0)).items()}

    assert sorted(alone) == ["T-0001", "T-0002", "T-0003", "T-0004"]
    for workers in (1, 2):
        ends = trained(run(trajectories[::-1], walk(), workers))
        assert {code: outcome(cell) for code, cell in ends.items()} == alone


def test_a_pack_of_warm_and_fresh_ones_ends_as_each_does_alone(tmp_path: Path) -> None:
    trajectories = several(tmp_path)

    together = trained(train_pack(Pack(tuple(trajectories), "cpu"), walk()))

    assert len(together) == 4
    for code, cell in trained(run(trajectories, walk(), 0)).items():
        assert together[code].losses == pytest.approx(cell.losses, rel=1e-5)
        assert together[code].scores.mse == pytest.approx(cell.scores.mse, rel=1e-5)


def every_epoch(folder: Path) -> Options:
    return Options(checkpoints=folder, seconds_between_checkpoints=0)


def interrupt(trajectory: Trajectory, engine: Train, folder: Path, epochs: int) -> None:
    """Train some epochs and stop, as a killed process does."""
    training = engine(trajectory, walk(), every_epoch(folder))
    seen = 0
    while seen <= epochs:  # the checkpoint of an epoch is written after it was told of
        seen += isinstance(next(training), EpochTrained)
    training.close()


@ENGINES
@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_an_interrupted_one_ends_bit_identical(tmp_path: Path, engine: Train, epochs: int) -> None:
    start = earlier(tmp_path)
    trajectory = warm(start, epoch=4)
    whole = trained_alone(trajectory, engine)

    interrupt(trajectory, engine, tmp_path / "kept", epochs)
    start.path.unlink()  # what was trained so far does not need it any more
    resumed = list(engine(trajectory, walk(), every_epoch(tmp_path / "kept")))

    first = next(each for each in resumed if isinstance(each, EpochTrained))
    assert first.epoch == epochs + 1
    assert outcome(trained(resumed)["T-0001"]) == outcome(whole)
    assert list((tmp_path / "kept").iterdir()) == []


@ENGINES
def test_checkpoints_of_another_start_are_not_used(tmp_path: Path, engine: Train) -> None:
    [fresh] = planned({"epoch": 4})
    start = earlier(tmp_path)
    trajectories = {
        "fresh": fresh,
        "warm": warm(start, epoch=4),
        "of other data": warm(WarmStart(start.path, "b" * 64), epoch=4),
        "of another file": warm(WarmStart(earlier(tmp_path).path, "a" * 64), epoch=4),
    }
    kept = tmp_path / "kept"

    for name, trajectory in trajectories.items():
        path = checkpoint_path(kept, trajectory, walk())
        assert not path.exists(), name
        interrupt(trajectory, engine, kept, 2)
        checkpoint = read_checkpoint(path)
        assert checkpoint is not None
        assert checkpoint.epoch == 2

    assert len(list(kept.iterdir())) == 4


def test_warm_cells_share_no_trajectory_and_fresh_ones_still_do(tmp_path: Path) -> None:
    one, other = WarmStart(tmp_path / "1.pt", "a" * 64), WarmStart(tmp_path / "2.pt", "b" * 64)
    changes = [{"epoch": epoch} for epoch in (2, 3, 4, 5)]

    trajectories = plan("T", cells(*changes), walk(), {"T-0002": one, "T-0004": other})

    assert {tuple(each.codes): each.warm_start for each in trajectories} == {
        ("T-0001", "T-0003"): None, ("T-0002",): one, ("T-0004",): other,
    }  # fmt: skip
    assert {each.seed for each in trajectories} == {planned({})[0].seed}
    # Epochs of 2, 3, 4 and 5: only the 2 are part of another cell's 4.
    assert to_do(trajectories, walk()) == (
        "4 cells to train on 3 trajectories, 14% less work than one by one"
    )
    assert pickle.loads(pickle.dumps(trajectories)) == trajectories


@given(
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from([8, 16]), st.booleans()), max_size=8)
)  # fmt: skip
def test_every_cell_is_trained_once_and_a_warm_one_alone(
    drawn: list[tuple[int, int, bool]],
) -> None:
    asked = cells(*({"epoch": epoch, "batch_size": batch} for epoch, batch, _ in drawn))
    starts = {
        code: WarmStart(Path(f"{code}.pt"), "a" * 64)
        for code, (_, _, is_warm) in zip(asked, drawn, strict=True)
        if is_warm
    }
    series = walk()

    trajectories = plan("T", asked, series, starts | {"T-9999": WarmStart(Path("x"), "b" * 64)})

    assert sorted(code for each in trajectories for code in each.codes) == sorted(asked)
    for each in trajectories:
        assert [starts.get(code) for code in each.codes] == [each.warm_start] * len(each.codes)
        assert each.warm_start is None or each.work(series) == each.work_one_by_one(series)
    work = [each.work(series) for each in trajectories]
    assert work == sorted(work, reverse=True)
    one_by_one = sum(each.work_one_by_one(series) for each in trajectories)
    assert one_by_one == sum(each.work_one_by_one(series) for each in plan("T", asked, series))


def unfit(folder: Path) -> dict[str, tuple[WarmStart, str]]:
    """Starts that are of no use, and what is wrong with each."""
    wide = Lstm(size_unit_input=2, size_unit_hidden=4, size_unit_output=1)
    spoilt = Lstm(size_unit_input=2, size_unit_hidden=3, size_unit_output=1)
    weights = spoilt.build(columns=1)
    with torch.no_grad():
        next(weights.parameters())[0] = torch.nan
    contents = {
        "torn.pt": (to_bytes("lstm", spoilt.model_dump(), weights)[:999], "contains no model"),
        "wide.pt": (
            to_bytes("lstm", wide.model_dump(), wide.build(columns=1)),
            "contains Lstm(size_unit_input=2, size_unit_hidden=4, size_unit_output=1), expected "
            "Lstm(size_unit_input=2, size_unit_hidden=3, size_unit_output=1)",
        ),
        "spoilt.pt": (
            to_bytes("lstm", spoilt.model_dump(), weights), "contains weights that are not finite",
        ),
    }  # fmt: skip
    for name, (content, _) in contents.items():
        write_file(folder / name, content)
    wrong = {name: why for name, (_, why) in contents.items()} | {"none.pt": "is missing"}
    return {name: (WarmStart(folder / name, "a" * 64), why) for name, why in wrong.items()}


def packed(trajectories: list[Trajectory]) -> list[Event]:
    return list(train_pack(Pack(tuple(trajectories), "cpu"), walk()))


@pytest.mark.parametrize(
    "train_all",
    [
        lambda trajectories: list(run(trajectories, walk(), 0)),
        lambda trajectories: list(run(trajectories, walk(), 2)),
        packed,
        lambda trajectories: packed(trajectories[::-1]),
    ],
    ids=["in this process", "two workers", "a pack", "a pack that ends with it"],
)
def test_a_file_of_no_use_fails_its_own_cell_and_no_other(
    tmp_path: Path, train_all: Callable[[list[Trajectory]], list[Event]]
) -> None:
    wrong = unfit(tmp_path)
    codes = [f"T-{number:04}" for number in range(1, 7)]
    starts = {code: start for code, (start, _) in zip(codes, wrong.values(), strict=False)}
    starts["T-0005"] = earlier(tmp_path)
    trajectories = plan("T", cells(*[{}] * 6), walk(), starts)
    assert [each.codes for each in trajectories[:1]] == [["T-0001"]]  # a pack begins with it

    events = train_all(trajectories)

    assert sorted(trained(events)) == ["T-0005", "T-0006"]
    told = failures(events)
    assert sorted(told) == codes[:4]
    for code, (start, why) in zip(codes, wrong.values(), strict=False):
        assert told[code].startswith(f"{REASON}: model file {start.path} {why}")
        assert told[code].endswith(f". {REMEDY}")
        assert "\n" not in told[code]


def test_the_whole_line_by_example(tmp_path: Path) -> None:
    trajectory = warm(WarmStart(tmp_path / "T-0001-v1.pt", "a" * 64))

    with pytest.raises(WarmStartError) as error:
        list(train(trajectory, walk()))

    assert str(error.value) == (
        f"{REASON}: model file {tmp_path}/T-0001-v1.pt is missing. {REMEDY}"
    )


def test_it_neither_reads_nor_moves_torchs_own_generator(tmp_path: Path) -> None:
    trajectory = warm(earlier(tmp_path))
    torch.manual_seed(1)
    expected = torch.rand(1)

    torch.manual_seed(1)
    module = initial_module(trajectory)

    assert torch.rand(1) == expected
    assert module.training
