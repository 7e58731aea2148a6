"""adjusted_prices: what is comparable."""

import dagster as dg
import pandas as pd

from lstm_assets.assets.keys import ADJUSTED_PRICES, RAW_PRICES, asset_key, tables_key
from lstm_assets.assets.raw_prices import refuse_too_few
from lstm_assets.data.adjusting import adjust
from lstm_assets.io_managers.prices import AdjustedPricesTables
from lstm_assets.sources import Prices
from lstm_assets.study import Study


def adjusted_prices(study: Study, tables: AdjustedPricesTables) -> dg.AssetsDefinition:
    """Make the asset that cleans and adjusts the study's bars."""

    @dg.asset(
        name=ADJUSTED_PRICES,
        key_prefix=study.name,
        group_name=study.name,
        description=f"Bars of {study.ticker}, cleaned, and comparable across splits and dividends.",
        kinds={"mysql", "pandas"},
        ins={"raw": dg.AssetIn(key=asset_key(study, RAW_PRICES))},
        io_manager_key=tables_key(study, ADJUSTED_PRICES),
    )
    def clean(context: dg.AssetExecutionContext, raw: Prices) -> dg.Output[pd.DataFrame]:
        with tables.running():
            adjusted = adjust(raw, study.date_begin, study.date_end)
            refuse_too_few(study, len(adjusted.bars))
        for rule, count in adjusted.counts.items():
            context.log.info(f"{rule}: {count}")
        metadata = {"dagster/row_count": len(adjusted.bars), **adjusted.counts}
        return dg.Output(adjusted.bars, metadata=metadata)

    return clean
