"""Score a stored model again on the current prices, without training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lstm_assets.cells.settings import settings_of
from lstm_assets.data.windows import Floats, Split, in_prices, inputs, scale
from lstm_assets.evaluation.metrics import last_seen, per_evaluation_bar
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


@dataclass(frozen=True, slots=True)
class Forecast:
    """A stored model's forecast of each of some bars, and the last bar that each had seen."""

    predicted: Floats  # prices, shape (bars,), oldest first
    last_seen: Floats  # same shape and unit


def forecast(path: Path, cell: Cell, prices: Floats, start: int) -> Forecast:
    """Return a stored model's forecast of each bar from `start` on.

    Args:
        path: path of the model file.
        cell: the cell of the model.
        prices: shape (n,), oldest first, in price units.
        start: position of the first forecast bar, at least the cell's look-back.

    Raises:
        ModelFileError: as `rescore`.
    """
    training, network = settings_of(cell.hyperparameters, cell.model)
    look_back = training.size_sequence
    split = Split(len(prices), look_back, network.horizon, cut=start, evaluation_start=start)
    origins = split.evaluation_origins
    module = load_model(path, network)
    with one_thread():
        scaled = predictor(module)(inputs(prices, origins, look_back))
    predicted = in_prices(scaled, scale(prices, origins, look_back))
    return Forecast(per_evaluation_bar(predicted, split), last_seen(prices, split))


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
