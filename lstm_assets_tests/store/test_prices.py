import pandas as pd
import pytest
from sqlalchemy import Connection, Engine

from lstm_assets.errors import StoreError
from lstm_assets.sources.prices import Prices, no_actions
from lstm_assets.store.engine import begin, connect, in_transaction, open_engine
from lstm_assets.store.prices import (
    newest_raw,
    read_adjusted,
    read_raw,
    replace_adjusted,
    write_raw,
)
from lstm_assets_tests.store.processes import at_once

NAN = float("nan")


def bars(**closes: float) -> pd.DataFrame:
    """Bars of January 2024 by day, as d02=1.5."""
    dates = [f"2024-01-{day[1:]}" for day in closes]
    values = list(closes.values())
    prices = dict.fromkeys(("open", "high", "low", "close"), values)
    return pd.DataFrame({"date": dates, **prices, "volume": [NAN] * len(values)})


def actions(**splits: float) -> pd.DataFrame:
    dates = [f"2024-01-{day[1:]}" for day in splits]
    return pd.DataFrame({"date": dates, "dividend": 0.25, "split": list(splits.values())})


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_raw_bars_and_actions_come_back_as_written(engine: Engine) -> None:
    written = Prices(bars(d02=1323.45, d03=NAN, d04=0.1 + 0.2), actions(d03=2.0))
    with begin(engine) as conn:
        write_raw(conn, "USD/KRW", written)
        write_raw(conn, "BTC-USD", Prices(bars(d02=9.0), actions(d02=9.0)))

    with connect(engine) as conn:
        found = read_raw(conn, "USD/KRW", None, None)
    assert_same(found.bars, written.bars)
    assert_same(found.actions, written.actions)


def test_new_bars_are_added_and_revised_ones_replaced(engine: Engine) -> None:
    with begin(engine) as conn:
        write_raw(conn, "T", Prices(bars(d02=1.0, d03=2.0), no_actions()))
        write_raw(conn, "T", Prices(bars(d03=2.5, d04=3.0), no_actions()))
        assert newest_raw(conn, "T") == "2024-01-04"
        found = read_raw(conn, "T", "2024-01-03", "2024-01-04").bars

    assert_same(found, bars(d03=2.5, d04=3.0))


def test_an_action_the_source_no_longer_states_is_removed(engine: Engine) -> None:
    with begin(engine) as conn:
        write_raw(conn, "T", Prices(bars(d02=1.0, d05=1.0), actions(d02=2.0, d03=3.0, d05=5.0)))
        write_raw(conn, "T", Prices(bars(d03=1.0, d05=1.0), actions(d05=5.5)))
        found = read_raw(conn, "T", None, None).actions

    assert_same(found, actions(d02=2.0, d05=5.5))


def test_no_bars_write_nothing_and_read_as_an_empty_frame(engine: Engine) -> None:
    with begin(engine) as conn:
        write_raw(conn, "T", Prices(bars(), actions(d02=2.0)))
        found = read_raw(conn, "T", None, None)
        assert newest_raw(conn, "T") is None

    assert len(found.bars) == len(found.actions) == 0
    assert found.bars.dtypes.to_dict() == bars(d02=1.0).dtypes.to_dict()


def test_adjusted_bars_replace_the_ticker_s_range_only(engine: Engine) -> None:
    with begin(engine) as conn:
        replace_adjusted(conn, "T", None, None, bars(d01=1.0, d02=2.0, d03=3.0, d04=4.0))
        replace_adjusted(conn, "U", None, None, bars(d02=9.0))
        replace_adjusted(conn, "T", "2024-01-02", "2024-01-03", bars(d03=3.5))
        found = read_adjusted(conn, "T", None, None)
        other = read_adjusted(conn, "U", None, None)

    assert_same(found, bars(d01=1.0, d03=3.5, d04=4.0))
    assert_same(other, bars(d02=9.0))


def test_adjusted_bars_that_are_refused_leave_the_old_ones(engine: Engine) -> None:
    with begin(engine) as conn:
        replace_adjusted(conn, "T", None, None, bars(d01=1.0))
    with pytest.raises(StoreError), begin(engine) as conn:
        replace_adjusted(conn, "T", None, None, pd.concat([bars(d02=2.0), bars(d02=2.0)]))

    with connect(engine) as conn:
        assert_same(read_adjusted(conn, "T", None, None), bars(d01=1.0))


def rewrite_often(url: str, ticker: str) -> int:
    engine = open_engine(url)
    for _ in range(6):
        in_transaction(engine, lambda conn: rewrite(conn, ticker))
    with connect(engine) as conn:
        return len(read_adjusted(conn, ticker, None, None))


def rewrite(conn: Connection, ticker: str) -> None:
    read_adjusted(conn, ticker, None, None)  # reads first, as whoever computes the bars does
    dates = [f"{year}-01-{day:02d}" for year in range(2000, 2020) for day in range(1, 29)]
    frame = pd.DataFrame({"date": dates}).assign(open=1.0, high=1.0, low=1.0, close=1.0, volume=NAN)
    replace_adjusted(conn, ticker, None, None, frame)


def test_two_studies_rewrite_their_tickers_at_once(engine: Engine, database_url: str) -> None:
    assert at_once(rewrite_often, (database_url, "T"), (database_url, "U")) == [560, 560]


def test_series_whose_names_differ_by_case_share_no_row(engine: Engine) -> None:
    upper, lower = Prices(bars(d02=1.0), actions(d02=2.0)), Prices(bars(d02=9.0), no_actions())
    with begin(engine) as conn:
        write_raw(conn, "GOLD", upper)
        write_raw(conn, "gold", lower)
        replace_adjusted(conn, "GOLD", None, None, bars(d02=1.0))
        replace_adjusted(conn, "gold", None, None, bars(d02=9.0, d03=9.5))

    with connect(engine) as conn:
        for ticker, prices in (("GOLD", upper), ("gold", lower)):
            found = read_raw(conn, ticker, None, None)
            assert_same(found.bars, prices.bars)
            assert len(found.actions) == len(prices.actions)
        assert_same(read_adjusted(conn, "GOLD", None, None), bars(d02=1.0))
        assert_same(read_adjusted(conn, "gold", None, None), bars(d02=9.0, d03=9.5))
        assert newest_raw(conn, "Gold") is None
