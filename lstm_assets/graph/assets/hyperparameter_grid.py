"""hyperparameter_grid: the cells to train, one round of the search at a time."""

from typing import Any

import dagster as dg
import pandas as pd
from pydantic import Field

from lstm_assets.cells.proposal import Proposal
from lstm_assets.graph.assets.study_asset import Factory, Parts, study_asset
from lstm_assets.graph.io_managers.cells import CellTables
from lstm_assets.graph.keys import ADJUSTED_PRICES, HYPERPARAMETER_GRID, asset_key
from lstm_assets.records.prices import refuse_too_few
from lstm_assets.search.rounds import propose


class GridConfig(dg.Config):
    """Run config of hyperparameter_grid."""

    space: dict[str, Any] = Field(
        default={},
        description="Parts of the search space to replace in this run, such as {epoch: [1]}.",
    )


def hyperparameter_grid(parts: Parts) -> dg.AssetsDefinition:
    """Return the asset that turns the study's search space into cells."""
    study, tables = parts.study, parts.tables

    @study_asset(
        study,
        HYPERPARAMETER_GRID,
        description="The cells that the search proposes. Each has a CODE_TASK and a partition. "
        "A grid proposes all cells at once, any other method the next round.",
        kinds={"mysql"},
        ins={"bars": dg.AssetIn(key=asset_key(study, ADJUSTED_PRICES))},
    )
    def next_round(
        context: dg.AssetExecutionContext, config: GridConfig, bars: pd.DataFrame
    ) -> Proposal:
        with tables.running(context):
            searched = study.with_space(config.space, "space.")
            refuse_too_few(searched, len(bars))
            return propose(searched.search, searched.space, tables.history())

    return next_round


FACTORY = Factory(hyperparameter_grid, CellTables)
