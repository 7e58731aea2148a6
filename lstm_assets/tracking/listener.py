"""The interface of listeners, and a listener that passes everything on to several others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from lstm_assets.common.text import one_line
from lstm_assets.training.events import Event
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory

_logger = logging.getLogger(__name__)


class Listener(Protocol):
    """Follows the training of one run, or of several runs one after another.

    The run calls it in its own process and waits for it. After an exception it is not called again;
    the training goes on.
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

    If one of them raises an exception, it is logged, and that listener receives nothing more.
    """

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = list(listeners)

    def start(self, trajectories: list[Trajectory], series: TrainingSeries, reused: int) -> None:
        """Call `start` of each listener."""
        self._tell(lambda listener: listener.start(trajectories, series, reused))

    def happened(self, event: Event) -> None:
        """Call `happened` of each listener."""
        self._tell(lambda listener: listener.happened(event))

    def show_line(self, line: str) -> None:
        """Call `show_line` of each listener."""
        self._tell(lambda listener: listener.show_line(line))

    def _tell(self, call: Callable[[Listener], None]) -> None:
        for listener in tuple(self._listeners):
            try:
                call(listener)
            except Exception as error:  # whatever it is: results matter more than who follows them
                self._listeners.remove(listener)
                _logger.warning(
                    "the listener %s failed and follows the training no more: %s: %s. "
                    "The training goes on.",
                    type(listener).__name__,
                    type(error).__name__,
                    one_line(error),
                )
