"""The whole platform: `lstm-assets tune` in a home that nothing was run in before.

More than the others do: Dagster's runs and events, the tables, the model files, the leaderboard.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from lstm_assets.study.file import COMPONENT
from lstm_assets_tests.benchmarks.contenders.base import Contender
from lstm_assets_tests.benchmarks.job import Score
from lstm_assets_tests.benchmarks.workload import STUDY, Workload
from lstm_assets_tests.site import Site, command


class Platform(Contender):
    """The command, on a study that has the workload's cells."""

    def prepare(self, folder: Path, workload: Workload) -> None:
        study = Site(folder).studies / STUDY.lower() / "defs.yaml"
        study.parent.mkdir(parents=True)
        study.write_text(yaml.safe_dump({"type": COMPONENT, "attributes": workload.attributes}))

    def command(self, folder: Path) -> list[str]:
        return [*command(), "tune", STUDY]

    def environment(self, folder: Path) -> dict[str, str]:
        return Site(folder).environment

    def scores(self, folder: Path) -> list[Score]:
        site = Site(folder)
        mses = {row["CODE_TASK"]: row["MSE"] for row in site.rows("TB_MODELRESULT")}
        cells = {
            row.pop("CODE_TASK"): {name.lower(): value for name, value in row.items()}
            for row in site.rows("TB_HYPERPARAMETER")
        }
        for cell in cells.values():
            del cell["date_update"]
        return [(cells[code], mse) for code, mse in mses.items()]
