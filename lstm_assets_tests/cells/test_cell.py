"""When a cell was stopped early."""

import pytest

from lstm_assets.cells.cell import Cell


@pytest.mark.parametrize(
    ("epoch", "epoch_full", "partial"), [(3, None, False), (3, 9, True), (9, 9, False)]
)
def test_a_cell_with_fewer_epochs_than_it_needs_is_partial(
    epoch: int, epoch_full: int | None, partial: bool
) -> None:
    assert Cell("T-0001", "lstm", {"epoch": epoch}, epoch_full=epoch_full).is_partial is partial
