"""Codes of cells and stages: how they are made, read and ordered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_assets.cells.codes import (
    INDEX_BEFORE_CELLS,
    Stage,
    by_number,
    cell_code,
    cell_index,
    cell_number,
    most_cells,
    stage_code,
)
from lstm_assets.errors import StoreError

STUDIES = st.from_regex(r"[A-Z0-9]{1,12}", fullmatch=True)


@given(STUDIES)
def test_the_last_cell_of_a_study_fits_its_columns_and_one_more_is_refused(study: str) -> None:
    most = most_cells(study)

    assert len(cell_code(study, most)) <= 20
    assert cell_index(cell_code(study, most)) == most + INDEX_BEFORE_CELLS <= 2**31 - 1
    with pytest.raises(StoreError, match=f"study {study} has {most:,} cells, which are as many as"):
        cell_code(study, most + 1)


def test_the_longest_code_leaves_seven_digits() -> None:
    assert most_cells("ABCDEFGHIJKL") == 9_999_999
    assert cell_code("ABCDEFGHIJKL", 9_999_999) == "ABCDEFGHIJKL-9999999"


@pytest.mark.parametrize("name", ["A", "GRID", "ABCDEFG"])
@pytest.mark.parametrize("index", [INDEX_BEFORE_CELLS, 0, -1, -1000])
def test_a_stage_has_a_short_name_and_an_index_before_the_cells(name: str, index: int) -> None:
    assert (Stage(name, index).name, Stage(name, index).index) == (name, index)


@pytest.mark.parametrize(
    "name", ["", "FORECAST", "raw", "RAW1", "0001", "RA W", "RAW-A", "RAW\n", "\u00c4DJ"]
)
def test_a_stage_of_another_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected 1 to 7 of A-Z") as refusal:
        Stage(name, 1)

    assert str(refusal.value).startswith(f"stage {name!r} with index 1: ")


def test_a_stage_whose_index_is_a_cell_s_is_refused() -> None:
    with pytest.raises(ValueError, match="LATE") as refusal:
        Stage("LATE", INDEX_BEFORE_CELLS + 1)

    assert str(refusal.value) == (
        "stage 'LATE' with index 5: expected 1 to 7 of A-Z, and an index of at most 4, "
        "because the cells have the next ones"
    )


@given(STUDIES, st.from_regex(r"[A-Z]{1,7}", fullmatch=True))
def test_a_stage_s_code_fits_its_column_and_is_no_cell_s(study: str, name: str) -> None:
    code = stage_code(study, Stage(name, 0))

    assert code == f"{study}-{name}"
    assert len(code) <= 20
    assert (cell_number(code), cell_index(code)) == (None, None)


@given(STUDIES, st.integers(0, 9_999_999))
def test_a_cell_s_code_gives_its_number_back_and_fits_its_column(study: str, number: int) -> None:
    code = cell_code(study, number)

    assert (cell_number(code), cell_index(code)) == (number, number + 4)
    assert len(code) <= 20


def test_a_number_has_at_least_four_digits() -> None:
    assert [cell_code("USD", number) for number in (7, 9999, 10000)] == [
        "USD-0007",
        "USD-9999",
        "USD-10000",
    ]


@pytest.mark.parametrize(
    ("code", "number", "index"),
    [
        ("USDKRW-0001", 1, 5),
        ("USDKRW-12345", 12345, 12349),
        ("USDKRW-RAW", None, None),
        ("USDKRW-BEST", None, None),
        ("USDKRW-001", None, None),
        ("SETTING_DBTABLE", None, None),
        ("USDKRW-\u0661\u0661\u0661\u0661", None, None),
    ],
)
def test_codes_of_cells_tell_their_number_and_place(
    code: str, number: int | None, index: int | None
) -> None:
    assert (cell_number(code), cell_index(code)) == (number, index)


def test_cells_sort_by_number_rather_than_by_text() -> None:
    codes = ["USD-10000", "USD-9999", "USD-0002"]

    assert sorted(codes, key=by_number) == ["USD-0002", "USD-9999", "USD-10000"]


@given(STUDIES, st.lists(st.integers(0, 99_999), unique=True))
def test_any_cells_of_a_study_sort_by_number(study: str, numbers: list[int]) -> None:
    codes = sorted((cell_code(study, number) for number in numbers), key=by_number)

    assert [cell_number(code) for code in codes] == sorted(numbers)
