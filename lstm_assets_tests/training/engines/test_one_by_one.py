from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from lstm_assets.common.files import write_file
from lstm_assets.errors import DivergedError
from lstm_assets.training.engines.one_by_one import train
from lstm_assets.training.events import CellFailed, CellTrained, EpochTrained, TrajectoryStarted
from lstm_assets.training.model_file import load_model
from lstm_assets_tests.training.cells import outcome, planned, run, trained, walk


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """Training sets torch to one thread; other tests have theirs back."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_a_trajectory_tells_its_start_its_epochs_and_its_cells() -> None:
    [trajectory] = planned({"epoch": 1}, {"epoch": 2})

    events = list(train(trajectory, walk()))

    assert [type(event) for event in events] == [
        TrajectoryStarted, EpochTrained, CellTrained, EpochTrained, CellTrained,
    ]  # fmt: skip
    assert events[0] == TrajectoryStarted(("T-0001", "T-0002"))
    epochs = [event for event in events if isinstance(event, EpochTrained)]
    assert [(each.codes, each.epoch, each.epochs) for each in epochs] == [
        (("T-0001", "T-0002"), 1, 2),
        (("T-0002",), 2, 2),
    ]
    assert trained(events)["T-0002"].losses == tuple(each.loss for each in epochs)


def test_a_cell_is_the_state_at_its_epoch_of_its_siblings_trajectory() -> None:
    [together] = planned({"epoch": 2}, {"epoch": 3})
    [alone] = planned({"epoch": 2})

    shared, single = trained(train(together, walk())), trained(train(alone, walk()))

    assert outcome(shared["T-0001"]) == outcome(single["T-0001"])
    assert shared["T-0002"].weights != shared["T-0001"].weights


def test_a_longer_sibling_changes_nothing_either() -> None:
    [together] = planned({"epoch": 3}, {"epoch": 2})
    [alone] = planned({"epoch": 3})

    shared, single = trained(train(together, walk())), trained(train(alone, walk()))

    assert outcome(shared["T-0001"]) == outcome(single["T-0001"])


def test_a_trajectory_starts_from_the_weights_that_its_seed_draws(tmp_path: Path) -> None:
    [trajectory] = planned({"epoch": 1, "learning_rate": 1e-30})  # moves no weight
    torch.manual_seed(trajectory.seed)
    drawn = trajectory.network.build(columns=1).state_dict()

    write_file(tmp_path / "cell.pt", trained(train(trajectory, walk()))["T-0001"].weights)
    stored = load_model(tmp_path / "cell.pt").state_dict()

    assert all(torch.equal(stored[name], drawn[name]) for name in drawn)


def test_two_codes_of_one_tuple_have_one_result() -> None:
    [trajectory] = planned({}, {})

    cells = trained(train(trajectory, walk()))

    assert list(cells) == ["T-0001", "T-0002"]
    assert outcome(cells["T-0001"])[1:] == outcome(cells["T-0002"])[1:]


def test_training_neither_reads_nor_moves_torchs_own_generator() -> None:
    [trajectory] = planned({})

    torch.manual_seed(1)
    first = trained(train(trajectory, walk()))
    drawn = torch.rand(1)
    torch.manual_seed(2)
    second = trained(train(trajectory, walk()))

    torch.manual_seed(1)
    assert drawn == torch.rand(1)
    assert outcome(first["T-0001"]) == outcome(second["T-0001"])


def test_training_learns() -> None:
    [trajectory] = planned({"epoch": 30})

    losses = trained(train(trajectory, walk()))["T-0001"].losses

    assert len(losses) == 30
    assert losses[-1] < losses[0] / 2


def test_the_last_batch_is_as_small_as_it_comes() -> None:
    [trajectory] = planned({"epoch": 1, "batch_size": 79})  # of 80 windows

    loss = trained(train(trajectory, walk()))["T-0001"].losses[0]

    assert 0 < loss < 1


def test_a_loss_that_is_not_finite_names_its_epoch() -> None:
    [trajectory] = planned({"epoch": 3, "learning_rate": 1e30})

    with pytest.raises(DivergedError) as error:
        list(train(trajectory, walk()))

    assert str(error.value) in {
        f"the loss is {loss} at epoch 1 of 3. Lower learning_rate for this cell."
        for loss in ("inf", "nan")
    }


def test_a_cell_that_diverges_fails_alone() -> None:
    # One batch an epoch: the weights run away in epoch 1, the loss shows it in epoch 2.
    wild = {"learning_rate": 1e30, "batch_size": 1000}
    trajectories = planned({**wild, "epoch": 3}, {**wild, "epoch": 1}, {"epoch": 2})

    events = list(run(trajectories, walk(), workers=0))

    assert sorted(trained(events)) == ["T-0002", "T-0003"]
    [failed] = [event for event in events if isinstance(event, CellFailed)]
    assert failed.code == "T-0001"
    assert "at epoch 2 of 3. Lower learning_rate for this cell." in failed.reason


def test_a_rate_that_no_float32_holds_fails_its_cell() -> None:
    trajectories = planned({"learning_rate": 1e300}, {})

    events = list(run(trajectories, walk(), workers=0))

    assert list(trained(events)) == ["T-0002"]
    assert [event.code for event in events if isinstance(event, CellFailed)] == ["T-0001"]
