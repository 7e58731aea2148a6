import io

import pytest
from rich.console import Console

from lstm_assets.cli.progress_bar import BarProgress
from lstm_assets.training.events import CellTrained
from lstm_assets_tests.training.cells import planned, run, walk


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_number_beside_the_bar_is_cut(width: int) -> None:
    shown = io.StringIO()
    trajectories = planned({})
    trained = [e for e in run(trajectories, walk(), workers=0) if isinstance(e, CellTrained)]

    with BarProgress(Console(file=shown, width=width, force_terminal=True)) as bar:
        bar.start(trajectories, walk(), reused=0)
        for event in trained:
            bar.happened(event)

    words = shown.getvalue().split()
    assert "…" not in shown.getvalue()
    assert {"1/1", f"{trained[0].scores.mse:.6g},", "left"} <= set(words)


def test_what_people_should_know_now_is_a_line_with_its_brackets() -> None:
    shown = io.StringIO()

    with BarProgress(Console(file=shown, width=120)) as bar:
        bar.show_line("another run is training study T; waiting for [its] end")

    assert "another run is training study T; waiting for [its] end\n" in shown.getvalue()
