"""What holds of every search method: its proposals follow from space, history and seed alone."""

import json
import os
import random
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.cells.values import identity
from lstm_assets.search import METHODS
from lstm_assets.search.history import epochs_spent, seconds_spent
from lstm_assets.search.method import Method
from lstm_assets.search.space.reading import read_space
from lstm_assets.search.space.space import Space
from lstm_assets_tests.search import simulation
from lstm_assets_tests.search.simulation import (
    LISTED,
    MOST_ROUNDS,
    Search,
    bowl,
    small_space,
    space_for,
    told,
)
from lstm_assets_tests.search.toy import lstm_space

every_method = pytest.mark.parametrize("name", METHODS)
few = settings(max_examples=6, deadline=None)
seeds = st.integers(0, 999)

ROUNDS: dict[str, dict[str, Any]] = {  # settings that make several rounds of few trials
    "grid": {"parallel": 5},
    "random": {"parallel": 4},
    "coarse_to_fine": {"cells": 4},
    "bayesian": {"parallel": 4, "startup": 4},
}


def made(name: str, **given: Any) -> Method:
    """A method with small rounds."""
    return METHODS[name].model_validate({**ROUNDS.get(name, {}), **given})


def again(space: Space) -> Space:
    """The same space, read anew."""
    rule = space.constraint.text if space.constraint else None
    return read_space(space.written, space.model, constraint=rule)


@every_method
@few
@given(seed=seeds, rounds=st.integers(0, 3))
def test_the_same_history_and_seed_give_the_same_proposal(
    name: str, seed: int, rounds: int
) -> None:
    search = Search(made(name, n_trials=14, seed=seed), space_for(name))
    first = search.run(rounds)

    same = Search(made(name, n_trials=14, seed=seed), again(search.space), trials=search.trials)

    assert told(search.propose()) == told(first)
    assert told(same.propose()) == told(first)


@every_method
@few
@given(seed=seeds)
def test_the_order_in_which_results_come_in_changes_nothing(name: str, seed: int) -> None:
    in_order = Search(made(name, n_trials=14, seed=seed), space_for(name))
    shuffled = Search(made(name, n_trials=14, seed=seed), space_for(name))

    ends = in_order.run(), shuffled.run(order=random.Random(seed))

    assert told(ends[0]) == told(ends[1])
    assert list(map(told, in_order.rounds)) == list(map(told, shuffled.rounds))


@every_method
@few
@given(seed=seeds, rounds=st.integers(0, 2))
def test_a_round_is_proposed_again_until_its_last_trial_has_ended(
    name: str, seed: int, rounds: int
) -> None:
    search = Search(made(name, n_trials=14, seed=seed), space_for(name))
    proposal = search.run(rounds)
    if proposal.is_repeated:
        return
    search.register(proposal)
    expected = [identity("lstm", each.values) for each in proposal.cells]

    waiting = search.open()
    random.Random(seed).shuffle(waiting)
    for at in waiting:
        repeated = search.propose()
        found = [identity("lstm", each.values) for each in repeated.cells]
        assert (repeated.round, sorted(found), repeated.ended) == (
            proposal.round,
            sorted(expected),
            "",
        )
        search.train(at)

    assert search.propose().is_repeated or search.propose().round == proposal.round + 1


def test_another_process_proposes_the_same() -> None:
    def proposed(hash_seed: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", simulation.__name__],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    one, other = proposed("1"), proposed("2")

    assert set(one) == set(METHODS)
    assert one == other


@every_method
@few
@given(seed=seeds, n_trials=st.integers(1, 20))
def test_no_search_makes_more_trials_than_it_may(name: str, seed: int, n_trials: int) -> None:
    search = Search(made(name, n_trials=n_trials, seed=seed), space_for(name))

    end = search.run()

    assert search.method.trials(search.own) <= n_trials
    assert end.is_repeated
    assert len(search.rounds) < MOST_ROUNDS


@every_method
@few
@given(seed=seeds, budget=st.integers(1, 120))
def test_no_search_trains_more_epochs_than_it_may(name: str, seed: int, budget: int) -> None:
    search = Search(made(name, budget_epochs=budget, seed=seed), space_for(name))

    end = search.run()

    assert epochs_spent("lstm", search.own) <= budget
    assert end.is_repeated
    assert len(search.rounds) < MOST_ROUNDS


@every_method
@few
@given(seed=seeds, minutes=st.integers(1, 90))
def test_no_round_begins_when_the_minutes_are_spent(name: str, seed: int, minutes: int) -> None:
    search = Search(made(name, n_trials=60, budget_minutes=minutes, seed=seed), space_for(name))

    while not (proposal := search.propose()).is_repeated:
        assert seconds_spent("lstm", search.own) < minutes * 60
        search.register(proposal)
        for at in search.open():
            search.train(at)

    assert len(search.rounds) < MOST_ROUNDS


@every_method
@few
@given(seed=seeds)
def test_no_tuple_is_proposed_twice(name: str, seed: int) -> None:
    search = Search(made(name, n_trials=16, seed=seed), space_for(name))
    search.run()

    proposed = [identity("lstm", cell.values) for round_ in search.rounds for cell in round_.cells]

    assert len(set(proposed)) == len(proposed) > 0
    assert all(cell.values in search.space for round_ in search.rounds for cell in round_.cells)
    assert all(len(cell.reason) <= 300 for round_ in search.rounds for cell in round_.cells)


@every_method
@settings(max_examples=3, deadline=None)
@given(seed=seeds)
def test_a_search_of_a_small_space_ends_however_large_its_budget(name: str, seed: int) -> None:
    search = Search(made(name, n_trials=10_000, seed=seed), small_space())

    end = search.run()

    assert end.is_repeated
    assert len(search.rounds) < MOST_ROUNDS
    keys = {identity("lstm", each.values) for each in search.own}
    assert keys <= {identity("lstm", each) for each in small_space().combinations()}


@pytest.mark.parametrize("name", [name for name in ("grid", "random") if name in METHODS])
def test_what_does_not_learn_tries_every_tuple_of_a_small_space(name: str) -> None:
    search = Search(made(name, n_trials=10_000), small_space())

    end = search.run()

    assert end.ended == "every combination that it would propose was tried"
    assert len(search.trials) == len(small_space().combinations())


@every_method
@few
@given(seed=seeds, patience=st.integers(1, 3))
def test_a_search_ends_when_nothing_gets_better(name: str, seed: int, patience: int) -> None:
    search = Search(
        made(name, n_trials=200, patience=patience, seed=seed), space_for(name), lambda values: 1.0
    )

    search.run()

    stages = search.method.stages(search.own)
    assert len(stages) <= patience + 1


def test_patience_counts_the_rounds_after_the_best() -> None:
    mse = iter([5.0, 4.0, 4.0, 6.0, 7.0, 1.0])
    search = Search(made("random", parallel=1, n_trials=50, patience=2), space_for("random"),
                    lambda values: next(mse))  # fmt: skip

    end = search.run()

    assert end.ended == "nothing got better in 2 rounds"
    assert [each.mse for each in search.trials] == [5.0, 4.0, 4.0, 6.0]


def test_a_search_whose_trials_all_fail_ends_too() -> None:
    search = Search(
        made("random", n_trials=50, patience=2), space_for("random"), lambda values: None
    )

    end = search.run()

    assert end.ended == "nothing got better in 2 rounds"
    assert len(search.rounds) == 2


def test_the_end_of_a_budget_is_told() -> None:
    trials = Search(made("random", n_trials=6), space_for("random")).run()
    epochs = Search(made("random", budget_epochs=20), space_for("random")).run()
    minutes = Search(
        made("random", parallel=2, n_trials=50, budget_minutes=5), space_for("random"), bowl
    ).run()

    assert trials.ended == "spent 6 of 6 trials"
    assert epochs.ended.endswith("of 20 epochs")
    assert minutes.ended.startswith("spent ")
    assert minutes.ended.endswith("of 5.0 minutes of training")


@every_method
def test_the_rounds_of_another_space_are_numbered_on_and_search_it_as_the_first(
    name: str,
) -> None:
    alone = Search(made(name, n_trials=14), small_space())
    after = Search(made(name, n_trials=14), small_space())
    elsewhere = Search(made(name, n_trials=14), lstm_space(**{**LISTED, "size_sequence": [99]}))
    elsewhere.run()

    alone.run()
    after.trials = elsewhere.trials
    after.run()

    before = len(elsewhere.rounds)
    assert [each.round for each in after.rounds] == [
        before + number for number in range(len(alone.rounds))
    ]
    assert [len(each.cells) for each in after.rounds] == [len(each.cells) for each in alone.rounds]
