"""Files that an earlier release wrote are read today: a model file, and a checkpoint on its way.

stored_files.zip holds both, of CELL on walk(): written by version training-1+lstm-1, before
networks were built for a number of input columns.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
import torch

from lstm_assets.evaluation.scores import score
from lstm_assets.training.checkpoint import checkpoint_path, read_checkpoint
from lstm_assets.training.engines.lockstep_pack import train_pack
from lstm_assets.training.engines.one_by_one import train
from lstm_assets.training.engines.packs import Pack
from lstm_assets.training.engines.scoring import predictor
from lstm_assets.training.events import EpochTrained, Event
from lstm_assets.training.model_file import load_model, to_bytes
from lstm_assets.training.options import Options
from lstm_assets.training.trajectory import Trajectory
from lstm_assets_tests.training.cells import planned, trained, walk

CELL = {"epoch": 4, "size_unit_input": 2, "size_unit_hidden": 2}
LOSSES = (0.06769558554515243, 0.016016135298559674, 0.0015637684846064204, 0.006422052781272214)
MSE = 45.01146247152104


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with ZipFile(Path(__file__).with_name("stored_files.zip")) as files:
        files.extractall(tmp_path)
    return tmp_path


def test_a_model_file_scores_what_it_scored(folder: Path) -> None:
    [trajectory] = planned(CELL)

    module = load_model(folder / "model.pt", trajectory.network)

    split = trajectory.split(walk())
    assert score(predictor(module), walk().prices, split).mse == pytest.approx(MSE, rel=1e-12)


def test_a_model_file_is_written_as_it_was(folder: Path) -> None:
    [trajectory] = planned(CELL)
    module = load_model(folder / "model.pt")
    (folder / "new.pt").write_bytes(to_bytes("lstm", trajectory.network.model_dump(), module))

    new, stored = (torch.load(folder / name, weights_only=True) for name in ("new.pt", "model.pt"))

    assert list(new) == list(stored) == ["model", "settings", "weights"]
    assert (new["model"], new["settings"]) == (stored["model"], stored["settings"])
    assert list(new["weights"]) == list(stored["weights"])
    assert all(torch.equal(each, stored["weights"][name]) for name, each in new["weights"].items())


def in_a_pack(trajectory: Trajectory, *rest: object) -> Iterator[Event]:
    return train_pack(Pack((trajectory,), "cpu"), *rest)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", [train, in_a_pack])
def test_a_trajectory_goes_on_from_its_checkpoint(
    folder: Path, engine: Callable[..., Iterator[Event]]
) -> None:
    [trajectory] = planned(CELL)
    kept = read_checkpoint(checkpoint_path(folder, trajectory, walk()))

    events = list(engine(trajectory, walk(), Options(folder, 1000)))

    assert kept is not None
    assert kept.losses == LOSSES[: kept.epoch]
    assert next(each.epoch for each in events if isinstance(each, EpochTrained)) == kept.epoch + 1
    [cell] = trained(events).values()
    assert cell.losses == pytest.approx(LOSSES, rel=1e-4)
    assert cell.scores.mse == pytest.approx(MSE, rel=1e-4)
