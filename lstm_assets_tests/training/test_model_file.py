from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lstm_assets.common.files import write_file
from lstm_assets.errors import ModelFileError
from lstm_assets.models.lstm import Lstm
from lstm_assets.training.model_file import load_model, to_bytes

NETWORK = Lstm(size_unit_input=2, size_unit_hidden=3, size_unit_output=1)


def test_a_model_file_gives_the_trained_network_back(tmp_path: Path) -> None:
    torch.manual_seed(1)
    module = NETWORK.build(columns=1)
    windows = torch.rand(5, 4, 1)

    write_file(tmp_path / "T" / "T-0001-1.pt", to_bytes("lstm", NETWORK.model_dump(), module))
    loaded = load_model(tmp_path / "T" / "T-0001-1.pt")

    assert torch.equal(loaded(windows), module(windows))
    assert not loaded.training


def test_a_model_file_can_be_read_with_its_weights_alone(tmp_path: Path) -> None:
    write_file(tmp_path / "T.pt", to_bytes("lstm", NETWORK.model_dump(), NETWORK.build(columns=1)))

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

    with pytest.raises(ModelFileError, match=r"contains no model \(UnpicklingError\)\. Restore"):
        load_model(tmp_path / "T.pt")

    assert not (tmp_path / "ran").exists()


def refusal(path: Path, network: Lstm | None = None) -> str:
    with pytest.raises(ModelFileError) as error:
        load_model(path, network)
    told = str(error.value)
    remedy = "Restore it, or train its cell again: materialize it in model_results with "
    assert told.startswith(f"model file {path} ")
    assert told.endswith(f". {remedy}`retrain: true`.")
    assert "\n" not in told
    return told.removeprefix(f"model file {path} ").partition(". ")[0]


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    write_file(tmp_path / "T.pt", b"no model")

    assert refusal(tmp_path / "none.pt") == "is missing"
    assert refusal(tmp_path) == "cannot be read: Is a directory"
    assert refusal(tmp_path / "T.pt" / "T.pt") == "cannot be read: Not a directory"
    assert refusal(tmp_path / "T.pt").startswith("contains no model (")


def test_a_file_of_another_network_says_of_which(tmp_path: Path) -> None:
    write_file(tmp_path / "T.pt", to_bytes("lstm", NETWORK.model_dump(), NETWORK.build(columns=1)))
    other = Lstm(size_unit_input=5, size_unit_hidden=3, size_unit_output=1)

    assert load_model(tmp_path / "T.pt", NETWORK.model_copy())
    assert refusal(tmp_path / "T.pt", other) == (
        "contains Lstm(size_unit_input=2, size_unit_hidden=3, size_unit_output=1), expected "
        "Lstm(size_unit_input=5, size_unit_hidden=3, size_unit_output=1)"
    )


@pytest.mark.parametrize(
    "content",
    [
        ["lstm"],
        {"model": "lstm", "settings": NETWORK.model_dump()},
        {"model": "prophet", "settings": NETWORK.model_dump(), "weights": {}},
        {"model": "lstm", "settings": {"size_unit_input": 0}, "weights": {}},
        {"model": "lstm", "settings": NETWORK.model_dump(), "weights": {"output.bias": 1}},
        {
            "model": "lstm",
            "settings": NETWORK.model_dump() | {"size_unit_hidden": 4},
            "weights": NETWORK.build(columns=1).state_dict(),
        },
    ],
)
def test_a_file_that_does_not_hold_what_it_should_is_refused(
    tmp_path: Path, content: object
) -> None:
    torch.save(content, tmp_path / "T.pt")

    assert refusal(tmp_path / "T.pt").startswith("contains no model (")


WHOLE = to_bytes("lstm", NETWORK.model_dump(), NETWORK.build(columns=1))


@given(st.integers(0, len(WHOLE) - 1))
def test_a_torn_file_is_refused(bytes_kept: int) -> None:
    with TemporaryDirectory() as folder:
        write_file(Path(folder) / "T.pt", WHOLE[:bytes_kept])

        assert refusal(Path(folder) / "T.pt").startswith("contains no model (")


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    module = NETWORK.build(columns=1)
    with torch.no_grad():
        next(module.parameters())[0] = torch.inf
    write_file(tmp_path / "T.pt", to_bytes("lstm", NETWORK.model_dump(), module))

    assert refusal(tmp_path / "T.pt") == "contains weights that are not finite"
