"""The LSTM: its settings, its torch module, a form for many networks, and compiled steps."""

from lstm_assets.models.lstm.network import Lstm

__all__ = ["Lstm"]
