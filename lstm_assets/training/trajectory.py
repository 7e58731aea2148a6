"""Trajectories: the trainings that a set of cells needs.

A trajectory is one training from initial weights. Cells that differ only in `epoch` are states of
one trajectory, so it is trained once for all of them. A cell that starts from the weights of an
earlier model has its own trajectory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstm_assets.cells.settings import TrainingSettings, settings_of
from lstm_assets.cells.values import Values
from lstm_assets.data.windows import COLUMNS, Split
from lstm_assets.errors import LeakError, TooFewBarsError
from lstm_assets.models import Network
from lstm_assets.training.warm_start import WarmStart

if TYPE_CHECKING:
    from lstm_assets.cells.cell import Cell
    from lstm_assets.training.series import TrainingSeries


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One training, and the cells that are states of it."""

    model: str
    settings: Values  # the hyperparameters without `epoch`
    seed: int
    cells: tuple[tuple[int, str], ...]  # (epoch, CODE_TASK), fewest epochs first
    warm_start: WarmStart | None = None  # None: start from the weights that the seed draws
    may_go_on: bool = False  # whether to keep its last checkpoint, because more epochs may follow

    @property
    def epochs(self) -> int:
        """Number of epochs to train: those of its longest cell, in addition to a warm start's."""
        return self.cells[-1][0]

    @property
    def codes(self) -> list[str]:
        """The CODE_TASKs of its cells, fewest epochs first."""
        return [code for _, code in self.cells]

    @property
    def training(self) -> TrainingSettings:
        """The settings of its training."""
        return settings_of({**self.settings, "epoch": self.epochs}, self.model)[0]

    @property
    def network(self) -> Network:
        """The settings of its network."""
        return settings_of({**self.settings, "epoch": self.epochs}, self.model)[1]

    def split(self, series: TrainingSeries) -> Split:
        """Return how these settings cut the series; raises TooFewBarsError or LeakError."""
        return series.split(self.training, self.network)

    def work(self, series: TrainingSeries) -> int:
        """Return the floating-point operations of its matrix products.

        A multiply-add counts as two, and a backward pass costs twice its forward pass. If the
        trajectory cannot be trained on this series, the work is 0.
        """
        return self._epoch_work(series) * self.epochs

    def work_one_by_one(self, series: TrainingSeries) -> int:
        """Return what `work` would be if each cell had its own training."""
        return self._epoch_work(series) * sum(epoch for epoch, _ in self.cells)

    def _epoch_work(self, series: TrainingSeries) -> int:
        try:
            split = self.split(series)
        except (TooFewBarsError, LeakError):
            return 0  # its training will fail with this error
        products = self.network.products(split.size_sequence, COLUMNS)
        return 6 * products * len(split.train_origins)


def seed_of(study_code: str, cell: Values, repeat: int = 0) -> int:
    """Return a cell's seed: a stable hash of the study's code and the values without `epoch`.

    Args:
        study_code: the code of the cell's study.
        cell: its hyperparameters.
        repeat: number of another seed of the same cell, from 1; 0: its own seed.

    Returns:
        A number from 0 to 2**63 - 1, so it fits a signed BIGINT.
    """
    settings = {name: value for name, value in sorted(cell.items()) if name != "epoch"}
    text = json.dumps([study_code, settings, *([repeat] if repeat else [])], separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def plan(
    study_code: str,
    cells: Mapping[str, Cell],
    series: TrainingSeries,
    warm_starts: Mapping[str, WarmStart] | None = None,
    repeat: int = 0,
) -> list[Trajectory]:
    """Return the trajectories of cells, the most work first, so that workers end together.

    Args:
        study_code: the code of the study of these cells.
        cells: the cells by CODE_TASK.
        series: the prices to train on.
        warm_starts: warm starts by CODE_TASK, for the cells that start from an earlier model.
        repeat: number of another seed to train them with, see `seed_of`.
    """
    warm = warm_starts or {}
    shared: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
    settings: dict[tuple[str, str, str], Values] = {}
    for code, cell in cells.items():
        rest = {name: value for name, value in cell.hyperparameters.items() if name != "epoch"}
        key = (cell.model, json.dumps(sorted(rest.items())), code if code in warm else "")
        settings[key] = rest
        shared.setdefault(key, []).append((int(cell.hyperparameters["epoch"]), code))
    trajectories = [
        Trajectory(
            model=key[0],
            settings=rest,
            seed=seed_of(study_code, rest, repeat),
            cells=tuple(sorted(shared[key])),
            warm_start=warm.get(key[2]),
            may_go_on=cells[max(shared[key])[1]].is_partial,
        )
        for key, rest in settings.items()
    ]
    return sorted(trajectories, key=lambda trajectory: -trajectory.work(series))
