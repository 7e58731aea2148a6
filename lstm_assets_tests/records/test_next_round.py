"""How a search stands: its rounds, what is proposed next, and what becomes of its open cells."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from lstm_assets.errors import StoreError
from lstm_assets.records.next_round import OpenCells, SearchState, open_cells, read_search_state
from lstm_assets.search.history import State, Trial
from lstm_assets.store.engine import begin, connect
from lstm_assets.store.hyperparameters import mark_failed
from lstm_assets.store.status import Status, set_status
from lstm_assets.study import Study
from lstm_assets_tests.records.stored import Stored, stored_study
from lstm_assets_tests.studies import SPACE


def trial(code: str, state: State = State.OPEN) -> Trial:
    return Trial({"epoch": 1}, state, code_task=code)


@pytest.mark.parametrize(
    "status", [Status.NOT_EXECUTED, Status.RUNNING, Status.ERROR, Status.COMPLETED, None]
)
def test_a_cell_without_a_result_is_to_be_trained(status: Status | None) -> None:
    statuses = {} if status is None else {"A-0001": status}

    assert open_cells([trial("A-0001")], statuses, set()) == OpenCells(to_train=["A-0001"])


def test_a_cell_that_somebody_stopped_is_left_to_people() -> None:
    statuses = {"A-0001": Status.CANCELED}

    assert open_cells([trial("A-0001")], statuses, set()) == OpenCells(canceled=["A-0001"])


@pytest.mark.parametrize("status", Status)
def test_a_cell_with_a_result_on_other_prices_is_stale_however_it_stands(status: Status) -> None:
    found = open_cells([trial("A-0001")], {"A-0001": status}, {"A-0001"})

    assert found == OpenCells(stale=["A-0001"])


@pytest.mark.parametrize("state", [State.DONE, State.FAILED])
def test_a_cell_that_was_tried_is_none_of_them(state: State) -> None:
    assert open_cells([trial("A-0001", state)], {}, set()) == OpenCells()


@given(
    st.lists(
        st.tuples(st.sampled_from(State), st.none() | st.sampled_from(Status), st.booleans()),
        max_size=8,
    )
)
def test_each_open_cell_is_in_one_list_and_they_keep_their_order(cells: list[Any]) -> None:
    codes = [f"A-{number:04}" for number in range(len(cells))]
    own = [trial(code, state) for code, (state, _, _) in zip(codes, cells, strict=True)]
    statuses = {code: each[1] for code, each in zip(codes, cells, strict=True) if each[1]}
    scored = {code for code, each in zip(codes, cells, strict=True) if each[2]}

    found = open_cells(own, statuses, scored)

    lists = [found.to_train, found.canceled, found.stale]
    assert sorted(code for each in lists for code in each) == [
        each.code_task for each in own if each.state is State.OPEN
    ]
    assert all(each == sorted(each) for each in lists)


RATES = {"learning_rate": {"low": 0.001, "high": 0.1, "scale": "log"}}
RANDOM = {"method": "random", "n_trials": 6, "parallel": 2, "space": SPACE | RATES}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database: what is asked of the store here, its own tests ask of both."""
    return sqlite_url


@pytest.fixture
def searched(engine: Engine, tmp_path: Path) -> Stored:
    """TINY searched at random, 2 cells a round up to 6; none is proposed yet."""
    return stored_study(engine, tmp_path, search=RANDOM)


def state(stored: Stored, asked: Study | None = None) -> SearchState:
    with connect(stored.engine) as conn:
        return read_search_state(conn, stored.study, asked)


def next_round(stored: Stored) -> list[str]:
    """Store what the search proposes next; return its CODE_TASKs."""
    proposed = state(stored).next
    return stored.propose(*(each.values for each in proposed.cells), round=proposed.round)


def test_a_search_begins_with_its_first_round(searched: Stored) -> None:
    found = state(searched)

    assert (found.trials, found.codes(), found.round) == ([], [], 0)
    assert (found.next.round, len(found.next.cells), found.next.ended) == (0, 2, "")
    assert (found.open, found.has_results) == (OpenCells(), False)


def test_a_round_that_is_not_trained_is_proposed_again(searched: Stored) -> None:
    next_round(searched)

    found = state(searched)

    assert found.codes() == found.open.to_train == ["TINY-0001", "TINY-0002"]
    assert (found.next.round, found.next.is_repeated) == (0, True)


def test_rounds_are_numbered_and_the_newest_is_told_apart(searched: Stored) -> None:
    for _ in range(3):
        for code in next_round(searched):
            searched.score(code, 4.0)

    found = state(searched)

    codes = [f"TINY-000{number}" for number in range(1, 7)]
    assert found.round == 2
    assert found.codes() == codes
    assert found.codes(newest=True) == codes[4:]
    assert found.rounds_of({"TINY-0001", "TINY-0002", "TINY-0006"}) == [0, 2]
    assert found.rounds_of([]) == []
    assert found.next.ended == "spent 6 of 6 trials"


def test_open_cells_are_told_apart_by_their_rows(searched: Stored) -> None:
    done, failed = next_round(searched)
    searched.score(done, 4.0)
    version = searched.cells().data_versions[failed]
    with begin(searched.engine) as conn:
        mark_failed(conn, failed, version)
    stale, canceled = next_round(searched)
    searched.score(stale, 4.0, data_version="other")
    with begin(searched.engine) as conn:
        set_status(conn, canceled, Status.CANCELED)

    found = state(searched)

    states = [each.state for each in found.trials]
    assert states == [State.DONE, State.FAILED, State.OPEN, State.OPEN]
    assert found.open == OpenCells([], [canceled], [stale])
    assert found.has_results


def test_a_cell_that_failed_on_other_prices_is_to_be_trained(searched: Stored) -> None:
    first, second = next_round(searched)
    searched.score(first, 4.0)
    searched.fail(second, "the loss is nan")
    with begin(searched.engine) as conn:
        mark_failed(conn, second, "other")

    assert state(searched).open == OpenCells([second])


def test_cells_outside_the_space_that_is_asked_for_are_none_of_its_search(
    searched: Stored,
) -> None:
    next_round(searched)
    asked = searched.study.with_space({"epoch": [3]}, "space.")

    found = state(searched, asked)

    assert (found.codes(), found.open) == ([], OpenCells())
    assert {each.values["epoch"] for each in found.next.cells} == {3}


def test_results_of_another_method_are_results_and_none_of_its_rounds(searched: Stored) -> None:
    [other] = searched.propose({n: each[0] for n, each in SPACE.items()}, method="grid")
    searched.score(other, 4.0)

    found = state(searched)

    assert (found.codes(), found.has_results) == ([], True)


def test_without_prices_there_is_no_search(searched: Stored) -> None:
    with begin(searched.engine) as conn:
        conn.exec_driver_sql("DELETE FROM TB_ASSETVALUE_ADJ")

    with pytest.raises(StoreError, match="TB_ASSETVALUE_ADJ holds no bars of TEST from 2020-01-01"):
        state(searched)
