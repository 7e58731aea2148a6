"""Seconds to train the same cells: ours beside Keras, Optuna and Ray Tune, in turn in one run.

python -m lstm_assets_tests.benchmarks.training_speed [--size small|large|both] [--rounds 3]
    [--only NAME ...] [--json FILE]

A contender's time is that of a fresh process from its start to its end. The machine's float32
matrix-product rate is measured before each round: the share of it that a contender sustains counts
the work of each cell once, as if it were trained alone, so shared trajectories show up as speed.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lstm_assets.cells.values import Values
from lstm_assets.evaluation.scores import score
from lstm_assets.training.executors import default_workers
from lstm_assets.training.series import TrainingSeries
from lstm_assets_tests.benchmarks.contenders import CONTENDERS, Contender
from lstm_assets_tests.benchmarks.errors import BenchmarkError
from lstm_assets_tests.benchmarks.job import Score, split_of
from lstm_assets_tests.benchmarks.matrix_product import rate
from lstm_assets_tests.benchmarks.rounds import Rounds
from lstm_assets_tests.benchmarks.workload import SIZES, WARM_UP, Workload

TRAINED = 0.25  # of an untrained network's MSE: what the fewest epochs come below by far


def main() -> None:
    asked = _arguments()
    contenders = [CONTENDERS[name] for name in dict.fromkeys(asked.only)]
    sizes = list(SIZES.values()) if asked.size == "both" else [SIZES[asked.size]]
    try:
        machine = _introduce(contenders)
        for contender in contenders:
            _run(contender, WARM_UP, WARM_UP.series())
        measured = [_measure(size, contenders, asked.rounds) for size in sizes]
    except BenchmarkError as error:
        sys.exit(f"Error: {error}")
    if asked.json:
        figures = machine | {"sizes": [_as_json(each) for each in measured]}
        asked.json.write_text(json.dumps(figures, indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", choices=[*SIZES, "both"], default="both")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there, too")
    asked = parser.parse_args()
    if asked.rounds < 1:
        parser.error(f"--rounds is {asked.rounds}, expected at least 1")
    return asked


def _introduce(contenders: Iterable[Contender]) -> dict[str, Any]:
    """Say who is measured on what; returns the same for the JSON file."""
    who = {each.name: f"{each.what} ({each.versions()})" for each in contenders}
    processors, machine = default_workers(), platform.machine()
    python = platform.python_version()
    print(f"{processors} processors ({machine}), Python {python}")
    for name, what in who.items():
        print(f"  {name:9} {what}")
    warm_up = "Each has trained one cell for one epoch first, not timed, so all caches are warm."
    print(warm_up, flush=True)
    return {"processors": processors, "machine": machine, "python": python, "contenders": who}


def _measure(size: Workload, contenders: list[Contender], rounds: int) -> Rounds:
    series = size.series()
    measured = Rounds(size.name, size.work(series))
    for number in range(1, rounds + 1):
        measured.rates.append(rate())
        _say(f"{size.name}, round {number}: matrix product {measured.rates[-1]:.0f} GFLOP/s")
        for contender in contenders:
            seconds = _run(contender, size, series)
            measured.seconds.setdefault(contender.name, []).append(seconds)
            _say(f"{size.name}, round {number}: {contender.name} {seconds:.1f} s")
    epochs = sum(cell["epoch"] for cell in size.cells)
    print(f"\n{size.name}: {len(size.cells)} cells, {epochs} epochs; rounds: {rounds}; ", end="")
    print(f"{measured.work / 1e12:.2f} TFLOP; matrix product {measured.rate:.0f} GFLOP/s")
    print(measured.table(), flush=True)
    return measured


def _run(contender: Contender, workload: Workload, series: TrainingSeries) -> float:
    """Seconds of one run in a folder of its own, its scores checked."""
    with tempfile.TemporaryDirectory() as name:
        contender.prepare(Path(name), workload)
        seconds = contender.seconds(Path(name))
        check(contender.name, contender.scores(Path(name)), workload.cells, series)
    return seconds


def check(name: str, scores: list[Score], cells: list[Values], series: TrainingSeries) -> None:
    """Refuse scores that show that work was left out.

    Raises:
        BenchmarkError: a cell is missing, is there twice, or was hardly trained.
    """
    found = sorted(json.dumps(cell, sort_keys=True) for cell, _ in scores)
    if found != sorted(json.dumps(cell, sort_keys=True) for cell in cells):
        raise BenchmarkError(f"{name}: {len(found)} scores are not those of {len(cells)} cells.")
    for cell, mse in scores:
        if not (math.isfinite(mse) and mse < TRAINED * untrained_mse(cell, series)):
            raise BenchmarkError(f"{name}: an MSE of {mse} is no trained cell's. The cell: {cell}")


def untrained_mse(cell: Values, series: TrainingSeries) -> float:
    """MSE of a network that always says 0: that each window's first price comes again."""
    split = split_of(cell, len(series.prices), series.evaluation_share)
    return score(lambda windows: np.zeros((len(windows), split.horizon)), series.prices, split).mse


def _as_json(measured: Rounds) -> dict[str, Any]:
    ratios = {name: measured.ratio(name) for name in measured.seconds}
    return asdict(measured) | {
        "times_ours": {name: ratio and asdict(ratio) for name, ratio in ratios.items()},
        "share_of_rate": {name: asdict(measured.share(name)) for name in measured.seconds},
    }


def _say(line: str) -> None:
    """Progress, apart from the figures."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
