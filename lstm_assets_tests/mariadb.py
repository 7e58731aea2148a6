"""A private MariaDB, or the server of LSTM_ASSETS_TEST_MYSQL_URL: a helper of tests."""

import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import mysql.connector
from mysql.connector.abstracts import MySQLConnectionAbstract
from mysql.connector.pooling import PooledMySQLConnection
from sqlalchemy import URL, make_url

VARIABLE = "LSTM_ASSETS_TEST_MYSQL_URL"
SECONDS_START = 30


class NoServerError(Exception):
    """Neither a server nor the programs to start one are here."""


@dataclass(frozen=True)
class Server:
    """A server on which databases and users can be created."""

    admin: URL  # of a user that may create and drop both

    def run(self, *statements: str) -> None:
        with closing(_connect(self.admin)) as connection, closing(connection.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)
            connection.commit()

    @contextmanager
    def database(self) -> Iterator[str]:
        """URL of a database of its own, dropped at the end."""
        name = f"lstm_assets_test_{uuid.uuid4().hex[:12]}"
        self.run(f"CREATE DATABASE {name}")
        try:
            yield self.admin.set(database=name).render_as_string(hide_password=False)
        finally:
            self.run(f"DROP DATABASE {name}")


@dataclass(frozen=True)
class PrivateServer(Server):
    """A server of our own, which can be stopped and started again as it was."""

    command: tuple[str, ...]
    log: Path
    running: "list[subprocess.Popen[bytes]]" = field(default_factory=list)  # at most one

    def start(self) -> None:
        """Start it on its port and files; returns when it answers."""
        with self.log.open("a") as log:
            process = subprocess.Popen(self.command, stderr=log)
        self.running.append(process)
        _wait_for(self, process, self.log)

    def stop(self) -> None:
        """Stop it in order; returns when it has ended."""
        process = self.running.pop()
        process.terminate()
        process.wait()

    def kill(self) -> None:
        """End it without a word to anybody."""
        process = self.running.pop()
        process.kill()
        process.wait()


@contextmanager
def open_server(folder: Path) -> Iterator[Server]:
    """The server that the environment names, or one of our own with its files in `folder`.

    Raises:
        NoServerError: there is neither.
    """
    if given := os.environ.get(VARIABLE):
        yield Server(make_url(given))
        return
    # Tests need no durability.
    with open_private_server(folder, "--innodb-flush-log-at-trx-commit=0") as server:
        yield server


@contextmanager
def open_private_server(folder: Path, *options: str) -> Iterator[PrivateServer]:
    """A server of our own, whatever the environment names.

    Args:
        folder: of its files.
        options: further ones of mariadbd.

    Raises:
        NoServerError: its programs are not here.
    """
    install, mariadbd = (shutil.which(name) for name in ("mariadb-install-db", "mariadbd"))
    if install is None or mariadbd is None:
        raise NoServerError(
            "mariadbd and mariadb-install-db are not on PATH. "
            f"Install mariadb-server, or set {VARIABLE}."
        )
    server = _installed(folder, install, mariadbd, options)
    try:
        server.start()
        yield server
    finally:
        if server.running:
            server.stop()


def _installed(
    folder: Path, install: str, mariadbd: str, options: tuple[str, ...]
) -> PrivateServer:
    # Servers that are installed at the same time would delete each other's files in /tmp.
    temporary = folder / "tmp"
    temporary.mkdir()
    common = ["--no-defaults", f"--datadir={folder / 'data'}", f"--tmpdir={temporary}"]
    if os.geteuid() == 0:
        common.append("--user=root")  # the server refuses root unless told so
    _install([install, *common, "--auth-root-authentication-method=normal", "--skip-test-db"])
    port = _free_port()
    command = [
        mariadbd,
        *common,
        f"--port={port}",
        "--bind-address=127.0.0.1",
        f"--socket={folder / 's'}",
        f"--pid-file={folder / 'pid'}",
        *options,
    ]
    url = make_url(f"mysql+mysqlconnector://root@127.0.0.1:{port}")
    return PrivateServer(url, tuple(command), folder / "log")


def _install(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoServerError(f"mariadb-install-db failed: {(done.stderr or done.stdout)[-300:]}")


def _wait_for(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(SECONDS_START * 20):
        if process.poll() is not None:
            break
        try:
            return server.run("DO 1")
        except mysql.connector.Error:
            time.sleep(0.05)
    raise NoServerError(f"mariadbd did not start: {log.read_text()[-300:]}")


def _connect(url: URL) -> MySQLConnectionAbstract | PooledMySQLConnection:
    return mysql.connector.connect(
        host=url.host,
        port=url.port or 3306,
        user=url.username,
        password=url.password or "",
        collation="utf8mb4_general_ci",
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
