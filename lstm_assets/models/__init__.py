"""The networks a study can name in `model:`, one file and one line here each."""

from lstm_assets.models.lstm import Lstm
from lstm_assets.models.network import Network

MODELS: dict[str, type[Network]] = {
    "lstm": Lstm,
}

__all__ = ["MODELS", "Network"]
