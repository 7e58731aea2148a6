"""Bayesian search learns from what is known, repeats no tuple, and says why it proposes one."""

import json
import os
import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from lstm_assets.cells.values import Values, identity
from lstm_assets.errors import StudyError
from lstm_assets.search.history import History, State, Trial
from lstm_assets.search.methods.bayesian import Bayesian
from lstm_assets.search.methods.learned import learned_from
from lstm_assets.search.rounds import propose
from lstm_assets_tests.search.methods.results import GRID, distance, drawn, known, proposed
from lstm_assets_tests.search.simulation import Search, bowl
from lstm_assets_tests.search.toy import lstm_space, toy, toy_space

__all__ = ["toy"]


def mean_log(cells: list[Values]) -> float:
    return float(np.log10([distance(each) for each in cells]).mean())


def test_the_first_cells_are_drawn_and_say_which_draw_they_are() -> None:
    search = Search(Bayesian(n_trials=12, parallel=4, startup=6, seed=3), lstm_space(**GRID))

    search.run()

    reasons = [[cell.reason for cell in each.cells] for each in search.rounds]
    assert reasons[0] == [f"startup draw {n} of 6, seed 3" for n in (1, 2, 3, 4)]
    assert reasons[1][:2] == [f"startup draw {n} of 6, seed 3" for n in (5, 6)]
    assert all(each.startswith("tpe on 4 results") for each in reasons[1][2:])
    assert all(each.startswith("tpe on 8 results") for each in reasons[2])
    assert len(search.trials) == 12


@pytest.mark.parametrize("sampler", ["tpe", "gp"])
def test_what_is_proposed_is_better_than_what_was_drawn(sampler: str) -> None:
    space = lstm_space(**GRID)
    cells = drawn(space, 30)
    method = Bayesian.model_validate({"n_trials": 3, "sampler": sampler})

    proposal = propose(method, space, History("lstm", known(space, cells)))

    assert proposal.cells[0].reason.startswith(f"{sampler} on 30 results")
    assert mean_log([each.values for each in proposal.cells]) < mean_log(cells) - 1.5


def test_it_comes_nearer_to_the_best_of_a_space_of_ranges() -> None:
    space = lstm_space(
        learning_rate={"low": 1e-5, "high": 1, "scale": "log"},
        size_unit_hidden={"low": 1, "high": 200},
    )

    def mse(values: Values) -> float:
        rate = np.log10(values["learning_rate"]) + 2
        return float(rate**2 + (values["size_unit_hidden"] / 200 - 0.5) ** 2)

    searches = [Search(Bayesian(n_trials=48, seed=seed), space, mse) for seed in range(4)]
    for each in searches:
        each.run()

    late = [mse(trial.values) for each in searches for trial in each.trials[24:]]
    anywhere = [mse(each) for each in drawn(space, 200)]
    assert np.median(late) < np.median(anywhere) / 3
    assert all(type(each.values["size_unit_hidden"]) is int for each in searches[0].trials)


def test_a_number_between_two_good_ones_is_tried_before_others() -> None:
    space = lstm_space(batch_size=list(range(1, 16)), learning_rate=[0.001, 0.01, 0.1])
    cells = [each for each in space.combinations() if each["batch_size"] not in (3, 8, 13)]

    def mse(values: Values) -> float:
        return float(10 ** abs(values["batch_size"] - 8))

    tried = []
    for seed in range(20):
        method = Bayesian(n_trials=1, seed=seed)
        tried += propose(method, space, History("lstm", known(space, cells, mse))).cells

    assert sum(each.values["batch_size"] == 8 for each in tried) > 15


def test_results_of_other_methods_count_as_startup() -> None:
    space = lstm_space(**GRID)
    history = History("lstm", known(space, drawn(space, 5)))

    proposal = propose(Bayesian(n_trials=4, parallel=4, startup=7), space, history)

    told_of = [each.reason for each in proposal.cells]
    assert told_of[:2] == ["startup draw 6 of 7, seed 0", "startup draw 7 of 7, seed 0"]
    assert all(each.startswith("tpe on 5 results") for each in told_of[2:])


def test_without_any_result_it_goes_on_drawing() -> None:
    space = lstm_space(**GRID)
    history = History("lstm", known(space, drawn(space, 20), lambda values: None))

    proposal = propose(Bayesian(n_trials=3), space, history)

    assert [each.reason for each in proposal.cells] == [
        f"startup draw {n} of 6, seed 0" for n in (1, 2, 3)
    ]


def test_what_failed_counts_as_the_worst() -> None:
    space = lstm_space(**GRID)
    cells = drawn(space, 40)

    def mse(values: Values) -> float | None:
        return None if values["learning_rate"] <= 0.003 else 1.0 + values["batch_size"] / 1000

    proposal = propose(Bayesian(n_trials=8), space, History("lstm", known(space, cells, mse)))

    low = [each.values["learning_rate"] <= 0.003 for each in proposal.cells]
    assert sum(low) <= 2
    losses = [each.loss for each in learned_from(space, History("lstm", known(space, cells, mse)))]
    assert len(losses) == 40
    assert max(losses) == pytest.approx(np.log(1.128))


@pytest.mark.parametrize("mse", [0.0, float("inf"), float("nan")])
def test_an_mse_without_a_logarithm_is_learned_from_all_the_same(mse: float) -> None:
    space = lstm_space(**GRID)
    trials = known(space, drawn(space, 10))
    trials[0] = replace(trials[0], mse=mse)

    proposal = propose(Bayesian(n_trials=2), space, History("lstm", trials))

    assert [each.reason[:17] for each in proposal.cells] == ["tpe on 10 results"] * 2


def test_another_studys_results_are_learned_from_whatever_their_unit() -> None:
    space = lstm_space(**GRID)
    told_of = [
        replace(each, code_task="", mse=(each.mse or 0) * 1e-9)
        for each in known(space, drawn(space, 60))
    ]
    bad = [cell for cell in drawn(space, 60, seed=1) if distance(cell) >= 1e4][:6]
    history = History("lstm", [*known(space, bad), *told_of])

    losses = [each.loss for each in learned_from(space, history)]
    proposal = propose(Bayesian(n_trials=8), space, history)

    assert losses[60:] == pytest.approx([np.log(distance(cell)) for cell in bad])
    assert losses[:60] == pytest.approx(
        [np.log((each.mse or 0) * 1e9) for each in told_of], abs=np.log(10)
    )
    assert proposal.cells[0].reason.startswith("tpe on 66 results")
    assert mean_log([each.values for each in proposal.cells]) < 2.5


def test_a_tuple_that_exists_is_asked_again_and_the_reason_says_which() -> None:
    space = lstm_space(batch_size=[1, 2, 3], learning_rate=[0.01, 0.1])
    trials = known(space, space.combinations()[:9], lambda values: float(values["batch_size"]))

    proposal = propose(Bayesian(n_trials=8), space, History("lstm", trials))

    codes = {identity("lstm", each.values) for each in trials}
    assert len(proposal.cells) == len(space.combinations()) - 9
    assert not codes & {identity("lstm", each.values) for each in proposal.cells}
    assert any("again instead of X-00" in each.reason for each in proposal.cells)
    assert all(len(each.reason) <= 300 for each in proposal.cells)


def test_the_gp_keeps_away_from_what_another_waits_for() -> None:
    space = lstm_space(learning_rate={"low": 1e-4, "high": 1, "scale": "log"})
    cells = [at for n in range(8) if (at := space.at(dict.fromkeys(space.parameters, n / 8)))]
    trials = known(space, cells, lambda values: 1 + abs(np.log10(values["learning_rate"]) + 2.2))
    method = Bayesian(n_trials=1, sampler="gp")
    [first] = propose(method, space, History("lstm", trials)).cells

    waiting = Trial(first.values, State.OPEN, None, "Y-0001", "random")
    [second] = propose(method, space, History("lstm", [*trials, waiting])).cells

    rates = [np.log10(each.values["learning_rate"]) for each in (first, second)]
    assert abs(rates[0] - rates[1]) > 0.05
    assert second.reason == "gp on 8 results"


def test_a_startup_draw_that_exists_is_drawn_again_and_the_reason_says_which() -> None:
    space = lstm_space(batch_size=[1, 2, 3], learning_rate=[0.01, 0.1])
    trials = known(space, space.combinations()[:10], lambda values: None)

    proposal = propose(Bayesian(n_trials=2), space, History("lstm", trials))

    assert {identity("lstm", each.values) for each in proposal.cells} == {
        identity("lstm", each) for each in space.combinations()[10:]
    }
    assert any("of 6, seed 0; drawn again instead of X-00" in c.reason for c in proposal.cells)


def test_what_waits_for_its_result_is_not_proposed_again() -> None:
    space = lstm_space(**GRID)
    trials = known(space, drawn(space, 40))
    waiting = [cell for cell in space.combinations() if distance(cell) <= 10]
    trials = [each for each in trials if each.values not in waiting]
    opened = [Trial(cell, State.OPEN, None, f"Y-{at}") for at, cell in enumerate(waiting)]

    proposal = propose(Bayesian(n_trials=8), space, History("lstm", [*trials, *opened]))

    assert len(proposal.cells) == 8
    assert not [each for each in proposal.cells if each.values in waiting]


@settings(deadline=None, max_examples=15)
@given(
    st.integers(0, 1000),
    st.integers(1, 9),
    st.integers(1, 12),
    st.sampled_from([None, "batch_size < 30 or size_unit_hidden > 8"]),
)
def test_every_tuple_is_of_the_space_and_new(
    seed: int, parallel: int, startup: int, constraint: str | None
) -> None:
    space = lstm_space(
        constraint,
        batch_size=[10, 20, 30, 40],
        learning_rate={"low": 0.001, "high": 0.1, "scale": "log"},
        size_unit_hidden={"low": 4, "high": 64, "base": 2},
    )
    method = Bayesian(n_trials=24, parallel=parallel, startup=startup, seed=seed)
    search = Search(method, space, lambda values: bowl(values | {"epoch": 9}))

    search.run()

    assert len(search.trials) == 24
    assert len({identity("lstm", each.values) for each in search.trials}) == 24
    assert all(each.values in space for each in search.trials)


def test_a_space_is_searched_to_its_last_tuple() -> None:
    space = lstm_space(batch_size=[1, 2, 3, 4], learning_rate=[0.01, 0.1])
    search = Search(Bayesian(n_trials=99, parallel=3, startup=2), space, lambda values: 1.0)

    ended = search.run().ended

    assert len(search.trials) == len(space.combinations())
    assert ended == "every combination that it would propose was tried"


def test_a_space_of_one_tuple_is_tried_once() -> None:
    search = Search(Bayesian(n_trials=5), lstm_space(epoch=[20]), lambda values: 1.0)

    search.run()

    assert len(search.trials) == 1


@pytest.mark.parametrize("sampler", ["tpe", "gp"])
def test_words_lists_and_what_not_every_tuple_has_are_learned_from(toy: str, sampler: str) -> None:
    space = toy_space(
        hidden_layer_sizes=[[8], [16, 8], [32, 16, 8]],
        activation=["relu", "tanh"],
        bias=[True, False],
        dropout={"low": 0.0, "high": 0.9, "when": "activation == 'relu'"},
        shift={"low": -5.0, "high": 5.0, "scale": "symlog"},
    )

    def mse(values: Values) -> float:
        layers = abs(len(values["hidden_layer_sizes"]) - 2)
        return 1.0 + layers + values.get("dropout", 3.0) + abs(values["shift"])

    cells = drawn(space, 40)
    method = Bayesian.model_validate({"n_trials": 4, "sampler": sampler})

    proposal = propose(method, space, History("toy", known(space, cells, mse)))

    values = [each.values for each in proposal.cells]
    assert all(("dropout" in each) == (each["activation"] == "relu") for each in values)
    assert sum(each["activation"] == "relu" for each in values) >= 3
    assert np.median([mse(each) for each in values]) < np.median([mse(each) for each in cells]) - 1


def test_the_same_history_and_seed_propose_the_same_on_any_number_of_threads() -> None:
    script = (
        "import json, sys\n"
        "from lstm_assets_tests.search.methods.results import proposed\n"
        "json.dump([proposed('tpe', 5), proposed('gp', 5)], sys.stdout)"
    )
    threads = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "1"}

    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **threads},
        capture_output=True,
        text=True,
        check=True,
    )
    with threadpool_limits(limits=1):
        here = [proposed("tpe", 5), proposed("gp", 5)]

    assert json.loads(done.stdout) == here
    assert done.stderr == ""
    assert proposed("tpe", 6) != here[0]


def test_nothing_is_written_or_warned_of(capfd: pytest.CaptureFixture[str], toy: str) -> None:
    import optuna

    before = optuna.logging.get_verbosity()
    space = toy_space(
        activation=["relu", "tanh"],
        dropout={"low": 0.0, "high": 0.9, "when": "activation == 'relu'"},
    )

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for sampler in ("tpe", "gp"):
            method = Bayesian.model_validate({"n_trials": 10, "parallel": 2, "sampler": sampler})
            Search(method, space, lambda values: 1.0 + values.get("dropout", 3)).run()

    assert capfd.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == before


def test_of_many_results_the_best_and_the_newest_are_learned_from() -> None:
    space = lstm_space(learning_rate={"low": 1e-5, "high": 1, "scale": "log"})
    cells = drawn(space, 400)
    trials = known(space, cells, lambda values: abs(np.log10(values["learning_rate"]) + 4) + 0.1)

    proposal = propose(Bayesian(n_trials=8), space, History("lstm", trials))

    assert proposal.cells[0].reason == "tpe on 256 of 400 results"
    assert np.median([each.values["learning_rate"] for each in proposal.cells]) < 1e-3


def test_a_search_without_an_end_is_refused() -> None:
    with pytest.raises(StudyError) as error:
        Bayesian().check(lstm_space(**GRID))

    assert str(error.value) == (
        "search.n_trials is missing: method bayesian would continue until nothing is left to try. "
        "Write e.g. `n_trials: 64`, or add budget_epochs, budget_minutes or patience."
    )
    for budget in ("n_trials", "budget_epochs", "budget_minutes", "patience"):
        Bayesian.model_validate({budget: 3}).check(lstm_space(**GRID))
