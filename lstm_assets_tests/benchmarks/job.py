"""What a contender's process reads and writes: cells and prices in, an MSE a cell out.

Every contender takes the same prices from the same file, and is scored by the same function, so
that they differ in nothing but the training.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_assets.data.windows import Floats, Split, inputs, targets
from lstm_assets.evaluation.scores import Predict, score

if TYPE_CHECKING:  # at run time it would cost every contender an import of pydantic
    from lstm_assets.cells.values import Values

JOB = "job.json"
SCORES = "scores.json"

Floats32 = NDArray[np.float32]
Score: TypeAlias = (
    "tuple[Values, float]"  # a cell, and its MSE on the evaluation bars, in price units squared
)


@dataclass(frozen=True, slots=True)
class Job:
    """Cells to train, and the prices to train them on."""

    space: dict[str, list[int | float]]
    dates: list[str]
    prices: list[float]
    evaluation_share: float
    cells: list[Values]

    def windows(self, cell: Values) -> tuple[Floats32, Floats32]:
        """A cell's look-backs (W, size_sequence, C) and targets (W, horizon), in window units."""
        prices, split = self._prices, split_of(cell, len(self.prices), self.evaluation_share)
        x = inputs(prices, split.train_origins, split.size_sequence)
        y = targets(prices, split.train_origins, split.size_sequence, split.horizon)
        return x.astype(np.float32), y.astype(np.float32)

    def score(self, cell: Values, predict: Predict) -> Score:
        """A trained cell's score; `predict` maps windows (W, size_sequence, C) to (W, horizon)."""
        split = split_of(cell, len(self.prices), self.evaluation_share)
        return cell, score(predict, self._prices, split).mse

    @property
    def _prices(self) -> Floats:
        return np.array(self.prices)


def split_of(cell: Values, bars: int, evaluation_share: float) -> Split:
    """Where the prices are cut for a cell."""
    return Split.of(
        bars=bars,
        ratio_train_set=cell["ratio_train_set"],
        evaluation_share=evaluation_share,
        size_sequence=cell["size_sequence"],
        horizon=cell["size_unit_output"],
    )


def write_job(folder: Path, job: Job) -> None:
    """Leave a job in a folder, for a process of a contender."""
    (folder / JOB).write_text(json.dumps(asdict(job)))


def read_scores(folder: Path) -> list[Score]:
    """What a contender's process found, in its own order."""
    return [(cell, mse) for cell, mse in json.loads((folder / SCORES).read_text())]


def main(train: Callable[[Job], Iterable[Score]]) -> None:
    """Do the job of the folder that the command line names: all that a contender's process does."""
    folder = Path(sys.argv[1])
    job = Job(**json.loads((folder / JOB).read_text()))
    (folder / SCORES).write_text(json.dumps(list(train(job))))
