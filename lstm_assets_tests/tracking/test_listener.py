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


def test_what_one_raises_is_raised() -> None:
    first, second = Recorder(), Recorder()

    with pytest.raises(ConnectionError, match="out of reach"):
        follow(Listeners([first, Recorder(refuses=CellTrained), second]))

    assert first.events[:-1] == second.events
    assert isinstance(first.events[-1], CellTrained)


def test_none_at_all_follow_in_silence() -> None:
    follow(Listeners([]))
