"""Log the progress of training."""

import math
import time
from collections.abc import Callable

from lstm_assets.training.events import CellFailed, CellTrained, EpochTrained, Event
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory

SECONDS_BETWEEN_EPOCHS = 15
SECONDS_BETWEEN_CELLS = 1  # small cells end fast, and the log of a run keeps every line


def to_do(trajectories: list[Trajectory], series: TrainingSeries) -> str:
    """Return a line: how many cells to train, and how much work is saved by shared trajectories."""
    cells = sum(len(trajectory.codes) for trajectory in trajectories)
    text = f"{cells} cell{'s' * (cells != 1)} to train on {len(trajectories)} "
    text += "trajectory" if len(trajectories) == 1 else "trajectories"
    one_by_one = sum(trajectory.work_one_by_one(series) for trajectory in trajectories)
    saved = one_by_one - sum(trajectory.work(series) for trajectory in trajectories)
    return f"{text}, {saved / one_by_one:.0%} less work than one by one" if saved else text


class LogProgress:
    """Logs each failed cell, and at intervals the other cells and epochs.

    It is a listener; see listener.Listener.
    """

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._cells = 0
        self._ended = 0
        self._best = math.inf
        self._is_fold = False
        self._last_line = 0.0

    def start(self, trajectories: list[Trajectory], series: TrainingSeries, reused: int) -> None:
        """Log what is to be trained; see Listener."""
        self._is_fold = series.fold is not None
        self._cells += sum(len(trajectory.codes) for trajectory in trajectories)
        self._log(f"{to_do(trajectories, series)}; {reused} up to date and reused")

    def happened(self, event: Event) -> None:
        """Log an event, unless lines would follow each other too fast; see Listener."""
        if isinstance(event, CellTrained):
            self._ended += 1
            if not self._is_fold:  # earlier bars: their errors are not those of the leaderboard
                self._best = min(self._best, event.scores.mse)
            if self._ended == self._cells or self._is_quiet_for(SECONDS_BETWEEN_CELLS):
                self._write(f"{event.code}: MSE {event.scores.mse:.6g}")
        elif isinstance(event, CellFailed):
            self._ended += 1
            self._write(f"{event.code}: {event.reason}")
        elif isinstance(event, EpochTrained) and self._is_quiet_for(SECONDS_BETWEEN_EPOCHS):
            self._write(
                f"{event.codes[-1]}: epoch {event.epoch} of {event.epochs}, loss {event.loss:.6g}"
            )

    def show_line(self, line: str) -> None:
        """Log a line; see Listener."""
        self._log(line)

    def _is_quiet_for(self, seconds: float) -> bool:
        return time.monotonic() > self._last_line + seconds

    def _write(self, event: str) -> None:
        """Log the counts and the best MSE, followed by this text about an event."""
        self._last_line = time.monotonic()
        best = f", best MSE {self._best:.6g}" if self._best < math.inf else ""
        self._log(f"{self._ended} of {self._cells} cells{best}; {event}")
