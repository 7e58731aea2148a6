import base64
import datetime
import logging
import os
import socket
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstm_assets.errors import (
    InvalidPricesError,
    SourceError,
    SourceUnavailableError,
    StudyError,
    UnknownTickerError,
)
from lstm_assets.sources import source_from
from lstm_assets.sources.yahoo import Yahoo
from lstm_assets_tests.sources.conftest import ChartServer, chart, refusal

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:yfinance")

BEGIN, END = datetime.date(2020, 1, 1), datetime.date(2020, 1, 10)
PLAIN = chart([("2020-01-02", 10.0, 100), ("2020-01-03", 11.0, 200)])
BUSY = (429, b"Too Many Requests\r\n")


def asking(server: ChartServer, attempts: int = 3) -> Yahoo:
    return Yahoo(url=server.url, attempts=attempts, backoff_seconds=0.001, timeout_seconds=5)


def test_quotes_are_turned_back_into_what_was_traded(server: ChartServer, ticker: str) -> None:
    # Traded: 80 and 88, then 44 and 43 after a 2:1 split. The 4:1 split comes after the study.
    quoted = [
        ("2020-01-02", 10.0, 800),
        ("2020-01-03", 11.0, 1600),
        ("2020-01-06", 11.0, 400),
        ("2020-01-07", 10.75, 800),
        ("2020-02-03", 11.0, 100),
    ]
    splits = {"2020-01-06": 2.0, "2020-02-03": 4.0}
    server.answers = [(200, chart(quoted, {"2020-01-07": 0.1}, splits))]

    prices = asking(server).fetch(ticker, BEGIN, END)

    assert prices.bars["date"].to_list() == ["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07"]
    assert prices.bars["close"].to_list() == [80.0, 88.0, 44.0, 43.0]
    assert prices.bars["open"].to_list() == [80.0, 88.0, 44.0, 43.0]
    assert prices.bars["volume"].to_list() == [100.0, 200.0, 100.0, 200.0]
    assert prices.actions.to_dict("records") == [
        {"date": "2020-01-06", "dividend": 0.0, "split": 2.0},
        {"date": "2020-01-07", "dividend": 0.4, "split": 1.0},
    ]


def test_history_is_asked_for_up_to_today(server: ChartServer, ticker: str) -> None:
    server.answers = [(200, PLAIN)]

    asking(server).fetch(ticker, BEGIN, END)

    _, query = server.asked[-1]
    asked_to = datetime.datetime.fromtimestamp(int(query["period2"][0]), datetime.UTC)
    assert datetime.datetime.now(datetime.UTC) - asked_to < datetime.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("ticker", "symbol"),
    [("USD/KRW", "KRW=X"), ("EUR/USD", "EURUSD=X"), ("^GSPC", "^GSPC"), ("BRK-B", "BRK-B")],
)
def test_a_pair_is_asked_for_by_yahoos_own_name(
    server: ChartServer, ticker: str, symbol: str
) -> None:
    server.answers = [(200, PLAIN)]

    prices = asking(server).fetch(ticker, BEGIN, END)

    assert server.asked[-1][0].replace("%5E", "^") == symbol
    assert prices.bars["close"].to_list() == [10.0, 11.0]


def test_dates_are_the_exchanges_own(server: ChartServer, ticker: str) -> None:
    # Half past nine in Auckland is the evening before in UTC.
    server.answers = [(200, chart([("2020-01-02", 10.0, 1)], tz="Pacific/Auckland"))]

    prices = asking(server).fetch(ticker, BEGIN, END)

    assert prices.bars["date"].to_list() == ["2020-01-02"]


def test_a_date_without_any_price_is_no_bar_but_one_of_zeros_is(
    server: ChartServer, ticker: str
) -> None:
    bars = [("2020-01-02", 10.0, 1), ("2020-01-03", None, None), ("2020-01-06", 0.0, 0)]
    # The dividend's date lies after the last bar: yfinance adds a row for it.
    server.answers = [(200, chart(bars, {"2020-01-08": 0.5}))]

    prices = asking(server).fetch(ticker, BEGIN, END)

    assert prices.bars["date"].to_list() == ["2020-01-02", "2020-01-06"]
    assert prices.actions["date"].to_list() == ["2020-01-08"]


@pytest.mark.parametrize(("closes_in", "closes"), [(3600, [20.0]), (-60, [20.0, 10.0])])
def test_a_day_still_trading_has_no_bar_yet_but_its_split_counts(
    server: ChartServer, ticker: str, closes_in: int, closes: list[float]
) -> None:
    now = int(time.time())
    today = datetime.datetime.fromtimestamp(now - 120, datetime.UTC).date()
    days = [today - datetime.timedelta(days=1), today]
    answer = chart(
        [(day.isoformat(), 10.0, 1) for day in days],
        splits={today.isoformat(): 2.0},
        tz="UTC",
        trading=(now - 120, now + closes_in),
    )
    server.answers = [(200, answer)]

    prices = asking(server).fetch(ticker, days[0], None)

    assert prices.bars["close"].to_list() == closes
    assert asking(server).newest(ticker) == days[len(closes) - 1]


def test_an_unknown_ticker_is_not_asked_for_again(server: ChartServer, ticker: str) -> None:
    server.answers = [(404, refusal("Not Found", "No data found, symbol may be delisted"))]

    with pytest.raises(UnknownTickerError) as caught:
        asking(server).fetch(ticker, BEGIN, END)

    assert str(caught.value) == (
        f"yahoo: ticker {ticker!r} is unknown: Yahoo has no symbol {ticker}. "
        "Write BASE/QUOTE, e.g. USD/KRW, or a symbol as on finance.yahoo.com, e.g. AAPL."
    )
    assert len(server.asked) == 1


@pytest.mark.parametrize("ticker", ["", "USD/KRW/JPY", "../v1", "A B", "X?y=1", "A" * 21])
def test_what_cannot_be_a_symbol_is_never_asked_for(server: ChartServer, ticker: str) -> None:
    with pytest.raises(UnknownTickerError, match="it is not a symbol of Yahoo"):
        asking(server).fetch(ticker, BEGIN, END)

    assert server.asked == []


def test_an_empty_answer_is_not_asked_for_again(server: ChartServer, ticker: str) -> None:
    said = "Data doesn't exist for startDate = 1, endDate = 2"
    server.answers = [(200, PLAIN), (400, refusal("Bad Request", said))]

    with pytest.raises(SourceError) as caught:
        asking(server).fetch(ticker, BEGIN, END)

    assert type(caught.value) is SourceError
    assert str(caught.value) == (
        f"yahoo {ticker}: no bars since 2020-01-01: {said}. Change date_begin."
    )
    assert len(server.asked) == 2  # for the time zone, then for the bars


def test_a_range_without_bars_says_what_there_is(server: ChartServer, ticker: str) -> None:
    server.answers = [(200, PLAIN)]

    with pytest.raises(SourceError) as caught:
        asking(server).fetch(ticker, datetime.date(2020, 1, 4), datetime.date(2020, 1, 5))

    assert str(caught.value) == (
        f"yahoo {ticker}: no bars from 2020-01-04 to 2020-01-05, "
        "it has 2020-01-02 to 2020-01-03. Change date_begin or date_end."
    )


@pytest.mark.parametrize("hindrance", [BUSY, (503, b"<html>"), (200, PLAIN[:-20])])
def test_a_hindrance_that_passes_is_waited_out(
    server: ChartServer, ticker: str, hindrance: tuple[int, bytes]
) -> None:
    server.answers = [hindrance, hindrance, (200, PLAIN)]

    prices = asking(server).fetch(ticker, BEGIN, END)

    assert prices.bars["close"].to_list() == [10.0, 11.0]


@pytest.mark.parametrize(("status", "cause"), [(429, "HTTP status 429"), (500, "HTTP status 500")])
def test_a_hindrance_that_stays_is_reported(
    server: ChartServer, ticker: str, status: int, cause: str
) -> None:
    server.answers = [(status, b"")]

    with pytest.raises(SourceUnavailableError) as caught:
        asking(server, attempts=3).fetch(ticker, BEGIN, END)

    assert str(caught.value) == (
        f"yahoo {ticker}: no answer in 3 attempts, the last: {cause}. "
        "Check the network, or try again later."
    )
    assert len(server.asked) == 3


def test_a_body_cut_short_is_reported(server: ChartServer, ticker: str) -> None:
    server.answers = [(200, PLAIN)]
    server.cut_short = True

    with pytest.raises(SourceUnavailableError, match=r"no answer in 2 attempts, the last: "):
        asking(server, attempts=2).fetch(ticker, BEGIN, END)


def test_a_refused_connection_is_reported_in_one_line(ticker: str) -> None:
    begun = time.monotonic()
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, not listening: nobody else can answer there
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(SourceUnavailableError) as caught:
            Yahoo(url=url, attempts=3, backoff_seconds=0.05).newest(ticker)

    assert time.monotonic() - begun >= 0.05 + 0.1  # each pause is twice the one before
    assert "no answer in 3 attempts, the last: " in str(caught.value)
    assert "\n" not in str(caught.value)


SECRET = "s3cr%40t"  # s3cr@t
USER = {"authorization": "Basic " + base64.b64encode(b"me:s3cr@t").decode()}


def test_user_and_password_of_the_url_are_sent(server: ChartServer, ticker: str) -> None:
    server.answers = [(200, PLAIN)]
    url = server.url.replace("//", f"//me:{SECRET}@")

    Yahoo(url=url, attempts=1).newest(ticker)

    assert server.headers[-1].get("Authorization") == USER["authorization"]


@pytest.mark.parametrize(
    "answer",
    [
        BUSY,
        (200, PLAIN[:-20]),
        (200, b'{"chart": {"result": [{}], "error": null}}'),
        (404, refusal("Not Found", "No data found")),
        (400, refusal("Bad Request", f"no https://me:{SECRET}@127.0.0.1/ here")),
        (302, b""),
    ],
)
def test_no_refusal_shows_the_password(
    server: ChartServer, ticker: str, answer: tuple[int, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers = [answer]
    url = server.url.replace("//", f"//me:{SECRET}@")

    with pytest.raises(SourceError) as caught:
        Yahoo(url=url, attempts=1, timeout_seconds=5).newest(ticker)

    told = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(Yahoo(url=url))
    assert "s3cr" not in told


@pytest.mark.parametrize(
    "host", ["127.0.0.1:1", "none.invalid", "127.0.0.1:99999", "[::1", "%zz", "a..b", "x" * 300]
)
def test_a_server_that_is_not_reached_is_told_without_the_password(
    ticker: str, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    with pytest.raises(SourceError) as caught:
        Yahoo(url=f"http://me:{SECRET}@{host}", attempts=1).newest(ticker)

    assert "s3cr" not in "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("password", ["s3cr/t", "s3cr@t", "s3cr?t", "s3cr#t", "s3cr t", "s3cr\nt"])
@pytest.mark.parametrize("nested", [False, True])
def test_an_address_that_is_none_is_refused_without_its_password(
    password: str, nested: bool
) -> None:
    source: dict[str, Any] = {"kind": "yahoo", "url": f"https://me:{password}@example.com"}
    if nested:
        source = {"kind": "replay", "of": source, "begin": "2022-07-01"}

    with pytest.raises(StudyError) as caught:
        source_from(source, Path())

    assert "s3cr" not in str(caught.value)
    assert "url is 'https://***@example.com', expected a server" in str(caught.value)


def test_an_answer_of_another_form_is_neither_asked_for_again_nor_remembered(
    server: ChartServer, ticker: str
) -> None:
    server.answers = [(200, b'{"chart": {"result": [{}], "error": null}}')]

    with pytest.raises(InvalidPricesError, match=r"not in Yahoo's chart format \(KeyError"):
        asking(server).fetch(ticker, BEGIN, END)

    assert len(server.asked) == 1
    server.answers = [(200, PLAIN)]
    assert asking(server).newest(ticker) == datetime.date(2020, 1, 3)


def test_a_missing_price_of_a_bar_stays_missing(server: ChartServer, ticker: str) -> None:
    server.answers = [(200, PLAIN.replace(b'"low": [10.0, 11.0]', b'"low": [10.0, null]'))]

    prices = asking(server).fetch(ticker, BEGIN, END)
    np.testing.assert_array_equal(prices.bars["low"], [10.0, np.nan])


def test_nothing_is_written_to_the_users_home(server: ChartServer, tmp_path: Path) -> None:
    server.answers = [(200, PLAIN)]
    code = (
        "import datetime; from lstm_assets.sources.yahoo import Yahoo\n"
        f"Yahoo(url={server.url!r}).fetch('HOME', datetime.date(2020, 1, 1), None)"
    )
    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}

    environment = {name: os.environ[name] for name in os.environ if not name.startswith("XDG_")}
    subprocess.run([sys.executable, "-c", code], check=True, env={**environment, **home})

    assert list(tmp_path.rglob("*")) == []
