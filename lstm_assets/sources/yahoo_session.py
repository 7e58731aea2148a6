"""yfinance, made to raise its failures as errors.

Imported only when prices are fetched: the import of yfinance takes a second. By default it logs
errors instead of raising them, remembers failed answers as long as the process lives, sends an
unknown ticker to other services, and stores a cache in the user's home. The class _Session, a
hook that yfinance documents, prevents the first three; the cache is stored in a folder that is
deleted with the process.
"""

import datetime
import functools
import json
import logging
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pandas as pd
import yfinance as yf
from curl_cffi import requests
from yfinance.data import YfData
from yfinance.exceptions import YFDataException, YFRateLimitError, YFTickerMissingError

from lstm_assets.common.text import one_line
from lstm_assets.sources.quoting import without_user

_CHART = "/v8/finance/chart/"

_CACHE = tempfile.TemporaryDirectory(prefix="lstm_assets-yfinance-", ignore_cleanup_errors=True)
yf.set_tz_cache_location(_CACHE.name)

# This module raises what yfinance would log, and users cannot change how it uses pandas.
logging.getLogger("yfinance").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", category=DeprecationWarning, module="^yfinance")

# The process has one session, cookie and error switch of yfinance: one fetch at a time.
_ONE_AT_A_TIME = threading.Lock()


class NotServedError(Exception):
    """The network failed, or Yahoo was busy or down; another attempt may help."""


class NotFoundError(Exception):
    """Yahoo has no such symbol."""


class NoBarsError(Exception):
    """Yahoo knows the symbol and has no bars in the requested range."""


class OddAnswerError(Exception):
    """The answer is complete, but yfinance cannot read its form."""


class _RefusedError(OSError):
    """The HTTP status or the answer shows a temporary failure."""


class _Session(requests.Session):  # type: ignore[type-arg]
    """A session that raises an error for a failed answer; yfinance would read it as empty."""

    def __init__(self, url: str | None, seconds_answer: float) -> None:
        super().__init__(impersonate="chrome")
        self._server = url
        self._seconds_answer = seconds_answer  # yfinance waits up to 30 s for a cookie, twice

    def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
        scheme, host, path, *_ = urlsplit(url)
        if self._server is not None:
            url = url.replace(f"{scheme}://{host}", self._server.rstrip("/"), 1)
        kwargs["timeout"] = self._seconds_answer
        response = super().request(method, url, *args, **kwargs)
        # Only the chart contains prices: yfinance also works without the cookie and the crumb.
        if path.startswith(_CHART):
            _raise_unless_answered(response)
        return response


def _raise_unless_answered(response: Any) -> None:
    status = response.status_code
    if status == 404:
        raise NotFoundError
    if status == 429 or status >= 500:
        raise _RefusedError(f"HTTP status {status}")
    try:
        chart = response.json().get("chart") or {}
    except json.JSONDecodeError:
        raise _RefusedError("the answer is incomplete or not JSON") from None
    if chart.get("error"):
        raise NoBarsError(_one_line(chart["error"]["description"]))


class Answer(NamedTuple):
    """Yahoo's rows of a symbol."""

    rows: pd.DataFrame  # yfinance's columns, adjusted for splits; indexed by the exchange's dates
    trading: datetime.date | None  # the day that is not over yet; its row still changes


def history(
    symbol: str, url: str | None, seconds_answer: float, begin: datetime.date | None
) -> Answer:
    """Return the daily rows of `symbol` from `begin` to now.

    Args:
        symbol: as Yahoo writes it.
        url: a server to use instead of Yahoo's; None: Yahoo's.
        seconds_answer: longest time to wait for one answer.
        begin: first requested date; None: a month ago.

    Raises:
        NotServedError: another attempt may help; for the other errors it does not.
        NotFoundError: `symbol` is unknown.
        NoBarsError: there are no bars since `begin`.
        OddAnswerError: yfinance cannot read the answer.
    """
    span = {"period": "1mo"} if begin is None else {"start": begin}
    with _ONE_AT_A_TIME, _raised_exceptions():
        try:
            YfData.cache_get.cache_clear()  # it contains old or failed answers
            ticker = yf.Ticker(symbol, session=_session(url, seconds_answer))
            rows = ticker.history(**span, auto_adjust=False, actions=True, keepna=True)
            return Answer(rows, _trading_day(ticker.history_metadata))
        except YFTickerMissingError as error:
            raise NoBarsError(error.rationale) from error
        except (OSError, YFRateLimitError, YFDataException) as error:
            raise NotServedError(_one_line(error)) from error
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise OddAnswerError(f"{type(error).__name__} {_one_line(error)}") from error


@functools.cache
def _session(url: str | None, seconds_answer: float) -> _Session:
    # Cached: yfinance's crumb is valid only with the cookie of the same session.
    return _Session(url, seconds_answer)


def _trading_day(metadata: Any) -> datetime.date | None:
    period = metadata.get("currentTradingPeriod", {}).get("regular")
    if period is None or period["end"] <= pd.Timestamp.now("UTC"):
        return None
    day: datetime.date = period["start"].date()
    return day


@contextmanager
def _raised_exceptions() -> Iterator[None]:
    """Make yfinance raise its exceptions instead of hiding them."""
    hidden = yf.config.debug.hide_exceptions
    yf.config.debug.hide_exceptions = False
    try:
        yield
    finally:
        yf.config.debug.hide_exceptions = hidden


def _one_line(error: object) -> str:
    """Return the cause in one line, without a password and curl's link to its manual."""
    text = without_user(str(error).split(" See https://curl.se")[0])
    return one_line(text).rstrip(".")
