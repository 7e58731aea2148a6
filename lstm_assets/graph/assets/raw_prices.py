"""raw_prices: bars as they were traded."""

import datetime

import dagster as dg

from lstm_assets.graph.assets.study_asset import Factory, Parts, study_asset
from lstm_assets.graph.failures import tried_again
from lstm_assets.graph.io_managers.prices import RawPricesTables
from lstm_assets.graph.keys import RAW_PRICES
from lstm_assets.plots.markdown import literal
from lstm_assets.records.prices import refuse_too_few
from lstm_assets.sources import Prices

# A source that does not answer is asked again after 10, 20 and 40 seconds. Nothing else is.
RETRY_POLICY = dg.RetryPolicy(max_retries=3, delay=10, backoff=dg.Backoff.EXPONENTIAL)

# For a market that trades from Monday to Friday, with a holiday or two.
FRESHNESS_POLICY = dg.FreshnessPolicy.time_window(
    fail_window=datetime.timedelta(days=6), warn_window=datetime.timedelta(days=4)
)


def raw_prices(parts: Parts) -> dg.AssetsDefinition:
    """Return the asset that fetches the study's bars."""
    study, tables = parts.study, parts.tables

    @study_asset(
        study,
        RAW_PRICES,
        description=f"Bars of {literal(study.ticker)} as traded, from source {study.source.kind}.",
        kinds={"mysql", study.source.kind},
        freshness_policy=FRESHNESS_POLICY if study.date_end is None else None,
    )
    def fetch(context: dg.AssetExecutionContext) -> dg.Output[Prices]:
        with tried_again(context, RETRY_POLICY), tables.running(context):
            prices = study.source.fetch(study.ticker, study.date_begin, study.date_last)
            refuse_too_few(study, study.holdout_start(prices.bars["date"].to_list()))
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


FACTORY = Factory(raw_prices, RawPricesTables)
