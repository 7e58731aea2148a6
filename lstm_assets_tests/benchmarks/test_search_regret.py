import math
import statistics
from pathlib import Path

import pytest

from lstm_assets.search import METHODS
from lstm_assets.search.history import epochs_spent
from lstm_assets_tests.benchmarks import search_regret
from lstm_assets_tests.benchmarks.errors import BenchmarkError
from lstm_assets_tests.benchmarks.search_regret import (
    SEARCHERS,
    Line,
    best,
    measure,
    regret,
    score,
    scores,
    search,
    space,
    together,
)
from lstm_assets_tests.benchmarks.search_table import TABLES, VARIED, Table

KRW = TABLES["usdkrw_27"]
every_table = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))


@every_table
def test_a_table_has_a_result_of_every_tuple_after_each_number_of_epochs(table: Table) -> None:
    cells = space(table.epochs).combinations()

    assert len(scores(table)) == math.prod(map(len, VARIED.values())) == 512
    assert len(cells) == 512 * len(table.epochs)
    assert all(score(table, each) > 0 for each in cells)


def test_each_table_is_of_another_series_and_named_after_it_and_its_epochs() -> None:
    assert len({each.ticker for each in TABLES.values()}) == len(TABLES) == 4
    for name, table in TABLES.items():
        series = "".join(filter(str.isalnum, table.ticker)).lower()
        assert name == f"{series}_{table.last}"
        assert table.ticker in table.title
    # USD/JPY is for others, who see whether a search holds on what it was not tuned on.
    assert not any("JPY" in each.ticker for each in TABLES.values())


def test_a_table_is_made_of_the_bars_of_its_years(tmp_path: Path) -> None:
    series = {name: each.workload(tmp_path).series() for name, each in TABLES.items()}

    for name, table in TABLES.items():
        dates = series[name].dates
        assert table.date_begin[:7] == dates[0][:7]
        assert table.date_end[:7] == dates[-1][:7]
    assert 680 < min(series["sp500_9"].prices) < 690  # of March 2009


@every_table
def test_the_regret_is_0_for_the_best_and_a_share_of_it_for_others(table: Table) -> None:
    assert regret(table, best(table)) == 0
    assert regret(table, best(table) * 1.02) == pytest.approx(2)
    assert regret(table, max(each[table.last] for each in scores(table).values())) > 1000


@pytest.mark.parametrize("name", ["random", "coarse_to_fine", "bayesian, parallel 8"])
def test_a_search_of_ours_has_as_many_cells_as_its_budget(name: str) -> None:
    method = METHODS[name.split(",")[0]].model_validate({"n_trials": 20, "seed": 4})

    trials = search(method, space([KRW.last]), KRW)

    assert len(trials) == 20
    assert min(score(KRW, each.values) for each in trials) == min(each.mse or 0 for each in trials)


@every_table
@pytest.mark.parametrize("budget", [16, 64])
def test_halving_gets_no_more_epochs_than_the_others_cells_take(table: Table, budget: int) -> None:
    method = METHODS["halving"].model_validate({"budget_epochs": budget * table.last})

    trials = search(method, space(table.epochs), table)

    assert 0.7 * budget * table.last < epochs_spent("lstm", trials) <= budget * table.last
    found = min(each.mse or math.inf for each in trials if each.epochs == table.last)
    assert SEARCHERS["halving"](table, budget, 0) == found


@pytest.mark.parametrize("name", ["Optuna random", "Optuna TPE", "Optuna TPE, positions"])
def test_a_search_of_optunas_finds_what_is_in_the_table_the_same_for_a_seed(name: str) -> None:
    found = [SEARCHERS[name](KRW, 12, seed) for seed in (1, 1)]

    assert found[0] == found[1]
    assert found[0] in {each[KRW.last] for each in scores(KRW).values()}


def test_a_search_that_repeats_itself_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    method = METHODS["random"].model_validate({"n_trials": 4})
    within = space([KRW.last])
    proposal = search_regret.propose(method, within, search_regret.History("lstm", []))
    monkeypatch.setattr(search_regret, "propose", lambda *given: proposal)

    with pytest.raises(BenchmarkError, match="was proposed twice"):
        search(method, within, KRW)


def test_a_line_has_the_median_and_the_quartiles_of_each_budget() -> None:
    line = Line("random", {16: [1.0, 2.0, 3.0, 4.0, 5.0], 32: [0.0, 0.0, 1.0]})

    assert str(line) == "| random | 3.00 (2.00 to 4.00) | 0.00 (0.00 to 0.50) | 3.00 0.33 |"


def test_the_line_of_all_has_the_regrets_of_every_table() -> None:
    lines = [Line("random", {16: [1.0, 2.0], 32: [0.0]}), Line("random", {16: [9.0], 32: [3.0]})]

    assert together(lines) == Line("random", {16: [1.0, 2.0, 9.0], 32: [0.0, 3.0]})


def test_a_search_is_measured_on_each_table_and_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_regret, "BUDGETS", (3, 5))
    tables = [TABLES["eurusd_9"], KRW]

    lines = measure("random", tables, range(2))

    assert len(lines) == 3
    for table, line in zip(tables, lines, strict=False):
        found = [regret(table, SEARCHERS["random"](table, 5, seed)) for seed in range(2)]
        assert line.regrets[5] == found
    assert lines[2] == together(lines[:2])


@every_table
def test_coarse_to_fine_comes_nearer_than_random_draws_on_every_table(table: Table) -> None:
    seeds = range(9)

    ours = [regret(table, SEARCHERS["coarse_to_fine"](table, 64, seed)) for seed in seeds]
    draws = [regret(table, SEARCHERS["random"](table, 64, seed)) for seed in seeds]

    assert statistics.median(ours) < statistics.median(draws)
