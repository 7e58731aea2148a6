from pathlib import Path

import pytest

from lstm_assets.common.files import write_file
from lstm_assets.errors import HomeError


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
