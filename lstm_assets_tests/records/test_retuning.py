"""Which cells are trained again when new bars land, and which bars are new."""

import datetime

import pandas as pd
import pytest
from pydantic import Field

from lstm_assets.errors import SourceError, SourceUnavailableError
from lstm_assets.records.retuning import best_codes, new_bars
from lstm_assets.sources import Prices, Source
from lstm_assets.sources.prices import no_actions
from lstm_assets_tests.records.by_hand import result, study

OLD, NEW = {"date_e_test": "20200428"}, {"date_e_test": "20200429"}


def day(number: int) -> datetime.date:
    return datetime.date(2020, 1, number)


class Market(Source):
    """A source of one bar a day that keeps what it was asked for."""

    kind: str = "market"
    days: tuple[int, ...]  # of January 2020
    failure: type[SourceError] | None = None  # of what asks for bars
    asked: list[object] = Field(default=[])

    def newest(self, ticker: str) -> datetime.date:
        self.asked.append(f"newest of {ticker}")
        return day(max(self.days))

    def fetch(
        self, ticker: str, date_begin: datetime.date, date_end: datetime.date | None
    ) -> Prices:
        self.asked.append((ticker, date_begin, date_end))
        if self.failure:
            raise self.failure("none to be had")
        dates = [day(each) for each in self.days]
        within = [each for each in dates if date_begin <= each <= (date_end or day(31))]
        if not within:
            raise SourceError(f"no bars from {date_begin} to {date_end}")
        bars = pd.DataFrame({"date": [each.isoformat() for each in within], "close": 1.0})
        return Prices(bars, no_actions())


def test_the_cells_with_the_smallest_mse_are_trained_again_in_order_of_their_numbers() -> None:
    results = [result(1, 3.0), result(2, 9.0), result(3, 1.0), result(4, 2.0)]

    assert best_codes(study(), results, top_k=2) == ["T-0003", "T-0004"]
    assert best_codes(study(), results, top_k=3) == ["T-0001", "T-0003", "T-0004"]


@pytest.mark.parametrize("top_k", [0, 4, 9])
def test_none_or_as_many_as_there_are_is_all(top_k: int) -> None:
    results = [result(3, 1.0), result(2, 9.0), result(10000, 0.5), result(9999, 7.0)]

    assert best_codes(study(), results, top_k) == ["T-0002", "T-0003", "T-9999", "T-10000"]


def test_of_equal_ones_the_oldest_codes_are_taken() -> None:
    results = [result(10000, 1.0), result(9999, 1.0), result(2, 1.0)]

    assert best_codes(study(), results, top_k=2) == ["T-0002", "T-9999"]


def test_results_on_the_newest_bars_come_before_better_ones_on_older_bars() -> None:
    results = [result(1, 0.1, **OLD), result(2, 5.0, **NEW), result(3, 0.2, **OLD)]

    assert best_codes(study(), results, top_k=1) == ["T-0002"]
    assert best_codes(study(), results, top_k=2) == ["T-0001", "T-0002"]


def test_a_cell_that_a_search_stopped_early_is_left_out() -> None:
    results = [result(1, 3.0), result(2, 0.1), result(3, 2.0)]

    assert best_codes(study(), results, top_k=2, left_out={"T-0002"}) == ["T-0001", "T-0003"]


def test_a_result_without_an_mse_is_left_out() -> None:
    assert best_codes(study(), [result(1, 3.0), result(2, None)], top_k=0) == ["T-0001"]


def test_an_mse_of_zero_is_the_best_and_not_none() -> None:
    assert best_codes(study(), [result(1, 3.0), result(2, 0.0)], top_k=1) == ["T-0002"]


def test_new_bars_are_those_after_the_date_and_the_newest_date_is_asked_for_first() -> None:
    market = Market(days=(1, 2, 3, 6, 7))

    found = new_bars(market, "TEST", day(3), None)

    assert found == [day(6), day(7)]
    assert market.asked == ["newest of TEST", ("TEST", day(4), day(7))]


@pytest.mark.parametrize("newest", [2, 3])
def test_without_a_newer_date_no_bars_are_asked_for(newest: int) -> None:
    market = Market(days=(1, newest))

    assert new_bars(market, "TEST", day(3), None) == []
    assert market.asked == ["newest of TEST"]


def test_bars_after_the_study_s_end_are_not_new() -> None:
    market = Market(days=(1, 2, 3, 6, 7))

    assert new_bars(market, "TEST", day(2), day(6)) == [day(3), day(6)]
    assert new_bars(market, "TEST", day(6), day(6)) == []


def test_a_gap_up_to_the_study_s_end_is_no_failure() -> None:
    market = Market(days=(1, 2, 9))

    assert new_bars(market, "TEST", day(2), day(6)) == []
    assert market.asked[-1] == ("TEST", day(3), day(6))


def test_a_source_that_was_not_reached_says_so() -> None:
    market = Market(days=(9,), failure=SourceUnavailableError)

    with pytest.raises(SourceUnavailableError, match="none to be had"):
        new_bars(market, "TEST", day(2), None)
