"""Who follows a run of training: one listener, or several as if they were one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lstm_assets.training.events import Event
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory


class Listener(Protocol):
    """Follows one run of training, or several, one after another.

    It is called in the run's own process and waited for. What it raises ends the run.
    """

    def start(self, trajectories: list[Trajectory], series: TrainingSeries, reused: int) -> None:
        """Hear what a run is about to train.

        Args:
            trajectories: in the order in which they are started.
            series: what they are trained on.
            reused: how many cells have a result that is up to date, and are not trained.
        """

    def happened(self, event: Event) -> None:
        """Hear one event, once what it says is stored."""

    def say(self, line: str) -> None:
        """Hear a line that people should read now."""


class Listeners:
    """Several listeners that follow a run as one; each hears of an event in its turn.

    What one of them raises is raised; those after it do not hear of that event.
    """

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = tuple(listeners)

    def start(self, trajectories: list[Trajectory], series: TrainingSeries, reused: int) -> None:
        """See Listener."""
        for each in self._listeners:
            each.start(trajectories, series, reused)

    def happened(self, event: Event) -> None:
        """See Listener."""
        for each in self._listeners:
            each.happened(event)

    def say(self, line: str) -> None:
        """See Listener."""
        for each in self._listeners:
            each.say(line)
