"""A database server for tests: a private MariaDB, or the one LSTM_ASSETS_TEST_MYSQL_URL names."""

import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import mysql.connector
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


@contextmanager
def open_server(folder: Path) -> Iterator[Server]:
    """The server that the environment names, or one of our own with its files in `folder`.

    Raises:
        NoServerError: there is neither.
    """
    if given := os.environ.get(VARIABLE):
        yield Server(make_url(given))
        return
    programs = [shutil.which(name) for name in ("mariadb-install-db", "mariadbd")]
    if None in programs:
        raise NoServerError(
            "mariadbd and mariadb-install-db are not on PATH. "
            f"Install mariadb-server, or set {VARIABLE}."
        )
    with _private(folder, *map(str, programs)) as server:
        yield server


@contextmanager
def _private(folder: Path, install: str, mariadbd: str) -> Iterator[Server]:
    common = ["--no-defaults", f"--datadir={folder / 'data'}"]
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
        "--innodb-flush-log-at-trx-commit=0",  # tests need no durability
    ]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            server = Server(make_url(f"mysql+mysqlconnector://root@127.0.0.1:{port}"))
            _wait_for(server, process, folder / "log")
            yield server
        finally:
            process.terminate()


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


def _connect(url: URL) -> mysql.connector.MySQLConnection:
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
