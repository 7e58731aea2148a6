"""The interface of listeners, and a listener that passes everything on to several others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lstm_assets.training.events import Event
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory


class Listener(Protocol):
    """Follows the training of one run, or of several runs one after another.

    The run calls it in its own process and waits for it. An error that it raises ends the run.
    """

    def start(self, trajectories: list[Trajectory], series: TrainingSeries, reused: int) -> None:
        """Receive what a run starts to train.

        Args:
            trajectories: the trajectories in the order in which they are started.
            series: the prices they are trained on.
            reused: number of cells that are not trained because their result is up to date.
        """

    def happened(self, event: Event) -> None:
        """Receive an event. Its result is already stored."""

    def show_line(self, line: str) -> None:
        """Show a line that people should read now."""


class Listeners:
    """Several listeners that act as one: each receives every event, one after another.

    If one of them raises an error, it is raised here, and the later ones do not receive the event.
    """

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = tuple(listeners)

    def start(self, trajectories: list[Trajectory], series: TrainingSeries, reused: int) -> None:
        """Call `start` of each listener."""
        for listener in self._listeners:
            listener.start(trajectories, series, reused)

    def happened(self, event: Event) -> None:
        """Call `happened` of each listener."""
        for listener in self._listeners:
            listener.happened(event)

    def show_line(self, line: str) -> None:
        """Call `show_line` of each listener."""
        for listener in self._listeners:
            listener.show_line(line)
