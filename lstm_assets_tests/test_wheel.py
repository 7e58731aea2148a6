"""The packaged wheel works away from the checkout."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent

TUNE = [
    *("tune", "--set", "epoch=1", "--set", "size_unit_hidden=2", "--set", "size_unit_input=2"),
    *("--set", "size_sequence=2", "--set", "batch_size=500", "--set", "learning_rate=0.01"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content; what it depends on is this environment's."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([*pip, *build, str(CHECKOUT)], check=True)
    (wheel,) = folder.glob("lstm_assets-*.whl")
    site = folder / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], check=True)
    return site


def test_it_tunes_outside_the_checkout(site: Path, tmp_path: Path) -> None:
    environment = {name: os.environ[name] for name in os.environ if "LSTM_ASSETS" not in name}
    script = "import lstm_assets.cli as cli; print(cli.__file__, flush=True); cli.main()"

    told = subprocess.run(
        [sys.executable, "-c", script, *TUNE],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith(str(site))
    assert "Winner: USDKRW-000" in told.stdout
    assert (tmp_path / ".lstm_assets" / "lstm_assets.db").is_file()


def test_it_holds_the_licence_and_no_tests(site: Path) -> None:
    assert list(site.glob("lstm_assets-*.dist-info/licenses/LICENSE"))
    assert not list(site.glob("lstm_assets_tests*"))
