"""Time of a model_results run outside training, and the memory of the command that runs it.

python -m lstm_assets_tests.benchmarks.run_overhead [--cells 16 1000 5000]

`lstm-assets tune` on cells that train in an instant: real Dagster runs, real tables, all cells in
one run of model_results, as in a backfill. From the wall time of that run, from its first event to
its last, the trainings' own seconds are taken off, divided by the workers. What is left is paid in
two ways: once a run, from its start until the first cell trains (plan, worker start-up, torch's
import), and for every cell (planned partition, scoring, model file, tables, events). Beside it, how
much a cell adds to Dagster's event log.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from lstm_assets.training.executors import default_workers
from lstm_assets_tests.benchmarks.errors import BenchmarkError
from lstm_assets_tests.benchmarks.memory import peak_memory
from lstm_assets_tests.mariadb import NoServerError, Server, open_server
from lstm_assets_tests.site import Site
from lstm_assets_tests.studies import write_study

CELLS = [16, 1000, 5000]
MODEL_RESULTS = dg.AssetKey(["tiny", "model_results"])
TARGET = 60  # milliseconds a cell


@dataclass(frozen=True, slots=True)
class Overhead:
    """One model_results run."""

    cells: int
    wall: float  # seconds from the run's first event to its end
    training: float  # seconds of its trainings, divided by the workers
    start_up: float  # seconds from its start until the first cell trained: paid once a run
    event_bytes: int  # of all its events, as Dagster stores them
    megabytes: float  # most resident memory of the command and its workers

    @property
    def milliseconds_a_cell(self) -> float:
        """What each cell costs besides its training, start-up apart."""
        return (self.wall - self.training - self.start_up) / self.cells * 1e3

    def __str__(self) -> str:
        return (
            f"{self.cells:6} {self.wall:9.2f} {self.training:11.2f} {self.start_up:11.2f} "
            f"{self.milliseconds_a_cell:10.1f} {self.event_bytes / self.cells:10.0f} "
            f"{self.megabytes:8.0f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cells", type=int, nargs="+", default=CELLS, metavar="N")
    counts = parser.parse_args().cells
    try:
        show(counts)
    except BenchmarkError as error:
        sys.exit(f"Error: {error}")


def show(counts: Sequence[int]) -> None:
    """Measure and print: a line for each number of cells on each database at hand."""
    print(f"time outside training, {default_workers()} workers; target {TARGET} ms a cell")
    print(f"{'':8}  cells     run s  training s  start-up s  ms a cell  B a cell  peak MB")
    with _site(None) as site:
        measure(site, 1)  # not told: the first worker of an installation compiles
    with ExitStack() as stack:
        for database, server in _servers(stack).items():
            for count in counts:
                with _site(server) as site:
                    print(f"{database:8} {measure(site, count)}", flush=True)


def measure(site: Site, cells: int) -> Overhead:
    """Tune a study of so many cells."""
    rates = [number / 100_000 for number in range(1, cells + 1)]
    write_study(site.studies, {"epoch": [1], "learning_rate": rates, "size_unit_hidden": [2]})
    process = site.start("tune", "TINY")
    with peak_memory(process.pid) as peak:
        _, errors = process.communicate()
    if process.returncode:
        raise BenchmarkError(f"lstm-assets tune failed: ...{errors[-2000:]}")
    seconds = {row["CODE_TASK"]: row["SECONDS_TRAIN"] for row in site.rows("TB_MODELHISTORY")}
    with site.instance() as instance:
        run = _run(instance)
        events = instance.get_records_for_run(run.dagster_run.run_id).records
        first = instance.fetch_materializations(MODEL_RESULTS, limit=1, ascending=True).records[0]
    return Overhead(
        cells=cells,
        wall=(run.end_time or math.nan) - events[0].timestamp,
        training=sum(seconds.values()) / default_workers(),
        start_up=first.timestamp - (run.start_time or math.nan) - seconds[first.partition_key],
        event_bytes=sum(len(dg.serialize_value(each.event_log_entry)) for each in events),
        megabytes=peak[0] / 2**20,
    )


def _run(instance: dg.DagsterInstance) -> dg.RunRecord:
    """The run that trained the cells."""
    return next(
        record
        for record in instance.get_run_records()
        if MODEL_RESULTS in (record.dagster_run.asset_selection or ())
    )


def _servers(stack: ExitStack) -> dict[str, Server | None]:
    """The databases at hand: SQLite needs no server."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    try:
        return {"SQLite": None, "MariaDB": stack.enter_context(open_server(folder))}
    except NoServerError as error:
        print(f"MariaDB is left out: {error}")
        return {"SQLite": None}


@contextmanager
def _site(server: Server | None) -> Iterator[Site]:
    """A place that nothing was run in; on a server, with databases for the tables and Dagster."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = [stack.enter_context(server.database()) for _ in range(2)] if server else []
        yield Site(folder, *urls)


if __name__ == "__main__":
    main()
