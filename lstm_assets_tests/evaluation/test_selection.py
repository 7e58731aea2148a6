from dataclasses import replace

import pytest

from lstm_assets.cells.result import Result
from lstm_assets.evaluation.selection import beside_naive, select

RESULT = Result(
    code_task="USDKRW-0001",
    ticker="USD/KRW",
    version_model=1,
    date_b_train="20130102",
    date_e_train="20201230",
    date_b_test="20210104",
    date_e_test="20221230",
    loss=0.1,
    accuracy=0.5,
    mse=4.0,
    data_version="now",
)


def result(number: int, mse: float | None, **others: object) -> Result:
    return replace(RESULT, code_task=f"USDKRW-{number:04}", mse=mse, **others)  # type: ignore[arg-type]


def numbers(results: list[Result]) -> list[int]:
    return [int(each.code_task[-4:]) for each in results]


CURRENT = {f"USDKRW-{number:04}" for number in range(1, 10)}


def test_the_smallest_mse_wins() -> None:
    selection = select([result(1, 4.0), result(2, 1.0), result(3, 2.0)], CURRENT)

    assert numbers(selection.ranked) == [2, 3, 1]
    assert selection.winner == result(2, 1.0)
    assert selection.stale == []


def test_an_mse_of_zero_wins() -> None:
    selection = select([result(1, 4.0), result(2, 0.0)], CURRENT)

    assert numbers(selection.ranked) == [2, 1]


def test_of_equal_results_the_oldest_code_wins() -> None:
    selection = select([result(1, 4.0), result(2, 1.0), result(3, 1.0)], CURRENT)

    assert numbers(selection.ranked) == [2, 3, 1]


def test_results_of_other_prices_are_left_out() -> None:
    old = result(1, 1.0)

    selection = select([old, result(2, 2.0)], CURRENT - {"USDKRW-0001"})

    assert numbers(selection.ranked) == [2]
    assert selection.stale == [old]


def test_results_of_cells_that_the_study_has_no_more_are_left_out() -> None:
    selection = select([result(99, 1.0), result(2, 2.0)], CURRENT)

    assert numbers(selection.ranked) == [2]
    assert numbers(selection.stale) == [99]


def test_a_result_without_mse_is_left_out() -> None:
    selection = select([result(1, None), result(2, 2.0)], CURRENT)

    assert numbers(selection.ranked) == [2]
    assert numbers(selection.stale) == [1]


@pytest.mark.parametrize(
    ("mse", "mse_naive", "said"),
    [
        (90.0, 100.0, "MSE 10.0% below naive, chosen on these bars"),
        (101.0, 100.0, "MSE 1.0% above naive, chosen on these bars"),
        (100.0, 100.0, "MSE 0.0% above naive, chosen on these bars"),
        (1.0, 0.0, "naive makes no error, chosen on these bars"),
    ],
)
def test_a_winner_beside_naive_is_labelled_with_the_bars_that_chose_it(
    mse: float, mse_naive: float, said: str
) -> None:
    assert beside_naive(mse, mse_naive) == said
