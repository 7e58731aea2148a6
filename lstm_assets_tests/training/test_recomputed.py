"""What a model file and the prices say, by other means than the package's own."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lstm_assets.common.files import write_file
from lstm_assets_tests.models.lstm.by_hand import forecast
from lstm_assets_tests.training.cells import planned, run, trained, walk

LOOK_BACK, CUT, FIRST_EVALUATED, BARS = 4, 84, 96, 120  # ratio 0.7, share 0.2


@pytest.mark.parametrize("horizon", [1, 2])
def test_loss_mse_and_accuracy_follow_from_the_model_file_and_the_prices(
    tmp_path: Path, horizon: int
) -> None:
    series = walk(BARS)
    [trajectory] = planned({"epoch": 3, "size_unit_output": horizon})
    cell = trained(run([trajectory], series, workers=0))["T-0001"]
    write_file(tmp_path / "cell.pt", cell.weights)
    stored = torch.load(tmp_path / "cell.pt", weights_only=True)["weights"]
    weights = {name: tensor.numpy() for name, tensor in stored.items()}
    prices = series.prices

    def predicted(first_target: int) -> np.ndarray:
        window = prices[first_target - LOOK_BACK : first_target]
        return forecast(weights, (window / window[0] - 1)[None])[0]

    errors = []
    for first in range(CUT, BARS - horizon + 1):
        actual = prices[first : first + horizon] / prices[first - LOOK_BACK] - 1
        errors.append((actual - predicted(first)) ** 2)
    squares, right = [], []
    for first in range(FIRST_EVALUATED, BARS, horizon):
        seen = prices[first - 1]
        for actual, unit in zip(prices[first : first + horizon], predicted(first), strict=False):
            price = (unit + 1) * prices[first - LOOK_BACK]
            squares.append((actual - price) ** 2)
            right.append((price > seen) == (actual > seen))

    assert len(squares) == BARS - FIRST_EVALUATED
    assert cell.scores.loss == pytest.approx(np.mean(errors), rel=1e-9)
    assert cell.scores.mse == pytest.approx(np.mean(squares), rel=1e-9)
    assert cell.scores.accuracy == pytest.approx(np.mean(right), rel=1e-9)
