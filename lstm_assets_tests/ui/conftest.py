import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import lstm_assets
from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.site import Site
from lstm_assets_tests.studies import write_study
from lstm_assets_tests.ui.graphql import Ui

CHECKOUT = Path(lstm_assets.__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, mysql_server: Server) -> Iterator[Site]:
    """The study TINY; its tables and Dagster's share one database."""
    folder = tmp_path_factory.mktemp("ui")
    write_study(folder / "studies")
    with mysql_server.database() as url:
        yield Site(folder, url, url)


@pytest.fixture(scope="module")
def ui(site: Site) -> Iterator[Ui]:
    """`dagster dev` from the checkout, with the dagster.yaml that ships."""
    home = site.home / "dagster"
    home.mkdir(parents=True)
    shutil.copy(CHECKOUT / "dagster.yaml", home)
    port = _free_port()
    command = [sys.executable, "-m", "dagster", "dev", "-w", "workspace.yaml"]
    log = site.folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "-h", "127.0.0.1", "-p", str(port)],
            cwd=CHECKOUT,
            env=site.environment | {"DAGSTER_HOME": str(home)},
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
        process.wait(timeout=15)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
