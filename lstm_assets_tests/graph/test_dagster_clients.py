"""Dagster's own clients, as a person starts them in a fresh clone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import lstm_assets
from lstm_assets_tests.site import VARIABLES
from lstm_assets_tests.ui.server import dagster_dev_in

CHECKOUT = Path(lstm_assets.__file__).parents[1]
SCRIPTS = Path(sys.executable).parent
FILES = ("dagster.yaml", "workspace.yaml", "pyproject.toml")
FOLDERS = ("lstm_assets", "sql")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Dagster's clients read of a checkout."""
    folder = tmp_path_factory.mktemp("clone")
    for file in FILES:
        shutil.copy(CHECKOUT / file, folder)
    for each in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__", "*.nb?")
        shutil.copytree(CHECKOUT / each, folder / each, ignore=ignored)
    return folder


def environment(clone: Path, **given: str) -> dict[str, str]:
    """An environment that sets nothing of the project's or of Dagster's, but what is given."""
    left = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return left | {"PYTHONPATH": str(clone), "PATH": f"{SCRIPTS}:{left['PATH']}"} | given


def run(clone: Path, command: str, **given: str) -> str:
    """Run a command in the clone; return its output once it has succeeded."""
    done = subprocess.run(
        command.split(),
        cwd=clone,
        env=environment(clone, **given),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("dg check defs", "All definitions loaded successfully"),
        ("dg list defs", "hyperparameter_grid"),
        ("dagster definitions validate", "All code locations passed validation"),
        ("dagster asset list -m lstm_assets.definitions", "usd_krw/best_model"),
    ],
)
def test_a_client_reads_the_definitions_of_a_fresh_clone(
    clone: Path, command: str, says: str
) -> None:
    assert says in run(clone, command)


def test_what_a_client_materializes_is_seen_by_the_command(clone: Path) -> None:
    run(clone, "dg launch --assets usd_krw/raw_prices")
    run(
        clone,
        "dagster asset materialize --select usd_krw/adjusted_prices -m lstm_assets.definitions",
    )

    shown = run(clone, "lstm-assets status")
    assert shown.count("Completed") == 2
    assert (clone / ".lstm_assets" / "dagster" / "history" / "runs.db").is_file()
    assert not list(clone.glob(".tmp_dagster_home_*"))


@pytest.mark.mysql
def test_a_client_uses_the_servers_that_are_set(
    clone: Path, mysql_url: str, tmp_path: Path
) -> None:
    servers = {
        "LSTM_ASSETS_HOME": str(tmp_path),
        "LSTM_ASSETS_DATABASE_URL": mysql_url,
        "DAGSTER_MYSQL_URL": mysql_url,
    }
    run(clone, "dg launch --assets usd_krw/raw_prices", **servers)

    engine = create_engine(mysql_url)
    with engine.connect() as conn:
        (status,) = conn.execute(text("SELECT status FROM runs")).scalars()
        bars = conn.scalar(text("SELECT COUNT(*) FROM TB_ASSETVALUE_RAW"))
    engine.dispose()
    assert (status, bars) == ("SUCCESS", 2815)
    assert not list(tmp_path.rglob("*.db"))


def test_dagster_dev_serves_a_fresh_clone(clone: Path, tmp_path: Path) -> None:
    with dagster_dev_in(clone, environment(clone), tmp_path / "log") as ui:
        assert ui.repositories()
