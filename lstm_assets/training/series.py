"""What cells are trained on and scored by, and the digest that tells whether it changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import pandas as pd

from lstm_assets.cells.settings import TrainingSettings
from lstm_assets.cells.values import Values
from lstm_assets.data.windows import Floats, Split, price_series
from lstm_assets.models import MODELS, Network

TRAINING_VERSION = "training-1"  # raise it when the same cell would train or score otherwise


@dataclass(frozen=True, slots=True)
class TrainingSeries:
    """The prices of one study, as its cells see them."""

    dates: tuple[str, ...]  # YYYY-MM-DD, oldest first
    prices: Floats  # shape (n,), one a date, in price units
    evaluation_share: float

    @classmethod
    def of(cls, bars: pd.DataFrame, price: str, evaluation_share: float) -> TrainingSeries:
        """Take the series out of adjusted bars; `price` is mid or close."""
        return cls(tuple(bars["date"]), price_series(bars, price), evaluation_share)

    def date(self, index: int) -> str:
        """Return a bar's date as the result tables hold it: YYYYMMDD."""
        return self.dates[index].replace("-", "")

    def split(self, training: TrainingSettings, network: Network) -> Split:
        """Cut the series as a cell's settings say; raises TooFewBarsError or LeakError."""
        return Split.of(
            bars=len(self.prices),
            ratio_train_set=training.ratio_train_set,
            evaluation_share=self.evaluation_share,
            size_sequence=training.size_sequence,
            horizon=network.horizon,
        )

    def digest(self) -> str:
        """Return what tells this series from any other, 64 hexadecimal digits."""
        head = json.dumps([self.evaluation_share, self.dates], separators=(",", ":"))
        return hashlib.sha256(head.encode() + self.prices.astype("<f8").tobytes()).hexdigest()


def code_version(model: str) -> str:
    """Return the version of the code that decides what a cell of this model scores."""
    return f"{TRAINING_VERSION}+{MODELS[model].version}"


def data_version(series_digest: str, model: str, cell: Values, seed: int) -> str:
    """Return the digest of all that decides a cell's result, 64 hexadecimal digits.

    Two results with one data version are the same result: prices, evaluation share,
    hyperparameters, seed and code version are all alike.
    """
    parts = [code_version(model), series_digest, sorted(cell.items()), seed]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def warm_data_version(fresh: str, parent: str) -> str:
    """Return the data version of a result that was trained on from an earlier result's weights.

    Args:
        fresh: data version that the cell would have from its seed's weights.
        parent: data version of the result whose weights it started from, itself warm or fresh.

    Returns:
        64 hexadecimal digits, which differ from every fresh data version.
    """
    parts = ["warm", fresh, parent]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()
