"""Yahoo Finance's daily bars, through yfinance, turned back into what was traded.

Yahoo's quotes, volumes and dividends are adjusted for every split up to today, those after the
study's last date included. Kept like that, they would change under a study that has ended.
"""

import datetime
import re
import time
from typing import TYPE_CHECKING, Literal

import pandas as pd
from pydantic import Field, field_validator

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
# Of all that may stand in an address, what cannot be taken for another part of it.
_SERVER = re.compile(r"https?://([^\s/?#@]+@)?[^\s/?#@]+(/[^\s?#@]*)?")
_SYMBOL = re.compile(r"[A-Za-z0-9.^=&_-]{1,20}", re.ASCII)


class Yahoo(Source):
    """Daily bars of what Yahoo quotes: shares, funds, indices, currencies, futures, coins.

    Dates are the exchange's. A day still trading has no bar yet, nor has one without any price.
    Limits: yfinance gives a missing volume as 0, and dates an action on a day without a bar to
    the bar before.
    """

    kind: Literal["yahoo"] = "yahoo"
    attempts: int = Field(4, ge=1, le=10, description="how often to ask before giving up")
    backoff_seconds: float = Field(
        1.0, ge=0, le=60, description="pause before the second attempt; doubles with each"
    )
    timeout_seconds: float = Field(10.0, gt=0, description="how long one answer may take")
    url: str | None = Field(  # may hold user and password
        None,
        repr=False,
        description="a server to ask instead of Yahoo's own, e.g. https://example.com",
    )

    @field_validator("url")
    @classmethod
    def _address(cls, url: str | None) -> str | None:
        if url is not None and not _SERVER.fullmatch(url):
            raise ValueError("no address of a server")
        return url

    def fetch(
        self, ticker: str, date_begin: datetime.date, date_end: datetime.date | None
    ) -> Prices:
        """Bars and actions as traded; see `Source.fetch`.

        Asked for up to today whatever `date_end` is: a later split is needed to undo itself.
        """
        name = f"yahoo {ticker}"
        prices = _as_traded(name, self._asked(ticker, date_begin))
        return between(name, prices, date_begin, date_end)

    def newest(self, ticker: str) -> datetime.date:
        """Date of the newest bar, out of the last month's; see `Source.newest`."""
        bars = _as_traded(f"yahoo {ticker}", self._asked(ticker, None)).bars
        if bars.empty:
            raise SourceError(f"yahoo {ticker}: no bars in the last month. Check the ticker.")
        return datetime.date.fromisoformat(bars["date"].iloc[-1])

    def _asked(self, ticker: str, begin: datetime.date | None) -> "Answer":
        """Yahoo's answer, asked again only where that may help."""
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
                raise _unknown(ticker, f"Yahoo has no symbol {symbol}") from None
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
    """Yahoo's own name: USD/KRW is KRW=X, EUR/USD is EURUSD=X, others are as they are."""
    pair = _PAIR.fullmatch(ticker)
    if pair:
        base, quote = pair.groups()
        return f"{quote}=X" if base == "USD" else f"{base}{quote}=X"
    if not _SYMBOL.fullmatch(ticker):
        raise _unknown(ticker, "it is no symbol of Yahoo's")
    return ticker


def _unknown(ticker: str, why: str) -> UnknownTickerError:
    return UnknownTickerError(
        f"yahoo: ticker {ticker!r} is unknown, {why}. Write BASE/QUOTE, e.g. USD/KRW, "
        "or a symbol as on finance.yahoo.com, e.g. AAPL."
    )


def _as_traded(name: str, answer: "Answer") -> Prices:
    """Undo the splits that came after each row's date; leave out the day not over yet."""
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
        # Only now: a split that takes effect today is in the quotes of the days before.
        over = traded["date"] < answer.trading.isoformat()
        traded, actions = traded[over], actions[over]
    # A date without any price is one that Yahoo lists, or yfinance adds for an action.
    return validated(name, traded.dropna(subset=PRICE_COLUMNS, how="all"), actions)
