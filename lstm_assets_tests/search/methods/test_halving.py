"""Halving lets exactly the best of each rung go on, and no configuration start twice."""

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.cells.values import Values
from lstm_assets.errors import StudyError
from lstm_assets.search.history import History, State, Trial, epochs_spent, trajectory_key
from lstm_assets.search.methods.halving import Halving
from lstm_assets.search.methods.ladder import Ladder, rungs_of
from lstm_assets.search.rounds import propose
from lstm_assets.search.space.reading import read_space
from lstm_assets.search.space.space import Space
from lstm_assets_tests.benchmarks.search_table import FIXED, TABLES, VARIED
from lstm_assets_tests.search.simulation import Search
from lstm_assets_tests.search.toy import lstm_space, toy, toy_space

__all__ = ["toy"]

RUNGS = [1, 3, 9, 27]
RATE = {"low": 1e-4, "high": 1, "scale": "log"}
SPACE = lstm_space(epoch=RUNGS, learning_rate=RATE, batch_size={"low": 8, "high": 64})

budgets = st.one_of(
    st.builds(lambda n: {"n_trials": n}, st.integers(4, 60)),
    st.builds(lambda n: {"budget_epochs": n}, st.integers(110, 700)),
    st.builds(
        lambda n, m: {"n_trials": n, "budget_epochs": m}, st.integers(4, 60), st.integers(110, 700)
    ),
)
halvings = st.builds(
    lambda budget, **given: Halving.model_validate({**given, **budget}),
    budgets,
    eta=st.integers(2, 4),
    brackets=st.sampled_from([1, 2, 3, "all"]),
    seed=st.integers(0, 999),
)


def rough(values: Values) -> float | None:
    """An MSE like noise, another at every rung; a sixth of the cells fails."""
    noise = zlib.crc32(json.dumps(values, sort_keys=True).encode())
    return None if noise % 6 == 0 else noise / 2**32


def smooth(values: Values) -> float:
    """An MSE that ranks configurations alike at every rung."""
    return float(values["learning_rate"]) + 1 / values["epoch"]


def configuration(values: Values) -> str:
    return trajectory_key("lstm", values)


def made(
    objective: Callable[[Values], float | None] = smooth, space: Space = SPACE, **given: Any
) -> Search:
    search = Search(Halving.model_validate(given), space, objective)
    search.method.check(space)
    return search


def sizes(search: Search) -> list[tuple[int, int]]:
    """Epochs and cells of each round."""
    return [(each.cells[0].values["epoch"], len(each.cells)) for each in search.rounds]


@settings(max_examples=40, deadline=None)
@given(halvings)
def test_exactly_the_best_of_each_rung_go_on_and_none_that_failed(method: Halving) -> None:
    search = Search(method, SPACE, rough)

    search.run()

    seen: set[str] = set()
    for before, proposal in zip([None, *search.rounds], search.rounds, strict=False):
        names = {configuration(each.values) for each in proposal.cells}
        [epoch] = {each.values["epoch"] for each in proposal.cells}
        assert len(names) == len(proposal.cells)
        assert {each.epoch_full for each in proposal.cells} == {27}
        if names <= seen:
            assert before is not None
            rung = [each for each in search.trials if each.round == before.round]
            done = sorted((each for each in rung if each.mse is not None), key=lambda t: t.mse or 0)
            best = done[: max(1, len(rung) // method.eta)]
            assert [configuration(each.values) for each in proposal.cells] == [
                configuration(each.values) for each in best
            ]
            assert epoch == RUNGS[RUNGS.index(rung[0].epochs) + 1]
        else:
            assert not names & seen
            if before is not None:  # the bracket before is over
                rung = [each for each in search.trials if each.round == before.round]
                failed = all(each.state is State.FAILED for each in rung)
                assert rung[0].epochs == 27 or failed
        seen |= names


@settings(max_examples=40, deadline=None)
@given(halvings)
def test_every_search_ends_within_its_budget_and_finishes_its_brackets(method: Halving) -> None:
    search = Search(method, SPACE, smooth)

    end = search.run()

    assert end.ended
    assert method.trials(search.own) <= (method.n_trials or 1000)
    assert epochs_spent("lstm", search.own) <= (method.budget_epochs or 10**6)
    assert search.rounds[-1].cells[0].values["epoch"] == 27
    brackets = 4 if method.brackets == "all" else method.brackets
    assert len({each.notes["bracket"] for each in search.rounds}) % brackets == 0


@settings(max_examples=40, deadline=None)
@given(
    rungs=st.lists(st.integers(1, 99), min_size=2, max_size=5, unique=True).map(sorted),
    eta=st.integers(2, 5),
    brackets=st.integers(1, 5),
    epochs=st.integers(1, 5000),
)
def test_as_many_start_as_the_epochs_are_enough_for(
    rungs: list[int], eta: int, brackets: int, epochs: int
) -> None:
    ladder = Ladder(rungs, eta, min(brackets, len(rungs)))

    many = ladder.affordable(epochs)

    if many == 0:
        assert ladder.cost([1] * ladder.brackets) > epochs
    else:
        assert sum(ladder.shares(many)) == many
        assert min(ladder.shares(many)) >= 1
        assert ladder.cost(ladder.shares(many)) <= epochs
        assert ladder.cost(ladder.shares(many + 1)) > epochs or ladder.brackets > 1


def test_one_bracket_is_successive_halving() -> None:
    search = made(n_trials=81)

    end = search.run()

    assert sizes(search) == [(1, 81), (3, 27), (9, 9), (27, 3)]
    assert epochs_spent("lstm", search.own) == 81 + 27 * 2 + 9 * 6 + 3 * 18
    assert end.ended


def test_all_brackets_are_hyperband_as_its_paper_has_it() -> None:
    search = made(n_trials=49, brackets="all")

    search.run()

    assert sizes(search) == [
        *[(1, 27), (3, 9), (9, 3), (27, 1)],
        *[(3, 12), (9, 4), (27, 1)],
        *[(9, 6), (27, 2)],
        *[(27, 4)],
    ]
    assert [(each.notes["bracket"], each.notes["rung"]) for each in search.rounds] == [
        *[(1, 1), (1, 2), (1, 3), (1, 4)],
        *[(2, 2), (2, 3), (2, 4)],
        *[(3, 3), (3, 4)],
        *[(4, 4)],
    ]


def test_reasons_say_which_rung_of_which_bracket_and_how_it_was_before() -> None:
    search = made(n_trials=9)

    search.run()

    first, second, *_ = search.rounds
    assert first.cells[0].reason == "bracket 1 rung 1: starts with 1 epoch, random draw, seed 0"
    ranked = sorted((each for each in search.trials if each.round == 0), key=lambda t: t.mse or 0)
    assert [each.reason for each in second.cells] == [
        "bracket 1 rung 2: best 3 of 9 go on from 1 to 3 epochs; was 1st, " + ranked[0].code_task,
        "bracket 1 rung 2: best 3 of 9 go on from 1 to 3 epochs; was 2nd, " + ranked[1].code_task,
        "bracket 1 rung 2: best 3 of 9 go on from 1 to 3 epochs; was 3rd, " + ranked[2].code_task,
    ]
    assert second.notes == {"bracket": 1, "rung": 2, "rungs": "1, 3, 9, 27"}


def test_a_rung_where_all_failed_ends_its_bracket_and_the_next_one_starts() -> None:
    def fails(values: Values) -> float | None:
        return None if values["epoch"] == 3 else smooth(values)

    search = made(fails, n_trials=49, brackets="all")

    search.run()

    assert sizes(search) == [(1, 27), (3, 9), (3, 12), (9, 6), (27, 2), (27, 4)]


def test_a_rung_in_which_some_failed_has_as_many_places_but_not_for_them() -> None:
    def fails(values: Values) -> float | None:
        return None if values["epoch"] == 1 and values["learning_rate"] < 0.3 else smooth(values)

    search = made(fails, n_trials=27)

    search.run()

    done = sum(each.mse is not None for each in search.trials if each.epochs == 1)
    assert 0 < done < 9
    assert sizes(search)[1] == (3, done)


@pytest.mark.parametrize(
    ("epoch", "eta", "rungs"),
    [
        ([27, 1, 9], 3, [1, 9, 27]),
        ({"low": 1, "high": 27}, 3, [1, 3, 9, 27]),
        ({"low": 1, "high": 30}, 3, [1, 3, 9, 30]),
        ({"low": 2, "high": 100}, 4, [2, 8, 32, 100]),
        ({"low": 5, "high": 6}, 3, [5, 6]),
        ({"low": 1, "high": 16, "base": 4}, 2, [1, 4, 16]),
        ({"low": 10, "high": 30, "step": 10}, 2, [10, 20, 30]),
        ({"low": 1, "high": 81, "scale": "log", "points": 3}, 2, [1, 9, 81]),
    ],
)
def test_epoch_gives_the_rungs(epoch: Any, eta: int, rungs: list[int]) -> None:
    space = lstm_space(epoch=epoch, learning_rate=RATE)

    search = made(space=space, n_trials=eta**3, eta=eta)
    search.run()

    assert rungs_of(space.parameters["epoch"], eta) == rungs
    assert [epoch for epoch, _ in sizes(search)] == rungs


def test_a_budget_of_epochs_starts_as_many_as_can_be_finished() -> None:
    search = made(budget_epochs=216)

    search.run()

    assert sizes(search) == [(1, 80), (3, 26), (9, 8), (27, 2)]
    assert epochs_spent("lstm", search.own) == 80 + 26 * 2 + 8 * 6 + 2 * 18


def test_what_a_budget_has_left_when_cells_failed_starts_another_bracket() -> None:
    def fails(values: Values) -> float | None:
        return None if values["epoch"] == 1 and values["learning_rate"] < 0.99 else smooth(values)

    search = made(fails, budget_epochs=300)

    search.run()

    assert len({each.notes["bracket"] for each in search.rounds}) > 1
    assert epochs_spent("lstm", search.own) <= 300


def test_a_search_whose_trials_are_raised_starts_those_that_are_new() -> None:
    search = made(n_trials=9)
    search.run()
    more = replace(search, method=Halving(n_trials=18), rounds=[])

    more.run()

    assert sizes(more) == [(1, 9), (3, 3), (9, 1), (27, 1)]
    assert more.rounds[0].notes["bracket"] == 2
    assert len({configuration(each.values) for each in more.trials}) == 18


def test_all_of_a_small_space_starts_and_then_the_search_ends() -> None:
    space = lstm_space(epoch=[1, 3], learning_rate=[0.1, 0.2, 0.3, 0.4], batch_size=[1, 2])
    search = made(space=space, n_trials=100, brackets="all")

    end = search.run()

    cells = [each for proposal in search.rounds for each in proposal.cells]
    started = [configuration(each.values) for each in cells if "starts with" in each.reason]
    assert (len(started), len(set(started))) == (8, 8)
    assert {epoch for epoch, _ in sizes(search)} == {1, 3}
    assert end.ended


def test_prior_results_start_first_best_first() -> None:
    told = [
        Trial(cell | {"epoch": 50}, State.DONE, mse, "")
        for mse, cell in zip([3.0, 1.0, 2.0, 4.0], _cells(4), strict=True)
    ]

    proposal = propose(Halving(n_trials=9), SPACE, History("lstm", told))

    first = [each.values for each in proposal.cells[:3]]
    assert first == [told[at].values | {"epoch": 1} for at in (1, 2, 0)]
    assert proposal.cells[0].reason.endswith("of prior results")
    assert len(proposal.cells) == 9
    assert told[3].values | {"epoch": 1} not in [each.values for each in proposal.cells]


def test_prior_results_outside_the_space_are_left_out() -> None:
    [cell] = _cells(1)
    told = [
        Trial(cell | {"learning_rate": 7.0}, State.DONE, 1.0, ""),
        Trial(cell | {"dropout": 0.5}, State.DONE, 1.0, ""),
    ]

    proposal = propose(Halving(n_trials=9), SPACE, History("lstm", told))

    assert all("random draw" in each.reason for each in proposal.cells)


def test_patience_counts_brackets_that_are_over() -> None:
    def worse(values: Values) -> float:
        return 1 + (0 if values["epoch"] == 1 else values["epoch"])

    search = made(worse, n_trials=49, brackets="all", patience=1)

    end = search.run()

    assert end.ended.startswith("nothing got better")
    assert [each.notes["bracket"] for each in search.rounds] == [1, 1, 1, 1, 2, 2, 2]


def test_a_cell_that_another_method_trained_is_a_rung_of_its_configuration() -> None:
    space = lstm_space(epoch=[1, 3], learning_rate=[0.1, 0.2, 0.3])
    search = made(space=space, n_trials=3)
    for cell in space.combinations():
        search.trials.append(
            Trial(cell, State.DONE, smooth(cell), f"X-{len(search.trials):04d}", "grid")
        )

    search.run()

    assert sizes(search) == [(1, 3), (3, 1)]
    assert len(search.trials) == 6
    assert search.rounds[1].cells[0].values["learning_rate"] == 0.1


def test_everything_started_comes_within_2_percent_of_the_best_for_35_percent_of_the_epochs() -> (
    None
):
    table = TABLES["usdkrw_27"]
    scores = table.read()
    space = read_space({"epoch": list(table.epochs), **VARIED, **FIXED}, "lstm")

    def looked_up(values: Values) -> float:
        return scores[tuple(values[name] for name in VARIED)][values["epoch"]]

    search = made(looked_up, space, n_trials=len(scores))

    search.run()

    found = min(each.mse or 0 for each in search.trials if each.epochs == table.last)
    assert found <= 1.02 * min(each[table.last] for each in scores.values())
    assert epochs_spent("lstm", search.own) <= 0.35 * len(scores) * table.last


def test_a_hyperparameter_that_depends_on_epoch_is_refused(toy: str) -> None:
    space = toy_space(epoch=RUNGS, dropout={"values": [0.1, 0.2], "when": "epoch > 3"})

    with pytest.raises(StudyError, match="when is 'epoch > 3', but halving "):
        Halving(n_trials=9).check(space)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"epoch": [27]}, "search.space.epoch is only 27, expected at least two rungs"),
        (
            {"epoch": {"dist": "randint", "low": 1, "high": 28}},
            "search.space.epoch is a distribution, expected the rungs of halving. Write e.g.",
        ),
        (
            {"constraint": "epoch > 3 or batch_size > 9"},
            "search.constraint is 'epoch > 3 or batch_size > 9', but halving trains each ",
        ),
        ({"brackets": 5}, "search.brackets is 5, expected at most 4: each starts a rung later"),
        ({"n_trials": None}, "search has no budget, but halving computes how many configurations "),
        (
            {"n_trials": None, "budget_minutes": 9},
            "search has only budget_minutes, but halving computes how many configurations",
        ),
        (
            {"n_trials": 3, "brackets": "all"},
            "search.n_trials is 3, expected at least 4, one configuration per bracket. ",
        ),
        (
            {"budget_epochs": 107, "brackets": "all"},
            "search.budget_epochs is 107, expected at least 108, which one configuration ",
        ),
    ],
)
def test_what_halving_cannot_search_is_refused(given: dict[str, Any], said: str) -> None:
    epoch, constraint = given.pop("epoch", RUNGS), given.pop("constraint", None)
    space = lstm_space(constraint, epoch=epoch, learning_rate=RATE, batch_size=[8, 16])

    with pytest.raises(StudyError) as error:
        Halving.model_validate({"n_trials": 9, **given}).check(space)

    assert str(error.value).startswith(said)
    assert len(str(error.value).splitlines()) == 1


def test_brackets_that_no_float_can_weigh_are_refused() -> None:
    space = lstm_space(epoch=list(range(1, 45)))

    with pytest.raises(StudyError, match="eta is 2000000000, which is too large for 44 brackets"):
        Halving(eta=2_000_000_000, n_trials=99, brackets="all").check(space)


def test_minutes_besides_a_size_end_a_bracket_early() -> None:
    search = made(n_trials=27, budget_minutes=30)

    end = search.run()

    assert sizes(search) == [(1, 27), (3, 9)]
    assert "minutes" in end.ended


def _cells(count: int) -> list[Values]:
    cells = [SPACE.at(dict.fromkeys(SPACE.parameters, (n + 0.5) / count)) for n in range(count)]
    return [each for each in cells if each is not None]
