"""What a contender is: a command that does a workload's job, timed from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import lstm_assets_tests
from lstm_assets_tests.benchmarks.errors import BenchmarkError
from lstm_assets_tests.benchmarks.job import Score, read_scores, write_job
from lstm_assets_tests.benchmarks.workload import Workload

ROOT = Path(lstm_assets_tests.__file__).parents[1]


@dataclass(frozen=True)
class Contender(ABC):
    """One way to train a workload's cells."""

    name: str
    what: str  # in one line
    packages: tuple[str, ...]  # whose versions matter

    @abstractmethod
    def prepare(self, folder: Path, workload: Workload) -> None:
        """Leave in an empty folder what the command reads; not timed."""

    @abstractmethod
    def command(self, folder: Path) -> list[str]:
        """What a user would run."""

    @abstractmethod
    def scores(self, folder: Path) -> list[Score]:
        """What the command found, in any order; not timed."""

    def environment(self, folder: Path) -> dict[str, str]:
        """Environment of the command."""
        return dict(os.environ)

    def versions(self) -> str:
        """Versions of its packages.

        Raises:
            BenchmarkError: one is not installed.
        """
        try:
            return ", ".join(f"{package} {version(package)}" for package in self.packages)
        except PackageNotFoundError as error:
            raise BenchmarkError(
                f"{self.name}: {error.name} is not installed. "
                "Run `make bench`, or name other contenders with --only."
            ) from None

    def seconds(self, folder: Path) -> float:
        """Run the command in a fresh process; its start-up counts.

        Raises:
            BenchmarkError: it failed.
        """
        log = folder / "log"
        with log.open("w") as output:
            start = time.perf_counter()
            done = subprocess.run(
                self.command(folder),
                cwd=ROOT,
                env=self.environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
            )
            seconds = time.perf_counter() - start
        if done.returncode:
            raise BenchmarkError(f"{self.name} failed: ...{log.read_text()[-2000:]}")
        return seconds


class Script(Contender):
    """A contender whose module of this package is its program."""

    def prepare(self, folder: Path, workload: Workload) -> None:
        write_job(folder, workload.job())

    def command(self, folder: Path) -> list[str]:
        return [sys.executable, "-m", f"{__package__}.{self.name}", str(folder)]

    def scores(self, folder: Path) -> list[Score]:
        return read_scores(folder)
