"""adjusted_prices: bars that are comparable across splits and dividends."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from lstm_assets.graph.assets.checks import price_check_specs, price_checks
from lstm_assets.graph.assets.study_asset import Factory, Parts, same_columns, study_asset
from lstm_assets.graph.io_managers.prices import AdjustedPricesTables
from lstm_assets.graph.keys import ADJUSTED_PRICES, RAW_PRICES, asset_key
from lstm_assets.plots.markdown import literal
from lstm_assets.plots.price_series import price_series
from lstm_assets.records.prices import adjusted_prices_of, refuse_too_few
from lstm_assets.sources import Prices


def adjusted_prices(parts: Parts) -> dg.AssetsDefinition:
    """Return the asset that cleans and adjusts the study's bars."""
    study, tables = parts.study, parts.tables

    @study_asset(
        study,
        ADJUSTED_PRICES,
        description=(
            f"Bars of {literal(study.ticker)}, cleaned, and comparable across splits and dividends."
        ),
        kinds={"mysql", "pandas"},
        ins={"raw": dg.AssetIn(key=asset_key(study, RAW_PRICES))},
        check_specs=price_check_specs(study),
    )
    def clean(
        context: dg.AssetExecutionContext, raw: Prices
    ) -> Iterator[dg.Output[pd.DataFrame] | dg.AssetCheckResult]:
        with tables.running(context):
            adjusted = adjusted_prices_of(study, raw)
            refuse_too_few(study, study.holdout_start(adjusted.bars["date"].to_list()))
            checks = price_checks(study, adjusted.bars)
            failed = [check for check in checks if not check.passed]
            if failed:
                yield from checks
                reasons = "; ".join(f"check {c.check_name}: {c.description}" for c in failed)
                raise dg.Failure(f"nothing was stored: {reasons}", allow_retries=False)
        yield dg.Output(
            adjusted.bars,
            metadata={
                "dagster/row_count": len(adjusted.bars),
                **adjusted.counts,
                **same_columns(study, ADJUSTED_PRICES, RAW_PRICES),
                "series": dg.MetadataValue.md(
                    price_series(study.ticker, adjusted.bars, adjusted.dropped, study.price)
                ),
            },
        )
        yield from checks

    return clean


FACTORY = Factory(adjusted_prices, AdjustedPricesTables)
