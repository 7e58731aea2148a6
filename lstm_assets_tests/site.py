"""Where the command is run, with home, studies and databases: a helper of tests."""

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dagster as dg
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

import lstm_assets
from lstm_assets.cli import main

VARIABLES = (
    "LSTM_ASSETS_HOME",
    "LSTM_ASSETS_STUDIES",
    "LSTM_ASSETS_DATABASE_URL",
    "LSTM_ASSETS_DEVICE",
    "LSTM_ASSETS_ALERT_WEBHOOK",
    "DAGSTER_HOME",
    "DAGSTER_MYSQL_URL",
)
SECONDS = 120  # after which a command counts as stuck

Row = dict[str, Any]


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Site:
    """Everything is below `folder`, but for databases on a server."""

    folder: Path
    database_url: str = ""
    dagster_mysql_url: str = ""

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def studies(self) -> Path:
        return self.folder / "studies"

    @property
    def url(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'lstm_assets.db'}"

    @property
    def environment(self) -> dict[str, str]:
        given = {
            "LSTM_ASSETS_HOME": str(self.home),
            "LSTM_ASSETS_STUDIES": str(self.studies),
            "LSTM_ASSETS_DATABASE_URL": self.database_url,
            "DAGSTER_MYSQL_URL": self.dagster_mysql_url,
            "PYTHONPATH": str(Path(lstm_assets.__file__).parents[1]),
        }
        others = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        return others | {name: value for name, value in given.items() if value}

    def run(self, *arguments: str) -> Done:
        """Run the command in a process of its own."""
        process = self.start(*arguments)
        try:
            stdout, stderr = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return Done(process.returncode, stdout, stderr)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start the command, as the leader of a process group."""
        return subprocess.Popen(
            [*command(), *arguments],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )

    def here(self, *arguments: str) -> Done:
        """Run the command in this process, which saves its start."""
        stdout = io.StringIO()
        with (
            patch.dict(os.environ, self.environment, clear=True),
            patch.object(sys, "argv", ["lstm-assets", *arguments]),
            tempfile.TemporaryFile("w+", encoding="utf-8") as stderr,
            redirect_stdout(stdout),
            redirect_stderr(stderr),
        ):
            status = _status_of_main()
            stderr.flush()
            stderr.seek(0)
            return Done(status, stdout.getvalue(), stderr.read())

    def rows(self, table: str) -> list[Row]:
        """Every row of a table, by the columns of its key."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as conn:
            found = conn.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2, 3")).mappings()
            return [dict(row) for row in found]

    def execute(self, statement: str) -> None:
        """Change the tables behind the command's back."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.begin() as conn:
            conn.execute(text(statement))

    def statuses(self) -> dict[str, str]:
        """STATUS by CODE_TASK, in the order of IDX_TASK."""
        rows = sorted(self.rows("TB_TASKSTATUS"), key=lambda row: row["IDX_TASK"])
        return {row["CODE_TASK"]: row["STATUS"] for row in rows}

    def notes(self) -> dict[str, str]:
        """The NOTE of each row of TB_TASKSTATUS that has one."""
        return {r["CODE_TASK"]: r["NOTE"] for r in self.rows("TB_TASKSTATUS") if r["NOTE"]}

    def versions(self) -> list[tuple[str, int]]:
        """CODE_TASK and VERSION_MODEL of each row of TB_MODELHISTORY."""
        rows = self.rows("TB_MODELHISTORY")
        return sorted((row["CODE_TASK"], row["VERSION_MODEL"]) for row in rows)

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        """The Dagster instance in which the commands recorded their runs."""
        with (
            patch.dict(os.environ, self.environment, clear=True),
            dg.DagsterInstance.from_config(str(self.home / "dagster")) as instance,
        ):
            yield instance


def command() -> list[str]:
    """How lstm-assets is started: its script where the package is installed."""
    script = shutil.which("lstm-assets", path=str(Path(sys.executable).parent))
    return (
        [script] if script else [sys.executable, "-c", f"import {main.__module__} as m; m.main()"]
    )


def _status_of_main() -> int:
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0
