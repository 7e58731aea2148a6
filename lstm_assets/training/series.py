"""The prices that cells are trained on and scored with, and digests that show a change."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple, dataclass, replace

import pandas as pd

from lstm_assets.cells.settings import TrainingSettings
from lstm_assets.cells.values import Values
from lstm_assets.data.folds import Fold, earlier_folds
from lstm_assets.data.windows import Floats, Split, evaluation_start, price_series
from lstm_assets.models import MODELS, Network

TRAINING_VERSION = "training-1"  # change it when the same cell would get another result


@dataclass(frozen=True, slots=True)
class TrainingSeries:
    """The prices of one study, as its cells use them."""

    dates: tuple[str, ...]  # YYYY-MM-DD, oldest first
    prices: Floats  # shape (n,), one per date, in price units
    evaluation_share: float
    fold: Fold | None = None  # which part of a longer series it is; None: all of it

    @classmethod
    def of(cls, bars: pd.DataFrame, price: str, evaluation_share: float) -> TrainingSeries:
        """Return the series of adjusted bars; `price` is mid or close."""
        return cls(tuple(bars["date"]), price_series(bars, price), evaluation_share)

    def date(self, index: int) -> str:
        """Return the date of a bar as in the result tables: YYYYMMDD."""
        return self.dates[index].replace("-", "")

    def split(self, training: TrainingSettings, network: Network) -> Split:
        """Return how a cell's settings cut the series; raises TooFewBarsError or LeakError."""
        fold = self.fold
        whole = Split.of(
            bars=fold.whole if fold else len(self.prices),
            ratio_train_set=training.ratio_train_set,
            evaluation_share=self.evaluation_share,
            size_sequence=training.size_sequence,
            horizon=network.horizon,
        )
        return fold.split(whole) if fold else whole

    def earlier_folds(self, n: int, gap: int | None) -> list[TrainingSeries]:
        """Return the parts of this series that are its folds before the last, the oldest first.

        The last fold is the series itself. Each part ends where its own bars that score end, so no
        training on it can see a later bar.

        Args:
            n: number of folds, the last included.
            gap: bars before those that score on which nothing is trained; None: a cell's horizon.

        Raises:
            TooFewBarsError: the oldest fold has no bars to train on.
        """
        bars = len(self.prices)
        evaluation_bars = bars - evaluation_start(bars, self.evaluation_share)
        return [
            replace(self, dates=self.dates[: each.stop], prices=self.prices[: each.stop], fold=each)
            for each in earlier_folds(bars, evaluation_bars, n, gap)
        ]

    def digest(self) -> str:
        """Return the digest of this series, 64 hexadecimal digits."""
        fold = [astuple(self.fold)] if self.fold else []
        head = json.dumps([self.evaluation_share, self.dates, *fold], separators=(",", ":"))
        return hashlib.sha256(head.encode() + self.prices.astype("<f8").tobytes()).hexdigest()


def code_version(model: str) -> str:
    """Return the version of the code on which the results of this model depend."""
    return f"{TRAINING_VERSION}+{MODELS[model].version}"


def data_version(series_digest: str, model: str, cell: Values, seed: int) -> str:
    """Return the digest of everything a cell's result depends on, 64 hexadecimal digits.

    Two results with the same data version are the same result: their prices, evaluation share,
    hyperparameters, seed and code version are equal.
    """
    parts = [code_version(model), series_digest, sorted(cell.items()), seed]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def warm_data_version(fresh: str, parent: str) -> str:
    """Return the data version of a result whose training started from an earlier result's weights.

    Args:
        fresh: data version of the cell if it started from the weights of its seed.
        parent: data version of the earlier result, which may have had a warm start, too.

    Returns:
        64 hexadecimal digits, which differ from every fresh data version.
    """
    parts = ["warm", fresh, parent]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()
