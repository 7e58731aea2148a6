"""A stored model scored again: on its own series what was stored, on others what follows."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.cells.cell import Cell
from lstm_assets.common.files import write_file
from lstm_assets.errors import LeakError, ModelFileError, TooFewBarsError
from lstm_assets.evaluation.metrics import direction_accuracy, naive_mse
from lstm_assets.forecasting.rescoring import Rescored, rescore
from lstm_assets.sources.ecb import Ecb
from lstm_assets.training.engines.lockstep_pack import train_pack
from lstm_assets.training.engines.packs import Pack
from lstm_assets.training.events import CellTrained
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import plan
from lstm_assets.training.warm_start import WarmStart
from lstm_assets_tests.models.lstm.by_hand import forecast
from lstm_assets_tests.training.cells import cells, run, trained, walk

NEEDS_GPU = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="needs a GPU that torch can use"
)


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """Training sets torch to one thread; a rescoring process has more."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def usd_krw() -> TrainingSeries:
    fetched = Ecb().fetch("USD/KRW", datetime.date(2020, 1, 1), datetime.date(2022, 12, 31))
    return TrainingSeries.of(fetched.bars, "mid", evaluation_share=0.1)


def stored(folder: Path, cell: CellTrained) -> Path:
    path = folder / f"{cell.code}.pt"
    write_file(path, cell.weights)
    return path


def one_model(folder: Path, **changes: float) -> tuple[Path, Cell, CellTrained]:
    """A cell's model file, the cell, and what its training on the walk said of it."""
    asked = cells(changes)
    [cell] = trained(run(plan("T", asked, walk()), walk(), workers=0)).values()
    torch.set_num_threads(2)
    return stored(folder, cell), asked["T-0001"], cell


@settings(max_examples=25)
@given(
    st.integers(1, 3),
    st.integers(1, 9),
    st.integers(1, 5),
    st.sampled_from([0.4, 0.61, 0.8]),
    st.sampled_from([0.05, 0.2]),
)
def test_on_its_own_series_the_scores_are_exactly_those_of_its_training(
    epoch: int, look_back: int, horizon: int, ratio: float, share: float
) -> None:
    series = replace(walk(), evaluation_share=share)
    asked = cells(
        {
            "epoch": epoch, "size_sequence": look_back, "size_unit_output": horizon,
            "ratio_train_set": ratio,
        }
    )  # fmt: skip
    [cell] = trained(run(plan("T", asked, series), series, workers=0)).values()
    with TemporaryDirectory() as folder:
        rescored = rescore(stored(Path(folder), cell), asked["T-0001"], series)

    assert rescored.scores == cell.scores
    assert rescored.scores.mse == np.mean((rescored.actual - rescored.predicted) ** 2)
    assert rescored.scores.accuracy == direction_accuracy(
        rescored.actual, rescored.predicted, rescored.naive
    )
    split = plan("T", asked, series)[0].split(series)
    assert naive_mse(series.prices, split) == np.mean((rescored.actual - rescored.naive) ** 2)


@pytest.mark.parametrize("workers", [0, 2])
def test_so_they_are_on_real_prices_whoever_trained_it(tmp_path: Path, workers: int) -> None:
    series = usd_krw()
    wide = {"epoch": 1, "size_sequence": 50, "size_unit_input": 64, "size_unit_hidden": 128}
    asked = cells({**wide, "ratio_train_set": 0.8}, {**wide, "ratio_train_set": 0.9})

    ends = trained(run(plan("T", asked, series), series, workers))
    torch.set_num_threads(2)

    assert sorted(ends) == ["T-0001", "T-0002"]
    for code, cell in ends.items():
        assert rescore(stored(tmp_path, cell), asked[code], series).scores == cell.scores


def test_so_they_are_for_a_cell_that_was_trained_in_a_pack(tmp_path: Path) -> None:
    asked = cells({"epoch": 3}, {"batch_size": 8})
    pack = Pack(tuple(plan("T", asked, walk())), "cpu")

    ends = trained(train_pack(pack, walk()))
    torch.set_num_threads(2)

    for code, cell in ends.items():
        assert rescore(stored(tmp_path, cell), asked[code], walk()).scores == cell.scores


@NEEDS_GPU
def test_a_gpu_scores_its_cells_alike_but_for_rounding(tmp_path: Path) -> None:
    asked = cells({"epoch": 3}, {"batch_size": 8})
    pack = Pack(tuple(plan("T", asked, walk())), "cuda")

    for code, cell in trained(train_pack(pack, walk())).items():
        rescored = rescore(stored(tmp_path, cell), asked[code], walk())
        assert rescored.scores.mse == pytest.approx(cell.scores.mse, rel=1e-9)


def test_so_they_are_for_a_cell_that_started_warm(tmp_path: Path) -> None:
    path, cell, _ = one_model(tmp_path)
    asked = {"T-0001": cell}
    start = WarmStart(path, "a" * 64)

    [again] = trained(run(plan("T", asked, walk(), {"T-0001": start}), walk(), 0)).values()

    assert again.weights != path.read_bytes()
    assert rescore(stored(tmp_path, again), cell, walk()).scores == again.scores


@pytest.mark.parametrize("horizon", [1, 2])
def test_on_a_longer_series_it_is_scored_on_the_newest_bars(tmp_path: Path, horizon: int) -> None:
    path, cell, before = one_model(tmp_path, size_unit_output=horizon)
    series = walk(155)  # the first 120 bars are those it was trained on

    rescored = rescore(path, cell, series)

    file = torch.load(path, weights_only=True)
    weights = {name: tensor.numpy() for name, tensor in file["weights"].items()}
    first = 124  # of the evaluation bars: the last fifth of 155
    predicted, naive = [], []
    for origin in range(first, 155, horizon):
        window = series.prices[origin - 4 : origin]
        predicted += list((forecast(weights, (window / window[0] - 1)[None])[0] + 1) * window[0])
        naive += [window[-1]] * horizon
    assert rescored.dates == series.dates[first:]
    assert (rescored.dates[0], rescored.dates[-1]) == ("2020-05-04", "2020-06-03")
    assert rescored.actual.tolist() == series.prices[first:].tolist()
    assert rescored.naive.tolist() == naive[:31]
    assert rescored.predicted == pytest.approx(np.array(predicted[:31]), rel=1e-12)
    assert rescored.scores.mse != before.scores.mse


def test_rescoring_leaves_no_trace(tmp_path: Path) -> None:
    path, cell, _ = one_model(tmp_path)
    content = path.read_bytes()
    torch.manual_seed(1)
    expected = torch.rand(1)

    torch.manual_seed(1)
    first, second = rescore(path, cell, walk()), rescore(path, cell, walk())

    assert torch.rand(1) == expected
    assert torch.get_num_threads() == 2
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]
    assert _plain(first) == _plain(second)


def _plain(rescored: Rescored) -> tuple[object, ...]:
    arrays = (rescored.actual, rescored.predicted, rescored.naive)
    return rescored.scores, rescored.dates, [each.tolist() for each in arrays]


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    asked = cells({})

    with pytest.raises(ModelFileError) as error:
        rescore(tmp_path / "T-0001-v1.pt", asked["T-0001"], walk())

    assert str(error.value) == (
        f"model file {tmp_path}/T-0001-v1.pt is missing. Restore it, or train its cell again: "
        "materialize it in model_results with `retrain: true`."
    )


def test_another_cells_file_is_refused(tmp_path: Path) -> None:
    path, cell, _ = one_model(tmp_path)
    other = replace(cell, hyperparameters=cell.hyperparameters | {"size_unit_hidden": 4})

    with pytest.raises(ModelFileError, match=r"size_unit_hidden=3.*, expected .*_hidden=4"):
        rescore(path, other, walk())


def test_a_series_that_the_cell_cannot_be_scored_on_is_refused(tmp_path: Path) -> None:
    path, cell, _ = one_model(tmp_path)

    with pytest.raises(TooFewBarsError, match=re.escape("5 bars are too few")):
        rescore(path, cell, walk(5))
    with pytest.raises(LeakError, match=re.escape("ratio_train_set 0.7 trains up to bar 84")):
        rescore(path, cell, replace(walk(), evaluation_share=0.4))
