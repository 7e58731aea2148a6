"""Compiled code is cached for the next process, and never used after its source has changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lstm_assets
from lstm_assets.models.lstm.compiled import compiling

FACTOR = "from numba import njit\n\n\n@njit\ndef factor():\n    return {}\n"
USED = """
from compiling import compile_cached, source_digest
from factor import factor

def _scale(sources):
    def scale(x):
        return factor() * x if sources else None
    return compile_cached(scale)

scale = _scale(source_digest())
print(scale(21), scale.stats.cache_hits.total())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(str(compiling.__file__), tmp_path)
    (tmp_path / "factor.py").write_text(FACTOR.format(2))
    (tmp_path / "used.py").write_text(USED)
    return tmp_path


def told(folder: Path, **environment: str) -> str:
    return subprocess.check_output(
        [sys.executable, "-c", "import used"],
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
    )


def test_the_next_process_does_not_compile(folder: Path) -> None:
    assert told(folder) == "42 0\n"
    assert told(folder) == "42 1\n"


def test_a_change_to_a_called_function_compiles_again(folder: Path) -> None:
    told(folder)
    (folder / "factor.py").write_text(FACTOR.format(3))

    assert told(folder) == "63 0\n"


def test_it_works_where_nothing_can_be_cached(folder: Path) -> None:
    (folder / "__pycache__").write_text("in the way of the folder")
    home = folder / "no_folder"
    home.write_text("in the way of numba's own folder")

    assert told(folder, HOME=str(home), XDG_CACHE_HOME=str(home)) == "42 0\n"
    assert told(folder, HOME=str(home), XDG_CACHE_HOME=str(home)) == "42 0\n"


KEY = "from lstm_assets.models.lstm.compiled.compiling import source_digest as d; print(d())"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of what the key of compiled code is made from, to be changed."""
    source = Path(lstm_assets.__file__).parent
    for name in ("optim", "models", "common"):
        shutil.copytree(source / name, tmp_path / "lstm_assets" / name)
    shutil.copy(source / "__init__.py", tmp_path / "lstm_assets")
    return tmp_path / "lstm_assets"


def key(package: Path) -> str:
    command = [sys.executable, "-c", KEY]
    environment = {**os.environ, "PYTHONPATH": str(package.parent)}
    return subprocess.check_output(command, text=True, cwd=package.parent, env=environment)


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ("optim/adam.py", True),  # its constants are compiled in
        ("models/lstm/compiled/layer.py", True),
        ("models/lstm/network.py", False),
    ],
)
def test_the_key_of_compiled_code_has_all_that_is_compiled_in(
    package: Path, changed: str, counts: bool
) -> None:
    before = key(package)

    with (package / changed).open("a") as file:
        file.write("# changed\n")

    assert (key(package) != before) is counts
