"""The lstm-assets command. What it shows is read by records; runs are made in graph."""

from lstm_assets.cli.commands import main

__all__ = ["main"]
