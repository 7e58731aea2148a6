"""How near to the best of 512 cells each search comes, beside Optuna's own, without training.

python -m lstm_assets_tests.benchmarks.search_regret [--seeds N] [--only NAME...] [--tables NAME...]

A search is told what a table of search_table.py holds. Its regret is by how much the best MSE that
it found is over the best of the table, in percent of that; only what was trained to the last epoch
counts. Halving gets the epochs that the others' cells take. Optuna's searches may ask for a tuple
again, as they do when used as documented; that costs them a cell like any other.

Each search is tried on each table, as one that is good on one series may not be on another. "All"
are the regrets of every table together.

Also told: what halving of all 512 finds and takes, and how long a proposal takes when 1,000 cells
are known.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import product
from multiprocessing import Pool
from typing import Any, TypeAlias

import numpy as np

from lstm_assets.cells.values import Values
from lstm_assets.search import METHODS, Method
from lstm_assets.search.history import History, State, Trial, epochs_spent
from lstm_assets.search.rounds import propose
from lstm_assets.search.space.reading import read_space
from lstm_assets.search.space.space import Space
from lstm_assets_tests.benchmarks.errors import BenchmarkError
from lstm_assets_tests.benchmarks.search_table import FIXED, TABLES, VARIED, Scores, Table
from lstm_assets_tests.benchmarks.workload import MODEL

BUDGETS = (16, 32, 64)  # cells of a table's last epochs
SEEDS = 50
KNOWN = 1000  # cells, when a proposal is timed
WIDE: dict[str, Any] = {  # a space of more than that
    "epoch": [27],
    "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
    "batch_size": VARIED["batch_size"],
    "size_sequence": {"low": 5, "high": 40},
    "size_unit_hidden": {"low": 2, "high": 64, "base": 2},
    **FIXED,
}

Found: TypeAlias = float  # the best MSE of the last epochs that a search came to
Searcher: TypeAlias = Callable[[Table, int, int], Found]  # of a table, a budget and a seed


@cache
def scores(table: Table) -> Scores:
    return table.read()


@cache
def best(table: Table) -> float:
    """The lowest MSE of the table."""
    return min(each[table.last] for each in scores(table).values())


def regret(table: Table, found: Found) -> float:
    """By how many percent an MSE is over the best."""
    return (found / best(table) - 1) * 100


def score(table: Table, values: Values) -> float:
    """The MSE of a tuple, as the table has it."""
    return scores(table)[tuple(values[name] for name in VARIED)][values["epoch"]]


def space(epochs: Sequence[int]) -> Space:
    return read_space({"epoch": list(epochs), **VARIED, **FIXED}, MODEL)


def ours(name: str, settings: dict[str, Any], table: Table, budget: int, seed: int) -> Found:
    """Search with a method of ours for this many cells."""
    method = METHODS[name].model_validate({"n_trials": budget, "seed": seed} | settings)
    return _best_of(table, search(method, space([table.last]), table))


def halving(table: Table, budget: int, seed: int) -> Found:
    """Halve, for the epochs of this many cells."""
    given = {"budget_epochs": budget * table.last, "seed": seed}
    method = METHODS["halving"].model_validate(given)
    return _best_of(table, search(method, space(table.epochs), table))


def optuna_random(table: Table, budget: int, seed: int) -> Found:
    """Optuna's RandomSampler, as documented for lists."""
    import optuna

    return _optuna(optuna.samplers.RandomSampler(seed=seed), "categories", table, budget)


def optuna_tpe(kind: str, table: Table, budget: int, seed: int) -> Found:
    """Optuna's TPESampler; `kind` is how it is told of lists."""
    import optuna

    return _optuna(optuna.samplers.TPESampler(seed=seed), kind, table, budget)


SEARCHERS: dict[str, Searcher] = {
    "random": partial(ours, "random", {}),
    "coarse_to_fine": partial(ours, "coarse_to_fine", {}),
    "bayesian": partial(ours, "bayesian", {"parallel": 1}),
    "bayesian, parallel 8": partial(ours, "bayesian", {"parallel": 8}),
    "bayesian, gp": partial(ours, "bayesian", {"parallel": 8, "sampler": "gp"}),
    "halving": halving,
    "Optuna random": optuna_random,
    "Optuna TPE": partial(optuna_tpe, "categories"),
    "Optuna TPE, positions": partial(optuna_tpe, "positions"),
}
SLOW = ("bayesian, gp",)  # only if asked for


def _optuna(sampler: Any, kind: str, table: Table, budget: int) -> Found:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)

    def objective(trial: optuna.Trial) -> float:
        if kind == "categories":
            key = tuple(trial.suggest_categorical(n, values) for n, values in VARIED.items())
        else:
            key = tuple(v[trial.suggest_int(n, 0, len(v) - 1)] for n, v in VARIED.items())
        return scores(table)[key][table.last]

    study = optuna.create_study(sampler=sampler)
    study.optimize(objective, n_trials=budget)
    return float(study.best_value)


def search(method: Method, within: Space, table: Table) -> list[Trial]:
    """Search to the end of the budget; the trials in the order in which they were proposed.

    Raises:
        BenchmarkError: a tuple was proposed twice.
    """
    trials: list[Trial] = []
    while not (proposal := propose(method, within, History(MODEL, trials))).is_repeated:
        for cell in proposal.cells:
            if any(cell.values == each.values for each in trials):
                raise BenchmarkError(f"{method.name}: {cell.values} was proposed twice.")
            code, name = f"BENCH-{len(trials):04d}", proposal.method
            trial = Trial(cell.values, State.DONE, score(table, cell.values), code, name)
            trials.append(replace(trial, round=proposal.round, epoch_full=cell.epoch_full))
    return trials


def _best_of(table: Table, trials: Sequence[Trial]) -> Found:
    return min(each.mse for each in trials if each.epochs == table.last and each.mse is not None)


@dataclass(frozen=True, slots=True)
class Line:
    """The regrets of one search, by budget: one each seed, or each table and seed."""

    name: str
    regrets: dict[int, list[float]]  # percent

    def __str__(self) -> str:
        cells = (np.percentile(each, [50, 25, 75]) for each in self.regrets.values())
        told = ("{:.2f} ({:.2f} to {:.2f})".format(*quartiles) for quartiles in cells)
        means = " ".join(f"{statistics.mean(each):.2f}" for each in self.regrets.values())
        return f"| {self.name} | {' | '.join(told)} | {means} |"


def measure(name: str, tables: Sequence[Table], seeds: Sequence[int]) -> list[Line]:
    """Search once for each table, budget and seed, in a process for each core.

    Returns:
        The line of each table, then that of all.
    """
    tried = list(product(tables, BUDGETS, seeds))
    with Pool(min(2, os.cpu_count() or 1)) as pool:
        found = iter(pool.starmap(_regret, [(name, *each) for each in tried]))
    lines = [
        Line(name, {budget: [next(found) for _ in seeds] for budget in BUDGETS}) for _ in tables
    ]
    return [*lines, together(lines)]


def together(lines: Sequence[Line]) -> Line:
    """Return the line of all tables from one of each."""
    budgets = lines[0].regrets
    every = {at: [regret for each in lines for regret in each.regrets[at]] for at in budgets}
    return Line(lines[0].name, every)


def _regret(name: str, table: Table, budget: int, seed: int) -> float:
    return regret(table, SEARCHERS[name](table, budget, seed))


def halving_everything(table: Table) -> tuple[float, float]:
    """Start every tuple; return the regret, and the share of the epochs of the full grid."""
    count = len(scores(table))
    trials = search(
        METHODS["halving"].model_validate({"n_trials": count}), space(table.epochs), table
    )
    over = regret(table, _best_of(table, trials))
    return over, epochs_spent(MODEL, trials) / (count * table.last)


def milliseconds_a_cell(name: str, settings: dict[str, Any], rounds: int = 5) -> float:
    """Time a proposal of a method that knows of KNOWN cells; the median of some rounds."""
    within = read_space(WIDE, MODEL)
    rng = np.random.default_rng(0)
    drawn = [within.draw(rng) for _ in range(KNOWN)]
    trials = [
        Trial(values, State.DONE, float(mse), f"BENCH-{at:04d}", name, at // 8)
        for at, (values, mse) in enumerate(zip(drawn, rng.lognormal(5, 1, KNOWN), strict=True))
        if values is not None
    ]
    times = []
    for seed in range(rounds + 1):  # the first imports what it needs
        method = METHODS[name].model_validate({"n_trials": 2 * KNOWN, "seed": seed} | settings)
        start = time.perf_counter()
        proposal = propose(method, within, History(MODEL, trials))
        times.append((time.perf_counter() - start) / len(proposal.cells) * 1000)
    return statistics.median(times[1:])


PROPOSALS: dict[str, tuple[str, dict[str, Any]]] = {
    "random, 16 a round": ("random", {"parallel": 16}),
    "coarse_to_fine, 16 a round": ("coarse_to_fine", {"cells": 16}),
    "bayesian, parallel 1": ("bayesian", {"parallel": 1}),
    "bayesian, parallel 8": ("bayesian", {"parallel": 8}),
    "bayesian, gp, parallel 1": ("bayesian", {"parallel": 1, "sampler": "gp"}),
    "bayesian, gp, parallel 8": ("bayesian", {"parallel": 8, "sampler": "gp"}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare searches on tables of results.")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many, from 0")
    parser.add_argument("--only", nargs="+", choices=SEARCHERS, help="these searches only")
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    given = parser.parse_args()
    tables = {name: TABLES[name] for name in given.tables}
    print(f"regret in % after {', '.join(map(str, BUDGETS))} cells: median and quartiles; means")
    for name in given.only or [each for each in SEARCHERS if each not in SLOW]:
        lines = measure(name, list(tables.values()), range(given.seeds))
        for where, line in zip([*tables, "all"], lines, strict=True):
            print(f"{where:10}{line}", flush=True)
    if given.only:
        return
    for where, table in tables.items():
        over, share = halving_everything(table)
        print(f"{where:10}halving of all: {over:.2f}% over the best, {share:.0%} of the epochs")
    for name, (method, settings) in PROPOSALS.items():
        print(f"{name}: {milliseconds_a_cell(method, settings):.0f} ms a cell of {KNOWN} known")


if __name__ == "__main__":
    sys.exit(main())
