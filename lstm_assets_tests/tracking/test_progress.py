import pytest

from lstm_assets.evaluation.scores import Scores
from lstm_assets.tracking import progress
from lstm_assets.tracking.progress import LogProgress
from lstm_assets.training.events import CellFailed, CellTrained, EpochTrained, TrajectoryStarted
from lstm_assets_tests.training.cells import planned, walk


def cell_trained(code: str, mse: float) -> CellTrained:
    return CellTrained(code, Scores(0.1, 0.5, mse, relative_mse=0.1), (0.1,), 1.0, b"")


def started() -> tuple[LogProgress, list[str]]:
    """A log of a run of three cells on two trajectories that has just begun."""
    lines: list[str] = []
    log = LogProgress(lines.append)
    log.start(planned({"epoch": 2}, {"epoch": 3}, {"batch_size": 8}), walk(), reused=4)
    return log, lines


def test_the_first_line_says_what_there_is_to_do() -> None:
    _, lines = started()

    # Epochs of 2, 3 and 2: on shared trajectories 5 of the 7 are trained.
    assert lines == [
        "3 cells to train on 2 trajectories, 29% less work than one by one; 4 up to date and reused"
    ]


def test_it_claims_no_saving_where_there_is_none() -> None:
    lines: list[str] = []

    LogProgress(lines.append).start(planned({"epoch": 2}), walk(), reused=0)

    assert lines == ["1 cell to train on 1 trajectory; 0 up to date and reused"]


def test_each_end_of_a_cell_is_a_line_with_the_best_so_far(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_CELLS", 0)
    log, lines = started()

    log.happened(CellFailed("T-0003", "the loss is nan at epoch 1 of 2"))
    log.happened(cell_trained("T-0001", mse=2.5))
    log.happened(cell_trained("T-0002", mse=1234567.0))

    assert lines[1:] == [
        "1 of 3 cells; T-0003: the loss is nan at epoch 1 of 2",
        "2 of 3 cells, best MSE 2.5; T-0001: MSE 2.5",
        "3 of 3 cells, best MSE 2.5; T-0002: MSE 1.23457e+06",
    ]


def test_epochs_are_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    log, lines = started()

    log.happened(TrajectoryStarted(("T-0001", "T-0002")))
    log.happened(cell_trained("T-0003", mse=2.5))
    log.happened(EpochTrained(("T-0001", "T-0002"), epoch=1, epochs=3, loss=0.25))
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_EPOCHS", 0)
    log.happened(EpochTrained(("T-0001", "T-0002"), epoch=2, epochs=3, loss=0.125))

    assert lines[1:] == [
        "1 of 3 cells, best MSE 2.5; T-0003: MSE 2.5",
        "1 of 3 cells, best MSE 2.5; T-0002: epoch 2 of 3, loss 0.125",
    ]


def test_what_people_should_know_now_is_a_line_as_it_stands() -> None:
    log, lines = started()

    log.show_line("another run is training study T; waiting for its end")

    assert lines[1:] == ["another run is training study T; waiting for its end"]


def test_cells_that_end_in_a_hurry_are_told_of_by_the_first_and_the_last() -> None:
    lines: list[str] = []
    log = LogProgress(lines.append)
    log.start(planned(*({"batch_size": size} for size in range(1, 101))), walk(), reused=0)

    for number in range(1, 101):
        log.happened(cell_trained(f"T-{number:04}", mse=200.0 - number))

    assert lines[1].startswith("1 of 100 cells, ")
    assert lines[-1] == "100 of 100 cells, best MSE 100; T-0100: MSE 100"
    assert len(lines) < 10
