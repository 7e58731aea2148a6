"""Score a stored model again on the current prices, without training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lstm_assets.cells.settings import settings_of
from lstm_assets.data.windows import Floats
from lstm_assets.evaluation.scores import Scores, evaluate
from lstm_assets.training.engines.scoring import predictor
from lstm_assets.training.engines.threads import one_thread
from lstm_assets.training.model_file import load_model
from lstm_assets.training.series import TrainingSeries

if TYPE_CHECKING:
    from lstm_assets.cells.cell import Cell


@dataclass(frozen=True, slots=True)
class Rescored:
    """A stored model's scores on a series, and its forecast of each evaluation bar."""

    scores: Scores
    dates: tuple[str, ...]  # YYYY-MM-DD, oldest first; E dates
    actual: Floats  # prices, shape (E,)
    predicted: Floats  # same shape and unit
    naive: Floats  # same shape and unit


def rescore(path: Path, cell: Cell, series: TrainingSeries) -> Rescored:
    """Return a stored model's scores on a series, which is cut as the cell's values say.

    On the series that the model was trained on, the scores are the same as after the training:
    exactly if this machine's CPU trained it, except for float64 rounding if a GPU did.

    Args:
        path: path of the model file.
        cell: the cell of the model.
        series: the prices to score it on.

    Raises:
        ModelFileError: the file is missing, cannot be read, or contains another network.
        TooFewBarsError: the series is too short for this cell.
        LeakError: the cell would train on the bars that score it.
    """
    training, network = settings_of(cell.hyperparameters, cell.model)
    split = series.split(training, network)
    module = load_model(path, network)
    with one_thread():
        evaluated = evaluate(predictor(module), series.prices, split)
    return Rescored(
        scores=evaluated.scores,
        dates=series.dates[split.evaluation_start :],
        actual=evaluated.actual,
        predicted=evaluated.predicted,
        naive=evaluated.naive,
    )
