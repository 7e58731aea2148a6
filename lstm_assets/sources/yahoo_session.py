"""yfinance, with its failures brought to light.

Imported only when prices are fetched: yfinance takes a second to import. Left to itself it logs
errors instead of raising them, remembers failed answers for the life of the process, asks other
services about a ticker it did not find, and keeps a cache in the user's home. A session of our
own, its documented hook, ends the first three; the cache goes to a folder that ends with us.
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

# What yfinance has to say is raised here, and its use of pandas is its own concern.
logging.getLogger("yfinance").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", category=DeprecationWarning, module="^yfinance")

# yfinance's session, cookie and error switch belong to the process: one fetch at a time.
_ONE_AT_A_TIME = threading.Lock()


class NotServedError(Exception):
    """The network failed, or Yahoo was busy or down; the next attempt may do."""


class NotFoundError(Exception):
    """Yahoo has no such symbol."""


class NoBarsError(Exception):
    """Yahoo knows the symbol and has no bars for what was asked."""


class OddAnswerError(Exception):
    """The answer is whole, and not in the form that yfinance reads."""


class _RefusedError(OSError):
    """An HTTP status that says: not now."""


class _Session(requests.Session):  # type: ignore[type-arg]
    """A session that raises where there is no answer: yfinance would take it for an empty one."""

    def __init__(self, url: str | None, patience: float) -> None:
        super().__init__(impersonate="chrome")
        self._instead = url
        self._patience = patience  # seconds; yfinance waits up to 30 for a cookie, twice

    def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
        scheme, host, path, *_ = urlsplit(url)
        if self._instead is not None:
            url = url.replace(f"{scheme}://{host}", self._instead.rstrip("/"), 1)
        response = super().request(method, url, *args, **{**kwargs, "timeout": self._patience})
        # Only the chart holds prices: without the cookie and the crumb yfinance does as well.
        if path.startswith(_CHART):
            _refuse_unless_answered(response)
        return response


def _refuse_unless_answered(response: Any) -> None:
    status = response.status_code
    if status == 404:
        raise NotFoundError
    if status == 429 or status >= 500:
        raise _RefusedError(f"HTTP status {status}")
    try:
        chart = response.json().get("chart") or {}
    except json.JSONDecodeError:
        raise _RefusedError("the answer is cut short, or no JSON") from None
    if chart.get("error"):
        raise NoBarsError(_one_line(chart["error"]["description"]))


class Answer(NamedTuple):
    """What Yahoo has of a symbol."""

    rows: pd.DataFrame  # yfinance's columns, adjusted for splits; indexed by the exchange's dates
    trading: datetime.date | None  # the day not over yet, whose row still changes


def history(symbol: str, url: str | None, patience: float, begin: datetime.date | None) -> Answer:
    """Daily rows of `symbol` from `begin` to now.

    Args:
        symbol: as Yahoo writes it.
        url: asked instead of Yahoo's servers where given.
        patience: seconds that one answer may take.
        begin: first date wanted; None is a month ago.

    Raises:
        NotServedError: asking again may help; this one, only.
        NotFoundError: `symbol` is unknown.
        NoBarsError: nothing since `begin`.
        OddAnswerError: yfinance does not read the answer.
    """
    span = {"period": "1mo"} if begin is None else {"start": begin}
    with _ONE_AT_A_TIME, _raising():
        try:
            YfData.cache_get.cache_clear()  # what it holds is of another day, or of no use
            ticker = yf.Ticker(symbol, session=_session(url, patience))
            rows = ticker.history(**span, auto_adjust=False, actions=True, keepna=True)
            return Answer(rows, _trading(ticker.history_metadata))
        except YFTickerMissingError as error:
            raise NoBarsError(error.rationale) from error
        except (OSError, YFRateLimitError, YFDataException) as error:
            raise NotServedError(_one_line(error)) from error
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise OddAnswerError(f"{type(error).__name__} {_one_line(error)}") from error


@functools.cache
def _session(url: str | None, patience: float) -> _Session:
    # Kept: yfinance's crumb is worth nothing beside another session's cookie.
    return _Session(url, patience)


def _trading(metadata: Any) -> datetime.date | None:
    period = metadata.get("currentTradingPeriod", {}).get("regular")
    if period is None or period["end"] <= pd.Timestamp.now("UTC"):
        return None
    day: datetime.date = period["start"].date()
    return day


@contextmanager
def _raising() -> Iterator[None]:
    hidden = yf.config.debug.hide_exceptions
    yf.config.debug.hide_exceptions = False
    try:
        yield
    finally:
        yf.config.debug.hide_exceptions = hidden


def _one_line(error: object) -> str:
    """The cause, without a password and curl's advertisement of its manual."""
    text = without_user(str(error).split(" See https://curl.se")[0])
    return one_line(text).rstrip(".")
