import math

import pytest

from lstm_assets.search import METHODS
from lstm_assets.search.history import epochs_spent
from lstm_assets_tests.benchmarks import search_regret
from lstm_assets_tests.benchmarks.errors import BenchmarkError
from lstm_assets_tests.benchmarks.search_regret import (
    LAST,
    SEARCHERS,
    Line,
    best,
    regret,
    score,
    search,
    space,
    table,
)
from lstm_assets_tests.benchmarks.search_table import EPOCHS, VARIED


def test_the_table_has_a_result_of_every_tuple_after_each_number_of_epochs() -> None:
    cells = space(EPOCHS).combinations()

    assert len(table()) == math.prod(map(len, VARIED.values())) == 512
    assert len(cells) == 512 * len(EPOCHS)
    assert all(score(each) > 0 for each in cells)


def test_the_regret_is_0_for_the_best_and_a_share_of_it_for_others() -> None:
    assert regret(best()) == 0
    assert regret(best() * 1.02) == pytest.approx(2)
    assert regret(max(each[LAST] for each in table().values())) > 1000


@pytest.mark.parametrize("name", ["random", "coarse_to_fine", "bayesian, parallel 8"])
def test_a_search_of_ours_has_as_many_cells_as_its_budget(name: str) -> None:
    method = METHODS[name.split(",")[0]].model_validate({"n_trials": 20, "seed": 4})

    trials = search(method, space())

    assert len(trials) == 20
    assert min(score(each.values) for each in trials) == min(each.mse or 0 for each in trials)


@pytest.mark.parametrize("budget", [16, 64])
def test_halving_gets_no_more_epochs_than_the_others_cells_take(budget: int) -> None:
    method = METHODS["halving"].model_validate({"budget_epochs": budget * LAST})

    trials = search(method, space(EPOCHS))

    assert 0.7 * budget * LAST < epochs_spent("lstm", trials) <= budget * LAST
    found = min(each.mse or math.inf for each in trials if each.epochs == LAST)
    assert SEARCHERS["halving"](budget, 0) == found


@pytest.mark.parametrize("name", ["Optuna random", "Optuna TPE", "Optuna TPE, positions"])
def test_a_search_of_optunas_finds_what_is_in_the_table_the_same_for_a_seed(name: str) -> None:
    found = [SEARCHERS[name](12, seed) for seed in (1, 1)]

    assert found[0] == found[1]
    assert found[0] in {each[LAST] for each in table().values()}


def test_a_search_that_repeats_itself_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    method = METHODS["random"].model_validate({"n_trials": 4})
    proposal = search_regret.propose(method, space(), search_regret.History("lstm", []))
    monkeypatch.setattr(search_regret, "propose", lambda *given: proposal)

    with pytest.raises(BenchmarkError, match="was proposed twice"):
        search(method, space())


def test_a_line_has_the_median_and_the_quartiles_of_each_budget() -> None:
    line = Line("random", {16: [1.0, 2.0, 3.0, 4.0, 5.0], 32: [0.0, 0.0, 1.0]})

    assert str(line) == "| random | 3.00 (2.00 to 4.00) | 0.00 (0.00 to 0.50) | 3.00 0.33 |"
