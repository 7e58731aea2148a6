"""The whole reference grid by `lstm-assets tune`: its time, its share of the rate, its memory.

python -m lstm_assets_tests.benchmarks.reference_grid

From the command's start to its end, in a home that nothing was run in before. The machine's float32
matrix product is measured before and after; the work of each cell counts once, as if it were
trained alone.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from lstm_assets.cells.values import Values
from lstm_assets.settings import shipped_studies
from lstm_assets_tests.benchmarks.errors import BenchmarkError
from lstm_assets_tests.benchmarks.matrix_product import rate
from lstm_assets_tests.benchmarks.memory import peak_memory
from lstm_assets_tests.benchmarks.workload import SIZES, work_one_by_one
from lstm_assets_tests.site import Site

STUDY = "USDKRW"
COLUMNS = ("CODE_TASK", "DATE_UPDATE")  # of TB_HYPERPARAMETER that are no hyperparameters


def main() -> None:
    try:
        measure()
    except BenchmarkError as error:
        sys.exit(f"Error: {error}")


def measure() -> None:
    """Tune the reference study and print what it took."""
    rates = [rate()]
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.studies.symlink_to(shipped_studies())
        start = time.perf_counter()
        process = site.start("tune", STUDY)
        with peak_memory(process.pid) as peak:
            _, errors = process.communicate()
        seconds = time.perf_counter() - start
        if process.returncode:
            raise BenchmarkError(f"lstm-assets tune failed: ...{errors[-2000:]}")
        work = _work(site)
    rates.append(rate())
    sustained, product = work / seconds / 1e9, sum(rates) / len(rates)
    print(f"{seconds:.0f} s; {work / 1e12:.1f} TFLOP counted cell by cell, {sustained:.0f} GFLOP/s")
    print(f"matrix product {rates[0]:.0f} before, {rates[1]:.0f} GFLOP/s after")
    print(f"{sustained / product:.2f} of the rate; peak memory {peak[0] / 2**20:.0f} MB")


def _work(site: Site) -> int:
    """Floating-point operations of the matrix products of every cell, each trained alone."""
    series = SIZES["large"].series()  # of the same prices
    return work_one_by_one(map(_cell, site.rows("TB_HYPERPARAMETER")), series)


def _cell(row: dict[str, Any]) -> Values:
    return {name.lower(): value for name, value in row.items() if name not in COLUMNS}


if __name__ == "__main__":
    main()
