"""The lstm-assets command. It reads what it shows with records/, and makes runs with graph/."""

from lstm_assets.cli.commands import main

__all__ = ["main"]
