import math

import pytest

from lstm_assets_tests.benchmarks.errors import BenchmarkError
from lstm_assets_tests.benchmarks.rounds import Rounds, Spread
from lstm_assets_tests.benchmarks.training_speed import check
from lstm_assets_tests.benchmarks.workload import LARGE, SMALL, Workload


@pytest.mark.parametrize(("size", "cells", "epochs"), [(SMALL, 8, 32), (LARGE, 32, 80)])
def test_a_size_has_the_cells_that_it_is_known_for(size: Workload, cells: int, epochs: int) -> None:
    assert len(size.cells) == cells
    assert sum(cell["epoch"] for cell in size.cells) == epochs


def test_the_work_of_each_cell_counts_as_if_it_were_trained_alone() -> None:
    # Multiply-adds of a window's forward pass, for units 50/64, 64/64, 50/128 and 64/128.
    small = 1_969_264 + 2_470_464
    large = small + 5_066_928 + 5_747_328

    # 6 operations each; 1,998 windows to train on at a ratio of 0.8, 2,254 at 0.9.
    assert SMALL.work(SMALL.series()) == 6 * small * 1998 * (2 * 2 * 4)
    assert LARGE.work(LARGE.series()) == 6 * large * (1998 + 2254) * (2 * (2 + 3))


def test_the_ratio_is_of_medians_and_its_spread_of_rounds() -> None:
    rounds = Rounds(
        "small",
        work=900_000_000_000,
        rates=[100.0, 200.0, 100.0],
        seconds={"engine": [10.0, 20.0, 30.0], "keras": [60.0, 40.0, 90.0]},
    )

    assert rounds.time("keras") == Spread(60.0, 40.0, 90.0)
    assert rounds.ratio("keras") == Spread(3.0, 2.0, 6.0)  # 60 / 20; of rounds: 6, 2, 3
    assert rounds.share("engine") == Spread(0.45, 0.225, 0.9)  # 900 / 20 / 100; 0.9, 0.225, 0.3


def test_the_table_has_a_line_for_each_contender() -> None:
    seconds = {"engine": [2.0, 2.0], "optuna": [5.0, 3.0]}

    lines = Rounds("small", 10**11, [100.0, 100.0], seconds).table().splitlines()

    assert lines[1].startswith("engine ")
    for figures in ("4.0 (3.0 to 5.0)", "2.00 (1.50 to 2.50)", "0.25 (0.20 to 0.33)"):
        assert figures in lines[2]


def test_without_ours_there_is_no_ratio() -> None:
    assert Rounds("small", 1, [1.0], {"ray": [1.0]}).ratio("ray") is None


@pytest.mark.parametrize(
    ("left_out", "mse", "message"),
    [
        (1, 150.0, "not those of 8 cells"),
        (0, math.nan, "no trained cell's"),
        (0, 4000.0, "no trained cell's"),
    ],
)
def test_scores_that_show_left_out_work_are_refused(
    left_out: int, mse: float, message: str
) -> None:
    scores = [(cell, mse) for cell in SMALL.cells[left_out:]]

    with pytest.raises(BenchmarkError, match=message):
        check("keras", scores, SMALL.cells, SMALL.series())


def test_scores_in_any_order_are_taken() -> None:
    scores = [(cell, 150.0) for cell in reversed(SMALL.cells)]

    check("optuna", scores, SMALL.cells, SMALL.series())
