from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_assets.cells.cell import Cell
from lstm_assets.cells.values import Values
from lstm_assets.store.precision import matches, rounded, stored_as

FLOAT = "LEARNING_RATE FLOAT"


def cell(number: int, rate: float, kind: str = FLOAT, model: str = "", **others: object) -> Cell:
    values: Values = {"learning_rate": rate, **others}
    return Cell(f"USD-{number:04d}", model, values, stored_as=kind)


def codes(*rates: float, cells: list[Cell], **others: object) -> dict[float, str]:
    """Codes by learning rate."""
    wanted = {str(rate): {"learning_rate": rate, **others} for rate in rates}
    found = matches("lstm", wanted, cells)
    return {float(rate): each.code_task for rate, each in found.items()}


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("FLOAT", 0.1, float(np.float32(0.1))),
        ("FLOAT(7,2)", 0.125, float(np.float32(0.13))),
        ("DECIMAL(20,8)", 0.001234567850, Decimal("0.00123457")),
        ("DECIMAL(10)", 2.5, Decimal(3)),
        ("DOUBLE(9,3)", 0.0014, Decimal("0.001")),
    ],
)
def test_a_type_keeps_so_many_digits(kind: str, value: float, kept: object) -> None:
    assert rounded(value, kind) == kept


def test_the_nearest_values_take_the_row_and_only_one_does() -> None:
    rows = [cell(1, 0.0012345678)]

    assert codes(0.00123456781, 0.001234567801, 0.002, cells=rows) == {0.001234567801: "USD-0001"}


def test_two_rows_that_were_rounded_to_the_same_are_two_cells() -> None:
    rows = [cell(1, 0.0012345678), cell(2, 0.0012345678)]

    assert codes(0.00123456781, 0.00123456782, cells=rows) == {
        0.00123456781: "USD-0001",
        0.00123456782: "USD-0002",
    }


def test_other_values_models_and_exact_rows_are_no_match() -> None:
    rows = [
        cell(1, 0.0012345678, epoch=2),
        cell(2, 0.0012345678, model="mlp", epoch=1),
        cell(3, 0.0012345678, kind="", epoch=1),
        cell(4, 0.0012345678, kind="RATIO_TRAIN_SET FLOAT", epoch=1),
    ]

    assert codes(0.00123456781, cells=rows, epoch=1) == {}


@given(st.floats(-1e30, 1e30))
def test_a_value_matches_the_row_that_a_float_column_made_of_it(value: float) -> None:
    shortest = float(str(np.float32(value)))

    assert codes(value, cells=[cell(1, shortest)]) == {value: "USD-0001"}


def test_the_types_of_several_columns_are_kept() -> None:
    types = {"LEARNING_RATE": "FLOAT", "RATIO_TRAIN_SET": "DECIMAL(20,8)"}
    row = cell(1, 0.0012345678, stored_as(types), ratio_train_set=0.7)

    assert codes(0.00123456781, cells=[row], ratio_train_set=0.700000001) == {
        0.00123456781: "USD-0001"
    }
