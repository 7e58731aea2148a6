"""What becomes of the cells of a search that are open."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_assets.records.next_round import OpenCells, open_cells
from lstm_assets.search.history import State, Trial
from lstm_assets.store.status import Status


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
