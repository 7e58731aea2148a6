"""Tune forecasting networks on market prices as a Dagster asset graph."""

__version__ = "0.1.0"
