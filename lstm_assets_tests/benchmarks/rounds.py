"""What the rounds of one size say: pure arithmetic on seconds, and the table that shows it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from lstm_assets_tests.benchmarks.contenders import OURS

HEADER = ["contender", "seconds (min to max)", f"times {OURS} (min to max)", "of the rate"]


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure, and between what it lay over the rounds."""

    figure: float
    least: float
    most: float

    def __format__(self, style: str) -> str:
        return f"{self.figure:{style}} ({self.least:{style}} to {self.most:{style}})"


@dataclass(frozen=True, slots=True)
class Rounds:
    """Everything measured at one size, round by round."""

    size: str
    work: int  # floating-point operations of the matrix products, each cell trained alone
    rates: list[float] = field(default_factory=list)  # the machine's, GFLOP/s
    seconds: dict[str, list[float]] = field(default_factory=dict)  # contender -> of each round

    @property
    def rate(self) -> Spread:
        """The machine's matrix-product rate, GFLOP/s."""
        return Spread(statistics.median(self.rates), min(self.rates), max(self.rates))

    def time(self, name: str) -> Spread:
        """A contender's median, and its fastest and slowest round."""
        seconds = self.seconds[name]
        return Spread(statistics.median(seconds), min(seconds), max(seconds))

    def ratio(self, name: str) -> Spread | None:
        """How many times our median a contender's is; over the rounds, how many times our time."""
        if OURS not in self.seconds:
            return None
        theirs, ours = self.seconds[name], self.seconds[OURS]
        each = [their / our for their, our in zip(theirs, ours, strict=True)]
        return Spread(statistics.median(theirs) / statistics.median(ours), min(each), max(each))

    def share(self, name: str) -> Spread:
        """The part of the machine's matrix-product rate that a contender sustains."""
        seconds, rates = self.seconds[name], self.rates
        work = self.work / 1e9
        each = [work / s / rate for s, rate in zip(seconds, rates, strict=True)]
        medians = statistics.median(seconds) * statistics.median(rates)
        return Spread(work / medians, min(each), max(each))

    def table(self) -> str:
        """The figures for people, a contender a line."""
        return _columns([HEADER, *(self._row(name) for name in self.seconds)])

    def _row(self, name: str) -> list[str]:
        ratio = self.ratio(name)
        return [
            name,
            format(self.time(name), ".1f"),
            format(ratio, ".2f") if ratio else "",
            format(self.share(name), ".2f"),
        ]


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    return "\n".join("  ".join(line).rstrip() for line in lines)
