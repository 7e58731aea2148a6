"""Series of which it is known whether they can be forecast: how often is a claim made?

Each series is a study of its own, tuned by the command with tiny cells, with a holdout of 250 bars.
On walks, a claim is luck: at most 5% of them may be claimed, by a binomial bound that a rate of 5%
passes 99 times in 100. On the others, a claim is right.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lstm_assets_tests.site import Site
from lstm_assets_tests.studies import HEADER, write_study

BARS, HELD = 1000, 250
MOST_FALSE = 0.05  # rate of claims on series that cannot be forecast
CERTAINTY = 0.99  # with a true rate of MOST_FALSE, so often there are no more claims than allowed
SPACE: dict[str, list[Any]] = {
    "epoch": [150],
    "batch_size": [32],
    "learning_rate": [0.003, 0.01],
    "ratio_train_set": [0.8],
    "size_sequence": [3],
    "size_unit_input": [8],
    "size_unit_hidden": [8, 16],
    "size_unit_output": [1],
}

Bars = NDArray[np.float64]  # shape (bars, 4): open, high, low, close


@dataclass(frozen=True)
class Control:
    """A kind of series."""

    name: str
    count: int
    make: Callable[[np.random.Generator], Bars]
    least: float  # share of claims that there must be; 0: none can be right
    price: str = "close"


def walk(rng: np.random.Generator) -> Bars:
    """Return a random walk of log prices."""
    return _flat(_prices(0.01 * rng.normal(size=BARS)))


def ohlc_walk(rng: np.random.Generator) -> Bars:
    """Return a random walk of 20 steps a bar, as open, high, low and close."""
    steps = _prices(0.01 / np.sqrt(20) * rng.normal(size=BARS * 20)).reshape(BARS, 20)
    return np.column_stack([steps[:, 0], steps.max(axis=1), steps.min(axis=1), steps[:, -1]])


def garch_walk(rng: np.random.Generator) -> Bars:
    """Return a walk that drifts, with the variance of a GARCH(1, 1)."""
    moves, variance = np.empty(BARS), 1e-4
    for index in range(BARS):
        moves[index] = np.sqrt(variance) * rng.normal()
        variance = 5e-6 + 0.1 * moves[index] ** 2 + 0.85 * variance
    return _flat(_prices(0.0003 + moves))


def ar(coefficient: float) -> Callable[[np.random.Generator], Bars]:
    """Return a maker of prices whose moves are an AR(1)."""

    def make(rng: np.random.Generator) -> Bars:
        moves = np.zeros(BARS)
        for index in range(1, BARS):
            moves[index] = coefficient * moves[index - 1] + 0.01 * rng.normal()
        return _flat(_prices(moves))

    return make


def sine(rng: np.random.Generator) -> Bars:
    """Return a sine with a little noise."""
    turns = np.arange(BARS) * 2 * np.pi / rng.uniform(15, 40)
    return _flat(100 + 5 * np.sin(turns + rng.uniform(0, 6)) + 0.1 * rng.normal(size=BARS))


def _prices(moves: NDArray[np.float64]) -> NDArray[np.float64]:
    prices: NDArray[np.float64] = 100 * np.exp(moves.cumsum())
    return prices


def _flat(closes: NDArray[np.float64]) -> Bars:
    return np.repeat(closes[:, None], 4, axis=1)


CONTROLS = (
    Control("random walk", 40, walk, least=0),
    Control("walk with open, high, low and close, mid", 20, ohlc_walk, least=0, price="mid"),
    Control("drifting GARCH walk", 20, garch_walk, least=0),
    Control("AR 0.3", 20, ar(0.3), least=0.9),
    Control("AR 0.6", 10, ar(0.6), least=1),
    Control("sine", 10, sine, least=1),
)


def verdict_of(control: Control, seed: int, folder: Path) -> str:
    """Tune one series by the command and return its verdict."""
    bars = control.make(np.random.default_rng([seed, len(control.name)]))
    file = write_study(
        folder / "studies",
        SPACE,
        date_begin="2010-01-01",
        date_end="2019-12-31",
        price=control.price,
        evaluation_share=0.2,
        holdout={"share": HELD / BARS},
    )
    dates = np.datetime64("2010-01-01") + np.arange(BARS)
    rows = [",".join(map(str, [d, *b, 1])) for d, b in zip(dates, bars.tolist(), strict=True)]
    (file.parent / "prices.csv").write_text("\n".join([HEADER, *rows, ""]))
    site = Site(folder)
    done = site.here("tune", "TINY", "--workers", "0")
    if done.status:
        raise RuntimeError(done.stderr)
    return str(site.rows("TB_BESTMODEL")[0]["VERDICT"])


def claims(control: Control, count: int) -> int:
    """Return how many series of a kind are claimed to be forecast better."""
    claimed = 0
    for seed in range(count):
        with tempfile.TemporaryDirectory() as folder:
            claimed += verdict_of(control, seed, Path(folder)).startswith("Beats ")
    return claimed


def most_false(count: int) -> int:
    """Return the largest number of false claims that MOST_FALSE explains, of so many series."""
    return int(stats.binom.ppf(CERTAINTY, count, MOST_FALSE))


def outcome(found: Mapping[str, tuple[int, int]]) -> list[str]:
    """Return what is wrong with the claims; nothing if they are as they should be.

    Args:
        found: claims and series, by the name of a kind.
    """
    walks = [found[each.name] for each in CONTROLS if not each.least]
    false, count = (sum(numbers) for numbers in zip(*walks, strict=True))
    wrong = []
    if false > most_false(count):
        most = most_false(count)
        wrong.append(f"walks: {false} of {count} claimed, at most {most} are allowed")
    for control in CONTROLS:
        claimed, series = found[control.name]
        due = math.ceil(control.least * series)
        if claimed < due:
            wrong.append(f"{control.name}: {claimed} of {series} claimed, at least {due} are due")
    return wrong


def main() -> int:
    """Print the claims of each kind; return 1 if there are too many or too few."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the series of each kind")
    share = parser.parse_args().share
    found = {}
    for control in CONTROLS:
        count = max(round(control.count * share), 1)
        found[control.name] = claims(control, count), count
        print(f"{control.name}: {found[control.name][0]} of {count} claimed", flush=True)
    wrong = outcome(found)
    print("\n".join(wrong or ["as it should be"]))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
