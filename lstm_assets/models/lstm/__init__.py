"""The LSTM: its settings and torch module, many side by side, and compiled training steps."""

from lstm_assets.models.lstm.network import Lstm

__all__ = ["Lstm"]
