"""Price rows a second into an empty table, over existing rows, and back out.

python -m lstm_assets_tests.benchmarks.store_throughput
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from lstm_assets.sources.prices import Prices, no_actions
from lstm_assets.store.engine import begin, connect, open_engine
from lstm_assets.store.migrations import migrate
from lstm_assets.store.prices import read_adjusted, replace_adjusted, write_raw
from lstm_assets_tests.mariadb import NoServerError, open_server

ROWS = 20_000
ROUNDS = 3
TARGETS = {"SQLite": 20_000, "MariaDB": 5_000}  # rows a second, for every kind of write


def main() -> None:
    print(f"rows a second, {ROWS} bars, median of {ROUNDS} rounds")
    with tempfile.TemporaryDirectory() as folder, _databases(Path(folder)) as urls:
        for name, url in urls.items():
            for step, rate in measure(url).items():
                print(f"{name:8} {step:18} {rate:9,.0f}   target {TARGETS[name]:,}")


def measure(url: str) -> dict[str, float]:
    """Median rates of each step."""
    engine = open_engine(url)
    migrate(engine)
    rounds = [_round(engine, f"T{number}") for number in range(ROUNDS)]
    engine.dispose()
    return {step: statistics.median(r[step] for r in rounds) for step in rounds[0]}


def _round(engine: Engine, ticker: str) -> dict[str, float]:
    prices = Prices(_bars(), no_actions())

    def write() -> None:
        with begin(engine) as conn:
            write_raw(conn, ticker, prices)

    def replace() -> None:
        with begin(engine) as conn:
            replace_adjusted(conn, ticker, None, None, prices.bars)

    def read() -> None:
        with connect(engine) as conn:
            read_adjusted(conn, ticker, None, None)

    steps = {"insert": write, "upsert": write, "replace (empty)": replace, "replace": replace}
    return {name: _rate(step) for name, step in steps.items()} | {"read": _rate(read)}


def _rate(step: Callable[[], None]) -> float:
    start = time.perf_counter()
    step()
    return ROWS / (time.perf_counter() - start)


def _bars() -> pd.DataFrame:
    dates = pd.date_range("1960-01-01", periods=ROWS).strftime("%Y-%m-%d")
    prices = np.random.default_rng(0).uniform(1000, 1500, (ROWS, 5))
    bars = pd.DataFrame(prices, columns=["open", "high", "low", "close", "volume"])
    bars.insert(0, "date", dates)
    return bars


@contextmanager
def _databases(folder: Path) -> Iterator[dict[str, str]]:
    sqlite = {"SQLite": f"sqlite:///{folder / 'store.db'}"}
    (folder / "mariadb").mkdir()
    try:
        with open_server(folder / "mariadb") as server, server.database() as url:
            yield sqlite | {"MariaDB": url}
    except NoServerError as error:
        print(f"MariaDB is left out: {error}")
        yield sqlite


if __name__ == "__main__":
    main()
