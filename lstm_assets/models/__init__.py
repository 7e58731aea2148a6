"""The networks that a study can name in `model:`. Each has a file or folder, and a line here."""

from lstm_assets.models.lstm import Lstm
from lstm_assets.models.network import Network

MODELS: dict[str, type[Network]] = {
    "lstm": Lstm,
}

__all__ = ["MODELS", "Network"]
