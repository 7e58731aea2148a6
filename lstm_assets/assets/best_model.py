"""best_model: the winner beside the naive forecast."""

import dagster as dg

from lstm_assets.assets.keys import (
    BEST_MODEL,
    MODEL_RESULTS,
    asset_key,
    tables_key,
)
from lstm_assets.errors import StoreError
from lstm_assets.evaluation.selection import Selection, verdict
from lstm_assets.grid import Grid, ScoredGrid
from lstm_assets.io_managers.best import BestModelTables
from lstm_assets.store.results import Best, Result
from lstm_assets.study import Study


def best_model(study: Study, tables: BestModelTables) -> dg.AssetsDefinition:
    """Make the asset that names the study's winner."""

    @dg.asset(
        name=BEST_MODEL,
        key_prefix=study.name,
        group_name=study.name,
        description="The cell with the smallest MSE over the evaluation bars, beside naive.",
        kinds={"mysql"},
        ins={
            "scored": dg.AssetIn(key=asset_key(study, MODEL_RESULTS)),
        },
        io_manager_key=tables_key(study, BEST_MODEL),
    )
    def choose(scored: ScoredGrid) -> dg.Output[Best]:
        with tables.running():
            selection = _select(study, scored)
            best = _best(study, scored.grid, selection.winner)
        return dg.Output(
            best,
            metadata={
                "code_task": best.code_task,
                "mse": best.mse,
                "mse_naive": best.mse_naive,
                "verdict": best.note,
                "results": len(selection.ranked),
                "stale_results": len(selection.stale),
            },
        )

    return choose


def _select(study: Study, scored: ScoredGrid) -> Selection:
    selection = scored.ranking(study)
    if not selection.ranked:
        raise StoreError(
            f"TB_MODELRESULT holds no result of study {study.code} on its current prices "
            f"({len(selection.stale)} on older ones). Materialize model_results first."
        )
    return selection


def _best(study: Study, grid: Grid, winner: Result) -> Best:
    naive = grid.naive_mse(winner.code_task)
    mse = float(winner.mse or 0.0)
    return Best(
        code_study=study.code,
        ticker=study.ticker,
        code_task=winner.code_task,
        version_model=winner.version_model,
        mse=mse,
        mse_naive=naive,
        path_model=winner.path_model,
        note=verdict(mse, naive),
    )
