import datetime

import pytest

from lstm_assets.errors import SourceError, UnknownTickerError
from lstm_assets.sources.ecb import Ecb

BEGIN, END = datetime.date(2013, 1, 1), datetime.date(2022, 12, 31)


def test_the_reference_experiment_has_its_2560_bars() -> None:
    prices = Ecb().fetch("USD/KRW", BEGIN, END)

    dates = prices.bars["date"]
    assert (len(dates), dates.iloc[0], dates.iloc[-1]) == (2560, "2013-01-02", "2022-12-30")
    assert dates.is_monotonic_increasing
    assert dates.is_unique
    assert prices.bars["volume"].isna().all()
    assert prices.actions.empty


def test_usd_krw_is_won_per_euro_over_dollars_per_euro() -> None:
    prices = Ecb().fetch("USD/KRW", BEGIN, END)

    # A euro bought 1409.05 won and 1.3262 dollars on 2013-01-02, 1344.09 and 1.0666 at the end.
    first, last = prices.bars.iloc[0], prices.bars.iloc[-1]
    assert first[["open", "high", "low", "close"]].to_list() == [1409.05 / 1.3262] * 4
    assert last["close"] == pytest.approx(1260.1631, abs=1e-4)


def test_the_euro_stands_on_either_side() -> None:
    day = datetime.date(2013, 1, 2)

    quoted = Ecb().fetch("EUR/USD", day, day)
    inverse = Ecb().fetch("USD/EUR", day, day)

    assert quoted.bars["close"].to_list() == [1.3262]
    assert inverse.bars["close"].to_list() == [1 / 1.3262]


def test_dates_on_which_a_rate_is_missing_have_no_bar() -> None:
    # Croatia joined the euro on 2023-01-01; its last rate is of the last trading day before.
    prices = Ecb().fetch("USD/HRK", datetime.date(2022, 12, 30), None)

    assert prices.bars["date"].to_list() == ["2022-12-30"]
    assert Ecb().newest("USD/HRK") == datetime.date(2022, 12, 30)


def test_newest_is_the_last_bar_of_an_open_range() -> None:
    newest = Ecb().newest("USD/KRW")

    last = Ecb().fetch("USD/KRW", BEGIN, None).bars["date"].iloc[-1]
    assert newest.isoformat() == last


@pytest.mark.parametrize("ticker", ["KRW", "USDKRW", "USD/USD", "USD/KRW/JPY", ""])
def test_a_ticker_that_is_no_pair_is_refused_with_the_form(ticker: str) -> None:
    with pytest.raises(UnknownTickerError) as caught:
        Ecb().newest(ticker)

    assert str(caught.value) == (
        f"ecb: ticker {ticker!r} is not two currencies. Write BASE/QUOTE, e.g. USD/KRW."
    )


@pytest.mark.parametrize(("ticker", "meant"), [("USD/KRX", "KRW"), ("usd/KRW", "USD")])
def test_an_unknown_currency_is_refused_with_the_closest(ticker: str, meant: str) -> None:
    with pytest.raises(UnknownTickerError) as caught:
        Ecb().fetch(ticker, BEGIN, END)

    assert f"ecb: ticker {ticker!r} is unknown" in str(caught.value)
    assert f"closest: {meant}" in str(caught.value)


def test_a_range_before_the_first_rate_says_what_there_is() -> None:
    with pytest.raises(SourceError) as caught:
        Ecb().fetch("USD/JPY", datetime.date(1990, 1, 1), datetime.date(1990, 12, 31))

    assert str(caught.value).startswith(
        "ecb USD/JPY: no bars from 1990-01-01 to 1990-12-31, it has 1999-01-04 to "
    )
