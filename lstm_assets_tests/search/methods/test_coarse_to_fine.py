"""Coarse to fine keeps to boxes around the best, which shrink, move, and widen if spent."""

import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.cells.proposal import Proposal
from lstm_assets.cells.values import Values, identity
from lstm_assets.errors import StudyError
from lstm_assets.search.history import History, State, Trial
from lstm_assets.search.methods.coarse_to_fine import CoarseToFine
from lstm_assets.search.methods.random import Random
from lstm_assets.search.rounds import propose
from lstm_assets.search.space.space import Space
from lstm_assets_tests.search.simulation import Search, small_space, space_for
from lstm_assets_tests.search.toy import lstm_space, toy, toy_space

__all__ = ["toy"]

RATE = {"low": 1e-4, "high": 1, "scale": "log"}
SPACE = space_for("coarse_to_fine")


def centred(rate: float) -> Any:
    """An MSE that is best at one learning rate."""
    return lambda values: 1 + abs(math.log10(values["learning_rate"] / rate))


def scored(values: Values, mse: float, code: str, **given: Any) -> Trial:
    return Trial(values, State.DONE, mse, code, **given)


def best_of(trials: Sequence[Trial], count: int) -> list[Trial]:
    done = [each for each in trials if each.mse is not None]
    return sorted(done, key=lambda each: each.mse or 0.0)[:count]


def within(values: Values, box: dict[str, Any]) -> bool:
    return all(
        box[name]["lowest"] <= value <= box[name]["highest"]
        if "lowest" in box[name]
        else value in box[name]["values"]
        for name, value in values.items()
    )


def places(space: Space, proposal: Proposal, name: str) -> tuple[float, float]:
    """Where the box of a round lies on one scale."""
    box = proposal.notes["box"][name]
    low, high = (space.parameters[name].place(box[end]) for end in ("lowest", "highest"))
    assert low is not None
    assert high is not None
    return low, high


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 999),
    zoom=st.floats(0.05, 0.95),
    top=st.integers(1, 4),
    rounds=st.integers(1, 6),
    draw=st.sampled_from(["random", "grid"]),
)
def test_every_tuple_is_new_lies_in_the_space_and_in_the_box_that_its_round_tells(
    seed: int, zoom: float, top: int, rounds: int, draw: str
) -> None:
    given = {"seed": seed, "zoom": zoom, "top": top, "rounds": rounds, "draw": draw}
    search = Search(CoarseToFine.model_validate({**given, "n_trials": 60}), SPACE)

    end = search.run()

    assert end.ended == "spent 60 of 60 trials"
    assert len({identity("lstm", each.values) for each in search.own}) == 60
    for proposal in search.rounds:
        assert all(each.values in SPACE for each in proposal.cells)
        assert all(within(each.values, proposal.notes["box"]) for each in proposal.cells)
        assert all(len(each.reason) <= 300 for each in proposal.cells)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), zoom=st.floats(0.3, 0.9), best=st.floats(1e-4, 1))
def test_each_box_is_narrower_by_the_zoom_and_lies_around_the_best_of_the_rounds_before(
    seed: int, zoom: float, best: float
) -> None:
    space = lstm_space(learning_rate=RATE)
    method = CoarseToFine(n_trials=20, rounds=4, zoom=zoom, top=1, seed=seed)
    search = Search(method, space, centred(best))
    parameter = space.parameters["learning_rate"]

    search.run()

    assert [each.notes["width"] for each in search.rounds] == [1, zoom, zoom**2, zoom**3]
    for proposal in search.rounds[1:]:
        before = [each for each in search.trials if each.round < proposal.round]
        [centre] = best_of(before, 1)
        at, width = parameter.place(centre.values["learning_rate"]), proposal.notes["width"]
        assert at is not None
        assert proposal.notes["centre"] == centre.code_task
        assert centre.code_task in proposal.cells[0].reason
        assert places(space, proposal, "learning_rate") == pytest.approx(
            (max(at - width / 2, 0), min(at + width / 2, 1)), abs=1e-4
        )


def test_what_a_round_tells_spans_the_boxes_around_all_its_centres(toy: str) -> None:
    sizes = [[n] for n in range(1, 9)]
    space = toy_space(epoch=[20], learning_rate=RATE, hidden_layer_sizes=sizes)
    search = Search(CoarseToFine(n_trials=40, rounds=4, zoom=0.1), space, centred(0.01))

    search.run(rounds=1)
    notes = search.propose().notes

    by_code = {each.code_task: each for each in search.trials}
    three = [by_code[code] for code in notes["centre"].split(", ")]
    assert three[0] == best_of(search.trials, 1)[0]
    assert all(within(each.values, notes["box"]) for each in three)
    words = {each.values["hidden_layer_sizes"][0] for each in three}
    assert [values[0] for values in notes["box"]["hidden_layer_sizes"]["values"]] == sorted(words)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), top=st.integers(1, 5), wanted=st.integers(1, 9))
def test_each_cell_of_a_round_is_near_one_of_the_centres_in_turn(
    seed: int, top: int, wanted: int
) -> None:
    space = lstm_space(learning_rate=RATE)
    method = CoarseToFine(n_trials=99, cells=wanted, rounds=2, zoom=0.1, top=top, seed=seed)
    search = Search(method, space, lambda values: math.sin(40 * values["learning_rate"]) + 2)
    parameter = space.parameters["learning_rate"]

    search.run(rounds=3)

    by_code = {each.code_task: each for each in search.trials}
    for proposal in search.rounds[1:]:
        codes = proposal.notes["centre"].split(", ")
        assert len(codes) == min(top, wanted, proposal.known or 0)
        for at, cell in enumerate(proposal.cells):
            code = codes[at % len(codes)]
            middle = parameter.place(by_code[code].values["learning_rate"])
            place = parameter.place(cell.values["learning_rate"])
            assert middle is not None
            assert place is not None
            assert abs(place - middle) < 0.05 + 1e-4
            assert f"in a box of 0.1 around {code}: " in cell.reason


def test_between_two_good_regions_nothing_is_drawn() -> None:
    space = lstm_space(learning_rate=RATE)
    low, high = (
        [scored(_cell(space, rate * (1 + n / 99)), n, f"X-{n}") for n in numbers]
        for rate, numbers in ((2e-4, (1, 3, 5)), (0.4, (2, 4, 6)))
    )
    trials = [replace(each, method="coarse_to_fine") for each in (*low, *high)]

    proposal = propose(CoarseToFine(cells=16, rounds=2, top=6), space, History("lstm", trials))

    rates = [each.values["learning_rate"] for each in proposal.cells]
    assert {rate < 1e-3 or rate > 0.1 for rate in rates} == {True}
    assert min(rates) < 1e-3 < 0.1 < max(rates)


def test_a_box_with_too_few_new_tuples_gives_these_before_it_widens() -> None:
    space = lstm_space(epoch=[20], learning_rate=[0.001 * n for n in range(1, 9)])
    tried = [
        scored(_cell(space, 0.001 * n), abs(n - 4) + 1.0, f"X-{n}", method="coarse_to_fine")
        for n in (2, 4)
    ]
    method = CoarseToFine(cells=3, rounds=2, zoom=0.3, top=1)

    proposal = propose(method, space, History("lstm", tried))

    rates = [round(1000 * each.values["learning_rate"]) for each in proposal.cells]
    assert set(rates[:2]) == {3, 5}
    assert rates[2] in (1, 6, 7)
    assert proposal.notes["width"] == 0.6


def test_a_box_at_the_edge_of_the_space_is_cut_off_there_not_filled_up_with_the_edge() -> None:
    space = lstm_space(learning_rate=RATE, batch_size={"low": 1, "high": 999})
    best = scored(_cell(space, 1e-4), 1.0, "X-0000", method="coarse_to_fine")

    proposal = propose(CoarseToFine(cells=40, rounds=2), space, History("lstm", [best]))

    rates = [each.values["learning_rate"] for each in proposal.cells]
    assert proposal.notes["box"]["learning_rate"]["lowest"] == 1e-4
    assert rates.count(1e-4) <= 1


def test_the_last_box_is_an_eighth_of_each_scale_however_many_rounds_there_are() -> None:
    for rounds in (2, 4, 9):
        method = CoarseToFine(n_trials=36, rounds=rounds)
        search = Search(method, lstm_space(learning_rate=RATE, batch_size={"low": 1, "high": 999}))

        search.run()

        assert len(search.rounds) == rounds
        assert search.rounds[-1].notes["width"] == pytest.approx(1 / 8)


def test_a_list_keeps_the_best_value_and_its_neighbours_and_in_the_end_the_best_alone() -> None:
    space = lstm_space(learning_rate=RATE, batch_size=[64, 8, 16, 32])
    method = CoarseToFine(n_trials=60, rounds=3, zoom=0.5, top=1)
    search = Search(method, space, lambda values: 1 + abs(values["batch_size"] - 16))

    search.run()

    boxes = [each.notes["box"]["batch_size"] for each in search.rounds]
    assert boxes == [
        {"lowest": 8, "highest": 64},
        {"lowest": 8, "highest": 32},
        {"lowest": 16, "highest": 16},
    ]


def test_of_words_those_that_did_best_are_kept(toy: str) -> None:
    sizes = [[8], [16], [32], [64]]
    space = toy_space(
        learning_rate=RATE, hidden_layer_sizes=sizes, activation=["relu", "tanh"], epoch=[20]
    )
    ranks = {8: 3, 16: 1, 32: 2, 64: 4}
    method = CoarseToFine(n_trials=90, rounds=3, zoom=0.5, top=1)
    search = Search(method, space, lambda each: ranks[each["hidden_layer_sizes"][0]])

    for _ in range(3):
        proposal = search.propose()
        search.register(proposal)
        for at in search.open():
            search.train(at)

    kept = [each.notes["box"]["hidden_layer_sizes"]["values"] for each in search.rounds]
    assert kept == [sizes, [[16], [32]], [[16]]]
    assert [len(each.notes["box"]["activation"]["values"]) for each in search.rounds] == [2, 1, 1]


def test_a_box_without_new_tuples_widens_until_the_whole_space_is_tried() -> None:
    space = small_space()
    search = Search(CoarseToFine(n_trials=999, cells=7, zoom=0.6, top=1), space)

    end = search.run()

    assert len(search.trials) == len(space.combinations())
    assert end.ended == "every combination that it would propose was tried"
    widths = [each.notes["width"] for each in search.rounds]
    assert widths[1] < 1
    assert widths[-1] == 1
    assert all(len(each.cells) == 7 for each in search.rounds[:-1])


def test_without_a_budget_it_ends_after_its_rounds() -> None:
    search = Search(CoarseToFine(rounds=3, cells=5), SPACE)

    end = search.run()

    assert [len(each.cells) for each in search.rounds] == [5, 5, 5]
    assert end.ended


def test_with_a_budget_it_goes_on_in_boxes_of_the_last_width() -> None:
    search = Search(CoarseToFine(rounds=2, cells=5, n_trials=20), lstm_space(learning_rate=RATE))

    search.run()

    assert [each.notes["width"] for each in search.rounds] == [1, 1 / 8, 1 / 8, 1 / 8]


def test_trials_share_out_over_the_rounds() -> None:
    search = Search(CoarseToFine(n_trials=10, rounds=4), SPACE)

    search.run()

    assert [len(each.cells) for each in search.rounds] == [3, 3, 3, 1]


def test_what_another_method_found_is_zoomed_in_on_and_not_proposed_again() -> None:
    space = lstm_space(learning_rate=[0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008])
    search = Search(CoarseToFine(n_trials=4, cells=2, rounds=2, top=1), space, centred(1.0))
    search.run(rounds=1)
    cell = next(
        each for each in space.combinations() if each not in [t.values for t in search.trials]
    )
    search.trials.append(scored(cell, 0.1, "X-0099", method="grid"))

    proposal = search.propose()

    assert proposal.notes["centre"] == "X-0099"
    assert cell not in [each.values for each in proposal.cells]


def test_what_was_stopped_early_is_no_centre_while_anything_was_trained_to_its_end() -> None:
    space = lstm_space(epoch=[3, 27], learning_rate=RATE)
    search = Search(CoarseToFine(n_trials=8, rounds=2, top=1), space)
    search.run(rounds=1)
    stopped = search.trials[0].values | {"epoch": 3, "learning_rate": 0.5}
    search.trials.append(scored(stopped, 1e-9, "X-0099", method="halving", epoch_full=27))

    [best] = best_of(search.trials[:-1], 1)
    assert search.propose().notes["centre"] == best.code_task


def test_prior_results_are_zoomed_in_on_from_the_first_round_and_its_best_tried_first() -> None:
    space = lstm_space(learning_rate=RATE)
    cells = [_cell(space, rate) for rate in (0.01, 0.5)]
    told = [scored(cells[0], 2.0, ""), scored(cells[1], 3.0, "")]

    proposal = propose(CoarseToFine(n_trials=8, rounds=2, top=1), space, History("lstm", told))

    assert proposal.round == 0
    assert proposal.cells[0].values == cells[0]
    assert proposal.notes["width"] == 1 / 8
    assert proposal.notes["centre"] == "a prior result"
    assert all(within(each.values, proposal.notes["box"]) for each in proposal.cells)


def test_once_the_study_has_its_own_results_other_prices_errors_do_not_count() -> None:
    space = lstm_space(learning_rate=RATE)
    told = scored(_cell(space, 0.5), 1e-6, "")
    own = scored(_cell(space, 0.001), 90.0, "X-0000", method="coarse_to_fine")

    proposal = propose(CoarseToFine(n_trials=8), space, History("lstm", [own, told]))

    assert proposal.round == 1
    assert proposal.notes["centre"] == "X-0000"


def test_what_failed_is_no_centre_and_not_proposed_again() -> None:
    space = lstm_space(learning_rate=[0.001, 0.002, 0.004], batch_size=[1, 2])
    search = Search(CoarseToFine(n_trials=6, cells=1), space, lambda values: None)

    search.run()

    assert len({identity("lstm", each.values) for each in search.trials}) == 6
    assert {each.notes["centre"] for each in search.rounds} == {"none"}


def test_a_grid_has_its_points_in_each_box() -> None:
    space = lstm_space(
        epoch=[20], learning_rate=RATE, batch_size=[8, 16, 24, 32, 40], size_sequence=[5, 10]
    )
    method = CoarseToFine(draw="grid", points=3, rounds=2, zoom=0.5, top=1)
    search = Search(method, space, centred(0.01))

    search.run()

    first, second = search.rounds
    assert sorted({each.values["learning_rate"] for each in first.cells}) == [1e-4, 0.01, 1]
    assert sorted({each.values["batch_size"] for each in first.cells}) == [8, 24, 40]
    assert len(first.cells) == 3 * 3 * 2
    rates = sorted({each.values["learning_rate"] for each in second.cells})
    assert rates == pytest.approx([1e-3, 0.01, 0.1], rel=1e-3)
    assert first.cells[0].reason.startswith("of a grid of 3 points")


def test_a_grid_cut_by_the_budget_has_the_nearest_to_the_best() -> None:
    space = lstm_space(epoch=[20], learning_rate=[0.1 * n for n in range(1, 10)])
    method = CoarseToFine(draw="grid", points=5, n_trials=7, rounds=2, zoom=0.9, top=1)
    search = Search(method, space, lambda values: 2 - values["learning_rate"])

    search.run()

    rates = [each.values["learning_rate"] for each in search.rounds[1].cells]
    assert rates == pytest.approx([0.8, 0.6])


def test_after_the_grids_of_all_boxes_the_rest_is_drawn() -> None:
    space = small_space()
    search = Search(CoarseToFine(draw="grid", points=2, n_trials=len(space.combinations())), space)

    search.run()

    assert len(search.trials) == len(space.combinations())
    assert "random draw" in search.rounds[-1].cells[0].reason


def corner(places: list[float]) -> float:
    return sum(
        (1 - each) ** 2 * weight for each, weight in zip(places, (3, 1, 1, 0.3), strict=True)
    )


def ravine(places: list[float]) -> float:
    return 4 * (places[0] - places[1]) ** 2 + sum((each - 0.8) ** 2 for each in places) / 2


def two_basins(places: list[float]) -> float:
    wide = 0.3 + sum((each - 0.2) ** 2 for each in places)
    return min(wide, 3 * sum((each - 0.75) ** 2 for each in places))


@pytest.mark.parametrize("noise", [0.02, 0.2])
@pytest.mark.parametrize("surface", [corner, ravine, two_basins])
def test_it_comes_nearer_to_the_best_than_random_draws(surface: Any, noise: float) -> None:
    space = lstm_space(
        epoch=[9],
        learning_rate=RATE,
        batch_size={"low": 10, "high": 40},
        size_sequence={"low": 5, "high": 80, "scale": "log"},
        size_unit_hidden={"low": 2, "high": 64, "base": 2},
    )
    varied = ["learning_rate", "batch_size", "size_sequence", "size_unit_hidden"]

    def scored_with_luck(values: Values) -> float:
        places = space.places(values) or {}
        luck = random.Random(identity("lstm", values)).gauss(0, noise)
        return math.exp(surface([places[name] for name in varied]) + luck)

    def found(method: CoarseToFine | Random) -> float:
        search = Search(method, space, scored_with_luck)
        search.run()
        return best_of(search.trials, 1)[0].mse or 0.0

    ours = [found(CoarseToFine(n_trials=64, seed=seed)) for seed in range(9)]
    draws = [found(Random(n_trials=64, seed=seed)) for seed in range(9)]

    assert statistics.median(ours) < statistics.median(draws)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"points": 3}, "search.points is 3, which has no effect on random draws. "),
        ({"draw": "grid", "cells": 3}, "search.cells is 3, but the size of a grid follows from "),
        (
            {"draw": "grid", "points": 9, "n_trials": 50},
            "search.points is 9, which gives round 0 729 combinations, expected at most 50. ",
        ),
        (
            {"draw": "grid", "points": 99},
            "search.points is 99, which gives round 0 970,299 combinations, expected at most ",
        ),
    ],
)
def test_settings_that_do_not_fit_are_refused(given: dict[str, Any], said: str) -> None:
    range_ = {"low": 1, "high": 200}
    space = lstm_space(epoch=[9], learning_rate=RATE, batch_size=range_, size_sequence=range_)

    with pytest.raises(StudyError) as error:
        CoarseToFine.model_validate(given).check(space)

    assert str(error.value).startswith(said)
    assert len(str(error.value).splitlines()) == 1


def test_a_search_whose_budget_is_raised_goes_on_with_another_round() -> None:
    search = Search(CoarseToFine(n_trials=16), SPACE)
    search.run()
    more = replace(search, method=CoarseToFine(n_trials=20))

    proposal = more.propose()

    assert (proposal.round, len(proposal.cells), proposal.is_repeated) == (8, 3, False)


def _cell(space: Space, rate: float) -> Values:
    cell = space.at(dict.fromkeys(space.parameters, 0.5))
    assert cell is not None
    return cell | {"learning_rate": rate}
