"""Which trainings a set of cells needs.

A trajectory is one training run from initial weights. Cells that differ only in `epoch` are
states of one trajectory, so it is trained once for all of them. A cell that starts from the weights
of an earlier model has a trajectory of its own.
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
    """One training run, and the cells that are states of it."""

    model: str
    settings: Values  # a tuple of hyperparameters, without `epoch`
    seed: int
    cells: tuple[tuple[int, str], ...]  # (epoch, CODE_TASK), fewest epochs first
    warm_start: WarmStart | None = None  # None starts from the weights that the seed draws
    may_go_on: bool = False  # whether its state is kept at its end, for more epochs to follow

    @property
    def epochs(self) -> int:
        """Epochs to train: those of its longest cell, on top of a warm start's."""
        return self.cells[-1][0]

    @property
    def codes(self) -> list[str]:
        """The CODE_TASKs of its cells, fewest epochs first."""
        return [code for _, code in self.cells]

    @property
    def training(self) -> TrainingSettings:
        """How its network is fed and trained."""
        return settings_of({**self.settings, "epoch": self.epochs}, self.model)[0]

    @property
    def network(self) -> Network:
        """What it trains."""
        return settings_of({**self.settings, "epoch": self.epochs}, self.model)[1]

    def split(self, series: TrainingSeries) -> Split:
        """Cut the series as these settings say; raises TooFewBarsError or LeakError."""
        return series.split(self.training, self.network)

    def work(self, series: TrainingSeries) -> int:
        """Count the floating-point operations of its matrix products.

        Two a multiply-add, and a backward pass costs twice its forward pass. None on a series
        that it cannot be trained on.
        """
        return self._epoch_work(series) * self.epochs

    def work_one_by_one(self, series: TrainingSeries) -> int:
        """Count what `work` would be if each cell had a training of its own."""
        return self._epoch_work(series) * sum(epoch for epoch, _ in self.cells)

    def _epoch_work(self, series: TrainingSeries) -> int:
        try:
            split = self.split(series)
        except (TooFewBarsError, LeakError):
            return 0  # its training says so, and ends there
        products = self.network.products(split.size_sequence, COLUMNS)
        return 6 * products * len(split.train_origins)


def seed_of(study_code: str, cell: Values) -> int:
    """Return a cell's seed: a stable hash of the study code and the tuple without `epoch`.

    Returns:
        0 to 2**63 - 1, what a signed BIGINT holds.
    """
    settings = {name: value for name, value in sorted(cell.items()) if name != "epoch"}
    text = json.dumps([study_code, settings], separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def plan(
    study_code: str,
    cells: Mapping[str, Cell],
    series: TrainingSeries,
    warm_starts: Mapping[str, WarmStart] | None = None,
) -> list[Trajectory]:
    """Turn cells into trajectories, the most work first, so that workers end together.

    Args:
        study_code: of the study that owns the cells.
        cells: by CODE_TASK.
        series: what they will be trained on.
        warm_starts: by CODE_TASK, of those cells that start from an earlier model.
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
            seed=seed_of(study_code, rest),
            cells=tuple(sorted(shared[key])),
            warm_start=warm.get(key[2]),
            may_go_on=cells[max(shared[key])[1]].is_partial,
        )
        for key, rest in settings.items()
    ]
    return sorted(trajectories, key=lambda trajectory: -trajectory.work(series))
