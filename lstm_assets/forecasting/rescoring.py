"""Score a stored model again, on whatever its series has become, without training."""

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
    """A stored model's scores on a series, and its forecasts of the evaluation bars, one a bar."""

    scores: Scores
    dates: tuple[str, ...]  # YYYY-MM-DD, oldest first, E of them
    actual: Floats  # prices, shape (E,)
    predicted: Floats  # same shape and unit, as the next
    naive: Floats


def rescore(path: Path, cell: Cell, series: TrainingSeries) -> Rescored:
    """Score a stored model on a series that is cut as the cell's own hyperparameters say.

    On the series it was trained on, the scores are those that its training gave: exactly if this
    machine's CPU trained it, and but for float64 rounding if a GPU did.

    Args:
        path: of the model file.
        cell: whose model it is.
        series: what to score it on.

    Raises:
        ModelFileError: the file is missing, cannot be read, or is of another network.
        TooFewBarsError: the series is too short for this cell.
        LeakError: it leaves the cell no bars that it would not train on.
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
