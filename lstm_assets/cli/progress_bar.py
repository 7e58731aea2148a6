"""The command line's progress bar."""

from __future__ import annotations

import math
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from lstm_assets.tracking.progress import to_do
from lstm_assets.training.events import CellFailed, CellTrained, EpochTrained, Event
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory

COLUMNS_OF_ALL = 120  # a narrower console shows a shorter bar, and not the time that passed
COLUMNS_OF_FACTS = 52  # of the longest text beside the bar


class BarProgress:
    """Shows the number of cells done, the best MSE so far and the time left.

    After each epoch, the bar moves by the epoch's share of all floating-point operations. So the
    time left is right even if some cells take longer than others.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(*_columns(console.width), console=console)
        self._task: TaskID | None = None
        self._epoch_work: dict[str, float] = {}  # last CODE_TASK of a trajectory -> work per epoch
        self._work_left: dict[str, float] = {}  # the same key -> work not done yet
        self._cells = self._ended = 0
        self._best = math.inf
        self._is_fold = False

    def __enter__(self) -> BarProgress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def start(self, trajectories: list[Trajectory], series: TrainingSeries, reused: int) -> None:
        """Show what is to be trained; a second run continues with the same bar."""
        if reused:
            are = "cell is" if reused == 1 else "cells are"
            self._console.print(f"{reused} {are} up to date and not trained again.")
        self._is_fold = series.fold is not None
        if trajectories:
            self._console.print(f"{to_do(trajectories, series)}.")
        for each in trajectories:
            self._work_left[each.codes[-1]] = each.work(series)
            self._epoch_work[each.codes[-1]] = each.work(series) / each.epochs
            self._cells += len(each.codes)
        if self._work_left:
            if self._task is None:
                self._task = self._bar.add_task("training", **self._fields())
            done = next(task.completed for task in self._bar.tasks if task.id == self._task)
            self._bar.update(self._task, total=done + sum(self._work_left.values()))

    def happened(self, event: Event) -> None:
        """Move the bar by what happened."""
        if isinstance(event, EpochTrained):
            last = event.codes[-1]
            left = self._epoch_work[last] * (event.epochs - event.epoch)
            self._work_done(last, self._work_left[last] - left)
        elif isinstance(event, CellTrained):
            self._ended += 1
            if not self._is_fold:  # earlier bars: their errors are not those of the leaderboard
                self._best = min(self._best, event.scores.mse)
        elif isinstance(event, CellFailed):
            self._ended += 1
            self._console.print(f"[red]{event.code} failed:[/red] {escape(event.reason)}")
            self._work_done(event.code, self._work_left.get(event.code, 0.0))
        if self._task is not None:
            self._bar.update(self._task, **self._fields())

    def show_line(self, line: str) -> None:
        """Print a line above the bar."""
        self._console.print(escape(line))

    def _work_done(self, last: str, work: float) -> None:
        if self._task is not None and last in self._work_left:
            self._work_left[last] -= work
            self._bar.advance(self._task, work)

    def _fields(self) -> dict[str, Any]:
        best = f"best MSE {self._best:.6g}," if self._best < math.inf else ""
        return {"cells": f"{self._ended}/{self._cells} cells,", "best": best}


def _columns(width: int) -> list[ProgressColumn]:
    """Return the columns of a bar on a console of this width; no number in them is cut."""
    facts = [_text("{task.fields[cells]}"), _text("{task.fields[best]}")]
    left: list[ProgressColumn] = [TimeRemainingColumn(), _text("left")]
    if width < COLUMNS_OF_ALL:
        return [BarColumn(max(1, width - COLUMNS_OF_FACTS)), *facts, *left]
    return [
        *(_text("{task.description}"), BarColumn(), *facts),
        *(TimeElapsedColumn(), _text("passed,"), *left),
    ]


def _text(text: str) -> TextColumn:
    return TextColumn(text, table_column=Column(overflow="fold"))  # wraps rather than cuts
