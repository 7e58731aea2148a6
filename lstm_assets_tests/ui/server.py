"""`dagster dev`, as a person starts it from the checkout: a helper of tests."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import lstm_assets
from lstm_assets_tests.cli.processes import members, wait_until
from lstm_assets_tests.site import Site
from lstm_assets_tests.ui.graphql import Ui

CHECKOUT = Path(lstm_assets.__file__).parents[1]
SECONDS_TO_END = 15


@contextmanager
def dagster_dev(site: Site) -> Iterator[Ui]:
    """Dagster's UI and daemons on a site, with the dagster.yaml that ships.

    Yields when the UI shows the site's studies; leaves none of its processes behind.
    """
    home = site.home / "dagster"
    home.mkdir(parents=True)
    shutil.copy(CHECKOUT / "dagster.yaml", home)
    environment = site.environment | {"DAGSTER_HOME": str(home)}
    with dagster_dev_in(CHECKOUT, environment, site.folder / "log") as ui:
        yield ui


@contextmanager
def dagster_dev_in(folder: Path, environment: dict[str, str], log: Path) -> Iterator[Ui]:
    """Dagster's UI and daemons, started in a checkout; they end with the block."""
    port = _free_port()
    command = [sys.executable, "-m", "dagster", "dev", "-w", "workspace.yaml"]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "-h", "127.0.0.1", "-p", str(port)],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            ui = Ui(f"http://127.0.0.1:{port}", lambda: process.poll() is None)
            ui.wait_until(ui.repositories, "the UI shows the study")
            yield ui
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ask the processes of `dagster dev` to end, and end those that do not."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=SECONDS_TO_END)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    wait_until(lambda: not members(process.pid), "dagster dev has left no process behind")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
