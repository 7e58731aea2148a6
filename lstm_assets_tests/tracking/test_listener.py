"""Several listeners follow a run as if they were one."""

import pytest

from lstm_assets.tracking.listener import Listener, Listeners
from lstm_assets.training.events import CellTrained
from lstm_assets_tests.tracking.listeners import Recorder
from lstm_assets_tests.training.cells import planned, run, walk


def follow(listener: Listener) -> None:
    """Train two cells, as a run of the graph does."""
    trajectories = planned({}, {"batch_size": 8})
    listener.start(trajectories, walk(), reused=3)
    listener.show_line("another run is training")
    for event in run(trajectories, walk(), workers=0):
        listener.happened(event)


def test_each_hears_everything_in_its_order() -> None:
    alone, first, second = Recorder(), Recorder(), Recorder()

    follow(alone)
    follow(Listeners([first, second]))

    assert first.starts == second.starts == alone.starts == [(["T-0001", "T-0002"], 3)]
    assert first.lines == second.lines == alone.lines == ["another run is training"]
    assert first.events == second.events
    assert list(map(type, first.events)) == list(map(type, alone.events))


def test_one_that_fails_is_logged_once_and_hears_nothing_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    alone, first, failing, second = (
        Recorder(),
        Recorder(),
        Recorder(refuses=CellTrained),
        Recorder(),
    )

    follow(alone)
    follow(Listeners([first, failing, second]))

    assert list(map(type, first.events)) == list(map(type, alone.events))
    assert first.events == second.events
    assert sum(isinstance(event, CellTrained) for event in failing.events) <= 1
    [message] = caplog.messages
    assert "Recorder failed" in message
    assert "out of reach" in message


def test_none_at_all_follow_in_silence() -> None:
    follow(Listeners([]))
