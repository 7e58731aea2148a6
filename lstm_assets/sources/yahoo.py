"""Yahoo Finance's daily bars, read with yfinance and converted back to prices as traded.

Yahoo adjusts its quotes, volumes and dividends for every split up to today, also for splits after
the study's last date. Without the conversion, the bars of a study that has ended would change.
"""

import datetime
import re
import time
from typing import TYPE_CHECKING, Literal

import pandas as pd
from pydantic import Field, field_validator

from lstm_assets.common.fields import Number, Text, Whole
from lstm_assets.errors import (
    InvalidPricesError,
    SourceError,
    SourceUnavailableError,
    UnknownTickerError,
)
from lstm_assets.sources.base import Source
from lstm_assets.sources.prices import PRICE_COLUMNS, Prices, between, validated

if TYPE_CHECKING:
    from lstm_assets.sources.yahoo_session import Answer

_PAIR = re.compile(r"([A-Z]{3})/([A-Z]{3})")
# An address, without characters that could belong to another part of it.
_SERVER = re.compile(r"https?://([^\s/?#@]+@)?[^\s/?#@]+(/[^\s?#@]*)?")
_SYMBOL = re.compile(r"[A-Za-z0-9.^=&_-]{1,20}", re.ASCII)


class Yahoo(Source):
    """Daily bars of Yahoo's symbols: shares, funds, indices, currencies, futures, coins.

    Dates are those of the exchange. A day that still trades has no bar yet, and a day without a
    price has no bar. Limits: yfinance returns 0 for a missing volume, and moves an action on a
    day without a bar to the bar before.
    """

    kind: Literal["yahoo"] = "yahoo"
    attempts: Whole = Field(4, ge=1, le=10, description="number of attempts")
    backoff_seconds: Number = Field(
        1.0,
        ge=0,
        le=60,
        description="pause before the second attempt; it doubles with each further attempt",
    )
    timeout_seconds: Number = Field(10.0, gt=0, description="longest time to wait for one answer")
    url: Text | None = Field(  # may contain a user and password
        None,
        repr=False,
        description="a server to use instead of Yahoo's, e.g. https://example.com",
    )

    @field_validator("url")
    @classmethod
    def _address(cls, url: Text | None) -> str | None:
        if url is not None and not _SERVER.fullmatch(url):
            raise ValueError("not the address of a server")
        return url

    def fetch(
        self, ticker: str, date_begin: datetime.date, date_end: datetime.date | None
    ) -> Prices:
        """Return bars and actions as traded; see `Source.fetch`.

        The request always goes up to today: prices as traded need the splits after `date_end`.
        """
        name = f"yahoo {ticker}"
        prices = _as_traded(name, self._answer(ticker, date_begin))
        return between(name, prices, date_begin, date_end)

    def newest(self, ticker: str) -> datetime.date:
        """Return the date of the newest bar of the last month; see `Source.newest`."""
        bars = _as_traded(f"yahoo {ticker}", self._answer(ticker, None)).bars
        if bars.empty:
            raise SourceError(f"yahoo {ticker}: no bars in the last month. Check the ticker.")
        return datetime.date.fromisoformat(bars["date"].iloc[-1])

    def _answer(self, ticker: str, begin: datetime.date | None) -> "Answer":
        """Return Yahoo's answer; further attempts are made only if they may help."""
        from lstm_assets.sources import yahoo_session

        symbol = _symbol(ticker)
        cause = ""
        for attempt in range(self.attempts):
            if attempt:
                time.sleep(self.backoff_seconds * 2 ** (attempt - 1))
            try:
                return yahoo_session.history(symbol, self.url, self.timeout_seconds, begin)
            except yahoo_session.NotServedError as error:
                cause = str(error)
            except yahoo_session.NotFoundError:
                raise _unknown_ticker(ticker, f"Yahoo has no symbol {symbol}") from None
            except yahoo_session.NoBarsError as error:
                since = begin or "a month ago"
                raise SourceError(
                    f"yahoo {ticker}: no bars since {since}: {error}. Change date_begin."
                ) from None
            except yahoo_session.OddAnswerError as error:
                raise InvalidPricesError(
                    f"yahoo {ticker}: the answer is not in Yahoo's chart format ({error}). "
                    "Try a newer yfinance."
                ) from None
        raise SourceUnavailableError(
            f"yahoo {ticker}: no answer in {self.attempts} attempts, the last: {cause}. "
            "Check the network, or try again later."
        )


def _symbol(ticker: str) -> str:
    """Return Yahoo's name: USD/KRW is KRW=X, EUR/USD is EURUSD=X, others do not change."""
    pair = _PAIR.fullmatch(ticker)
    if pair:
        base, quote = pair.groups()
        return f"{quote}=X" if base == "USD" else f"{base}{quote}=X"
    if not _SYMBOL.fullmatch(ticker):
        raise _unknown_ticker(ticker, "it is not a symbol of Yahoo")
    return ticker


def _unknown_ticker(ticker: str, why: str) -> UnknownTickerError:
    return UnknownTickerError(
        f"yahoo: ticker {ticker!r} is unknown: {why}. Write BASE/QUOTE, e.g. USD/KRW, "
        "or a symbol as on finance.yahoo.com, e.g. AAPL."
    )


def _as_traded(name: str, answer: "Answer") -> Prices:
    """Return prices as traded: without later splits, and without the day that is not over yet."""
    frame = answer.rows
    splits = frame["Stock Splits"].replace(0.0, 1.0).astype("float64")
    later = splits[::-1].cumprod()[::-1].shift(-1, fill_value=1.0)
    traded = frame[["Open", "High", "Low", "Close"]].mul(later, axis=0)
    traded.columns = pd.Index(PRICE_COLUMNS)
    traded["volume"] = frame["Volume"] / later
    traded.insert(0, "date", pd.DatetimeIndex(frame.index).strftime("%Y-%m-%d"))
    actions = pd.DataFrame(
        {"date": traded["date"], "dividend": frame["Dividends"] * later, "split": splits}
    )
    if answer.trading is not None:
        # Dropped only now: the quotes before today already contain a split of today.
        over = traded["date"] < answer.trading.isoformat()
        traded, actions = traded[over], actions[over]
    # Yahoo lists some dates without a price, and yfinance adds some for actions.
    return validated(name, traded.dropna(subset=PRICE_COLUMNS, how="all"), actions)
