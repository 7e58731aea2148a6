"""raw_prices: what was traded."""

import dagster as dg

from lstm_assets.assets.keys import RAW_PRICES, tables_key
from lstm_assets.errors import TooFewBarsError
from lstm_assets.io_managers.prices import RawPricesTables
from lstm_assets.sources import Prices
from lstm_assets.study import Study


def raw_prices(study: Study, tables: RawPricesTables) -> dg.AssetsDefinition:
    """Make the asset that fetches the study's bars."""

    @dg.asset(
        name=RAW_PRICES,
        key_prefix=study.name,
        group_name=study.name,
        description=f"Bars of {study.ticker} as traded, from source {study.source.kind}.",
        kinds={"mysql", study.source.kind},
        io_manager_key=tables_key(study, RAW_PRICES),
    )
    def fetch() -> dg.Output[Prices]:
        with tables.running():
            prices = study.source.fetch(study.ticker, study.date_begin, study.date_end)
            refuse_too_few(study, len(prices.bars))
        dates = prices.bars["date"]
        return dg.Output(
            prices,
            metadata={
                "dagster/row_count": len(dates),
                "first_date": dates.iloc[0],
                "last_date": dates.iloc[-1],
                "corporate_actions": len(prices.actions),
            },
        )

    return fetch


def refuse_too_few(study: Study, bars: int) -> None:
    """Refuse a series on which some cell of the study could not be trained or scored.

    Raises:
        TooFewBarsError: says how many bars are needed.
    """
    needed = study.bars_needed
    if bars < needed:
        raise TooFewBarsError(
            f"study {study.code}: {bars} bars of {study.ticker} from {study.date_begin} to "
            f"{study.date_end or 'today'}, but its search space needs at least {needed}. "
            "Widen the dates, or lower size_sequence."
        )
