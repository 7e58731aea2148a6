from pathlib import Path

import pytest
import torch

from lstm_assets.errors import HomeError
from lstm_assets.models.lstm import Lstm
from lstm_assets.training.model_file import load_model, to_bytes, write_file

NETWORK = Lstm(size_unit_input=2, size_unit_hidden=3, size_unit_output=1)


def test_a_model_file_gives_the_trained_network_back(tmp_path: Path) -> None:
    torch.manual_seed(1)
    module = NETWORK.build()
    windows = torch.rand(5, 4, 1)

    write_file(tmp_path / "T" / "T-0001-1.pt", to_bytes("lstm", NETWORK.model_dump(), module))
    loaded = load_model(tmp_path / "T" / "T-0001-1.pt")

    assert torch.equal(loaded(windows), module(windows))
    assert not loaded.training


def test_a_model_file_can_be_read_with_its_weights_alone(tmp_path: Path) -> None:
    write_file(tmp_path / "T.pt", to_bytes("lstm", NETWORK.model_dump(), NETWORK.build()))

    content = torch.load(tmp_path / "T.pt", weights_only=True)

    assert content["model"] == "lstm"
    assert content["settings"] == {
        "size_unit_input": 2, "size_unit_hidden": 3, "size_unit_output": 1,
    }  # fmt: skip


def test_a_file_with_code_in_it_is_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "ran",)

    torch.save({"model": "lstm", "settings": {}, "weights": Evil()}, tmp_path / "T.pt")

    with pytest.raises(Exception, match="Weights only load failed"):
        load_model(tmp_path / "T.pt")

    assert not (tmp_path / "ran").exists()


def test_a_file_is_written_whole_and_alone(tmp_path: Path) -> None:
    write_file(tmp_path / "T.pt", b"old")

    write_file(tmp_path / "T.pt", b"new")

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"T.pt": b"new"}


def test_a_target_that_cannot_be_replaced_is_refused_and_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "T.pt"
    target.mkdir()

    with pytest.raises(HomeError) as error:
        write_file(target, b"new")

    assert str(error.value) == (
        f"{target} cannot be written: Is a directory. Free some space, or set LSTM_ASSETS_HOME "
        "to a folder that can be written."
    )
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models").write_bytes(b"a file")

    with pytest.raises(HomeError, match="Not a directory"):
        write_file(tmp_path / "models" / "T" / "T.pt", b"new")
