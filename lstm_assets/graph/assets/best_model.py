"""best_model: the winner beside the naive forecast."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import dagster as dg

from lstm_assets.cells.result import Best
from lstm_assets.graph.assets.checks import best_check_specs, best_checks
from lstm_assets.graph.assets.study_asset import same_columns, study_asset
from lstm_assets.graph.io_managers.best import BestModelTables
from lstm_assets.graph.keys import BEST_MODEL, MODEL_RESULTS, asset_key
from lstm_assets.plots.forecasts import forecasts
from lstm_assets.records.scored import ScoredGrid
from lstm_assets.records.winner import Choice, choose
from lstm_assets.report.search_plots import plain, search_plots, varying
from lstm_assets.study import Study

ROWS_SHOWN = 20


def best_model(study: Study, tables: BestModelTables) -> dg.AssetsDefinition:
    """Make the asset that names the study's winner.

    Where the study is retuned, the winner so far defends its place; else the best result wins.
    """

    @study_asset(
        study,
        BEST_MODEL,
        description="The cell with the smallest MSE over the evaluation bars, beside naive.",
        kinds={"mysql"},
        ins={
            "scored": dg.AssetIn(key=asset_key(study, MODEL_RESULTS)),
        },
        check_specs=best_check_specs(study),
    )
    def select(
        context: dg.AssetExecutionContext, scored: ScoredGrid
    ) -> Iterator[dg.Output[Best] | dg.AssetCheckResult]:
        with tables.running(context):
            champion = tables.champion() if study.retune.enabled else None
            choice = choose(study, scored, champion)
        yield dg.Output(choice.best, metadata=_metadata(study, scored, choice))
        yield from best_checks(choice.best)

    return select


def _metadata(study: Study, scored: ScoredGrid, choice: Choice) -> dict[str, Any]:
    best = choice.best
    found = search_plots(study, scored, choice.selection.ranked, best)
    return {
        "dagster/row_count": 1,
        **same_columns(study, BEST_MODEL, MODEL_RESULTS),
        "code_task": best.code_task,
        "version_model": best.version_model,
        "mse": best.mse,
        "mse_naive": best.mse_naive,
        "verdict": best.note,
        "results": len(choice.selection.ranked),
        "stale_results": len(choice.selection.stale),
        "leaderboard": _leaderboard(scored, choice),
        "forecasts": dg.MetadataValue.md(_forecasts(choice)),
        **{name: dg.MetadataValue.md(text) for name, text in asdict(found).items()},
    }


def _leaderboard(scored: ScoredGrid, choice: Choice) -> dg.TableMetadataValue:
    """Return the best results as a table, with the hyperparameters that differ among them."""
    ranked = choice.selection.ranked[:ROWS_SHOWN]
    cells = [scored.grid.cells[each.code_task] for each in ranked]
    varied = varying(cells)
    rows = [
        {
            "rank": rank,
            "CODE_TASK": result.code_task,
            "VERSION_MODEL": result.version_model,
            "MSE": result.mse,
            "LOSS": result.loss,
            "ACCURACY": result.accuracy,
            **{name: plain(cell.hyperparameters.get(name)) for name in varied},
        }
        for rank, (result, cell) in enumerate(zip(ranked, cells, strict=True), start=1)
    ]
    names = ["rank", "CODE_TASK", "VERSION_MODEL", "MSE", "LOSS", "ACCURACY", *varied]
    return dg.TableMetadataValue(
        records=[dg.TableRecord(row) for row in rows],
        schema=dg.TableSchema([dg.TableColumn(name) for name in names]),
    )


def _forecasts(choice: Choice) -> str:
    shown = choice.forecasts
    if shown is None:
        return "The winner's model file is missing, so its forecasts cannot be drawn."
    name = f"{choice.best.code_task} version {choice.best.version_model}"
    return forecasts(name, shown.dates, shown.actual, shown.predicted, shown.naive)
