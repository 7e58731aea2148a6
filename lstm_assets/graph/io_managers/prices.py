"""raw_prices <-> TB_ASSETVALUE_RAW and TB_ASSETACTION; adjusted_prices <-> TB_ASSETVALUE_ADJ."""

from __future__ import annotations

import dagster as dg
import pandas as pd

from lstm_assets.graph.io_managers.tables import StageTables
from lstm_assets.records.prices import adjusted_bars, date_range, refuse_empty
from lstm_assets.sources import Prices
from lstm_assets.store.engine import connect
from lstm_assets.store.prices import read_raw, replace_adjusted, write_raw


class RawPricesTables(StageTables[Prices]):
    """Stores and loads bars and corporate actions as they were traded."""

    def store(self, context: dg.OutputContext, value: Prices) -> None:
        """Insert the bars; they replace stored bars of the same dates."""
        self.complete(lambda conn: write_raw(conn, self.study.ticker, value))

    def load(self) -> Prices:
        """Return the prices of the study's date range; raises StoreError if there are none."""
        with connect(self.engine) as conn:
            prices = read_raw(conn, self.study.ticker, *date_range(self.study))
            refuse_empty(prices.bars, "TB_ASSETVALUE_RAW", "raw_prices", self.study)
        return prices


class AdjustedPricesTables(StageTables[pd.DataFrame]):
    """Stores and loads the adjusted bars."""

    def store(self, context: dg.OutputContext, value: pd.DataFrame) -> None:
        """Store the bars; they replace all of the ticker's bars in the study's date range."""
        dates = date_range(self.study)
        self.complete(lambda conn: replace_adjusted(conn, self.study.ticker, *dates, value))

    def load(self) -> pd.DataFrame:
        """Return the bars of the study's date range; raises StoreError if there are none."""
        with connect(self.engine) as conn:
            return adjusted_bars(conn, self.study)
