"""Which results count today, how they rank, and what a search knows of their cells."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from lstm_assets.cells.cell import Cell
from lstm_assets.errors import StoreError
from lstm_assets.records.scored import ScoredCells
from lstm_assets.search.history import State
from lstm_assets.training.series import warm_data_version
from lstm_assets_tests.records.by_hand import result, scored_cells
from lstm_assets_tests.training.cells import cells, walk

THREE = cells({"epoch": 1}, {"epoch": 2}, {"epoch": 3})


def codes(numbers: Sequence[int]) -> set[str]:
    return {f"T-{number:04}" for number in numbers}


def fresh(code: str) -> str:
    """The data version that a cell has when it is trained on the walk from its seed."""
    return scored_cells(THREE).data_versions[code]


def test_a_result_that_would_come_out_the_same_today_is_current() -> None:
    scored = scored_cells(THREE, result(1, 4.0), result(3, 1.0))

    assert scored.current == codes([1, 3])


def test_a_result_of_other_prices_or_of_unknown_ones_is_not_current() -> None:
    scored = scored_cells(
        THREE, result(1, 4.0, data_version="other"), result(2, 1.0, data_version=None)
    )

    assert scored.current == set()


def test_one_more_bar_makes_every_result_one_of_other_prices() -> None:
    results = [result(1, 4.0, data_version=fresh("T-0001")), result(2, 1.0)]

    scored = scored_cells(THREE, *results, series=walk(121))

    assert scored.current == codes([2])  # the one that is of these prices


def test_a_result_without_a_cell_is_not_current() -> None:
    assert scored_cells(THREE, result(9, 1.0, data_version="known")).current == set()


def test_a_result_that_went_on_from_an_earlier_version_s_weights_is_current() -> None:
    before = result(1, 4.0, data_version="of last week")
    warm = warm_data_version(fresh("T-0001"), "of last week")
    after = result(1, 1.0, version_model=2, data_version=warm)

    assert scored_cells(THREE, after, earlier=[before]).current == codes([1])


def test_a_result_cannot_have_gone_on_from_a_later_version() -> None:
    later = result(1, 4.0, version_model=3, data_version="of next week")
    warm = warm_data_version(fresh("T-0001"), "of next week")
    now = result(1, 1.0, version_model=2, data_version=warm)

    assert scored_cells(THREE, now, earlier=[later]).current == set()


def test_current_results_rank_by_their_mse_and_the_others_are_stale() -> None:
    stale = result(3, 0.1, data_version="other")

    ranking = scored_cells(THREE, result(1, 4.0), result(2, 1.0), stale).ranking

    assert [each.code_task for each in ranking.ranked] == ["T-0002", "T-0001"]
    assert ranking.stale == [stale]


def test_a_cell_that_was_stopped_early_ranks_after_those_trained_to_their_end() -> None:
    early = THREE | {"T-0001": replace(THREE["T-0001"], epoch_full=3)}

    ranking = scored_cells(early, result(1, 0.1), result(2, 4.0)).ranking

    assert [each.code_task for each in ranking.ranked] == ["T-0002", "T-0001"]


def test_a_trial_is_its_cell_with_its_result() -> None:
    cell = replace(THREE["T-0002"], method="random", round=3, epoch_full=9)

    [trial] = scored_cells({"T-0002": cell}, result(2, 1.5, seconds_train=7.0)).trials

    assert (trial.code_task, trial.values) == ("T-0002", cell.hyperparameters)
    assert (trial.state, trial.mse, trial.seconds) == (State.DONE, 1.5, 7.0)
    assert (trial.method, trial.round, trial.epoch_full) == ("random", 3, 9)


def state(scored: ScoredCells) -> State:
    """The state of the first cell's trial."""
    return scored.trials[0].state


def failed_on(data_version: str) -> dict[str, Cell]:
    return {"T-0001": replace(THREE["T-0001"], failed_data_version=data_version)}


def test_a_cell_that_failed_on_today_s_prices_has_failed() -> None:
    assert state(scored_cells(failed_on(fresh("T-0001")))) is State.FAILED


def test_a_cell_that_failed_on_other_prices_is_open() -> None:
    assert state(scored_cells(failed_on("other"))) is State.OPEN


def test_a_cell_with_a_result_is_done_although_it_failed_once() -> None:
    assert state(scored_cells(failed_on(fresh("T-0001")), result(1, 4.0))) is State.DONE


@pytest.mark.parametrize(
    "found",
    [[], [result(1, 4.0, data_version="other")], [result(1, None)]],
    ids=["none", "of other prices", "without an MSE"],
)
def test_a_cell_without_a_result_that_counts_is_open(found: list) -> None:
    [trial, *_] = scored_cells(THREE, *found).trials

    assert (trial.state, trial.mse) == (State.OPEN, None)


def test_cells_of_another_model_are_no_trials(toy: str) -> None:
    other = Cell("T-0001", toy, THREE["T-0001"].hyperparameters)

    trials = scored_cells(THREE | {"T-0001": other}).trials

    assert [each.code_task for each in trials] == ["T-0002", "T-0003"]


# The walk's 120 bars are 2020-01-01 to 2020-04-29; the last fifth scores: from 2020-04-06.
@pytest.mark.parametrize(("trained_to", "seen"), [("20200405", False), ("20200406", True)])
def test_a_version_has_seen_evaluation_from_its_first_bar_on(trained_to: str, seen: bool) -> None:
    scored = scored_cells(THREE, result(1, 4.0, date_e_train=trained_to))

    assert scored.evaluation_start("T-0001") == "20200406"
    assert scored.has_seen_evaluation("T-0001", 1) is seen


def test_what_an_earlier_version_has_seen_its_successors_have_seen() -> None:
    wide = result(1, 4.0, version_model=2, date_e_train="20200410")
    scored = scored_cells(
        THREE, result(1, 1.0, version_model=3), earlier=[result(1, 9.0, version_model=1), wide]
    )

    assert [scored.has_seen_evaluation("T-0001", version) for version in (1, 2, 3)] == [
        False,
        True,
        True,
    ]


def test_only_some_cells_come_in_the_order_asked_for_with_all_results() -> None:
    scored = scored_cells(THREE, result(1, 4.0), result(2, 1.0))

    some = scored.only(["T-0003", "T-0001"])

    assert list(some.cells) == ["T-0003", "T-0001"]
    assert (some.results, some.series) == (scored.results, scored.series)


def test_a_code_that_the_study_has_not_is_refused() -> None:
    with pytest.raises(StoreError) as refusal:
        scored_cells(THREE).only(["T-0001", "T-0009"])

    assert str(refusal.value) == (
        "TB_HYPERPARAMETER holds no T-0009 of study T. Materialize hyperparameter_grid. If no grid "
        "has this CODE_TASK, delete its partition."
    )
