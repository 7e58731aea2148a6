"""best_model: the winner, and what the bars say that no search saw."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import dagster as dg
from pydantic import Field

from lstm_assets.cells.result import Best
from lstm_assets.common.fields import DeviceChoice
from lstm_assets.graph.assets.checks import best_check_specs, best_checks
from lstm_assets.graph.assets.study_asset import Factory, Parts, same_columns, study_asset
from lstm_assets.graph.io_managers.best import BestModelTables
from lstm_assets.graph.io_managers.results import ResultTables
from lstm_assets.graph.keys import BEST_MODEL, MODEL_RESULTS, asset_key
from lstm_assets.graph.runs.finalists import Seeds
from lstm_assets.graph.runs.training_run import log_line
from lstm_assets.records.baselines import Baselines, judge_baselines
from lstm_assets.records.leaderboard import Row, rows_of, varying
from lstm_assets.records.scored import ScoredCells
from lstm_assets.records.verdict import judged
from lstm_assets.records.winner import Bars, Choice, choose
from lstm_assets.report.search_plots import forecast_plot, plain, search_plots
from lstm_assets.report.verdict_plots import verdict_plots
from lstm_assets.settings import settings
from lstm_assets.tracking.listener import Listeners
from lstm_assets.tracking.progress import LogProgress
from lstm_assets.training.executors import default_workers, executor_for
from lstm_assets.training.options import Options

ROWS_SHOWN = 20
_BESIDE = (
    "tries",
    "holdout_begin",
    "holdout_end",
    "holdout_bars",
    "holdout_opened",
    "mse_holdout",
    "mse_naive_holdout",
    "mse_drift_holdout",
    "mse_close_holdout",
    "gain",
    "p_value",
    "p_dm",
    "p_search",
    "mcs_size",
    "p_accuracy",
    "gain_best_bars",
    "seeds",
    "seed_sd",
    "baseline",
    "baseline_verdict",
    "mse_baseline",
    "mse_baseline_holdout",
    "p_baseline",
)


class BestModelConfig(dg.Config):
    """Run config of best_model."""

    space: dict[str, Any] = Field(
        default={},
        description="Parts of the search space that a command has replaced, such as {epoch: [1]}: "
        "cells of that space may win, too.",
    )
    workers: int | None = Field(
        default=None,
        ge=0,
        description="Number of processes that train finalists with other seeds, if the study says "
        "so. Default: one per CPU; 0: the run's own process.",
    )
    device: DeviceChoice | None = Field(
        default=None,
        description="What trains them: cpu, cuda or auto. Default: LSTM_ASSETS_DEVICE, or cpu.",
    )


def best_model(parts: Parts) -> dg.AssetsDefinition:
    """Return the asset that names the study's winner.

    If the study is retuned, the winner so far is the champion: it stays unless the bars since it
    was named show that a result is better.
    Otherwise the best result wins.
    """
    study, tables = parts.study, parts.tables

    @study_asset(
        study,
        BEST_MODEL,
        description="The cell with the smallest MSE over the evaluation bars, and whether bars "
        "that no search saw show that it beats the naive forecast.",
        kinds={"mysql"},
        ins={"scored": dg.AssetIn(key=asset_key(study, MODEL_RESULTS))},
        check_specs=best_check_specs(study),
    )
    def select(
        context: dg.AssetExecutionContext, config: BestModelConfig, scored: ScoredCells
    ) -> Iterator[dg.Output[Best] | dg.AssetCheckResult]:
        with tables.running(context):
            scored = replace(scored, searched=study.with_space(config.space, "space.").space)
            scored = _seeds(context, parts, config).trained(scored)
            champion = tables.champion() if study.retune.enabled else None
            held = tables.held_out()
            bars = None
            if champion is not None:
                bars = Bars(held.prices, held.bars["date"].to_list(), champion.named_on)
            choice = choose(scored, champion.result if champion else None, bars)
            code = choice.winner.code_task
            baselines = judge_baselines(scored, code, held.prices, held.start)
            tables.write_baselines(baselines.scores)
            before = tables.forecasts_tested(held)
            found = judged(choice.best, choice.winner, scored, held, before, baselines)
            _log(context, baselines, found.best)
            choice = replace(choice, best=found.best)
            metadata = _metadata(scored, choice, baselines)
            plots = asdict(verdict_plots(found, scored, held))
            metadata |= {name: dg.MetadataValue.md(text) for name, text in plots.items()}
        yield dg.Output(choice.best, metadata=metadata)
        yield from best_checks(choice.best)

    return select


def _seeds(context: dg.AssetExecutionContext, parts: Parts, config: BestModelConfig) -> Seeds:
    workers = default_workers() if config.workers is None else config.workers
    options = Options(
        checkpoints=settings().checkpoints / parts.study.code,
        device=config.device or settings().device,
    )
    listener = Listeners(parts.listeners or [LogProgress(partial(log_line, context))])
    return Seeds(context, ResultTables(parts.study), executor_for(workers), options, listener)


def _log(context: dg.AssetExecutionContext, baselines: Baselines, best: Best) -> None:
    """Tell people which simple forecasts are left out, and that the holdout was opened."""
    for name, why in baselines.not_fitted.items():
        context.log.info(f"{name} is left out of the simple forecasts: {why}")
    if best.holdout_opened is not None:
        context.log.info(
            f"opened the holdout, {best.holdout_bars} bars from {best.holdout_begin} to "
            f"{best.holdout_end}, for forecast {best.tested}, of {best.holdout_opened} so far: "
            f"{best.verdict}"
        )


def _metadata(scored: ScoredCells, choice: Choice, baselines: Baselines) -> dict[str, Any]:
    best, ranked = choice.best, choice.selection.ranked
    plots = search_plots(scored, ranked, best)
    return {
        "dagster/row_count": 1,
        **same_columns(scored.study, BEST_MODEL, MODEL_RESULTS),
        "code_task": best.code_task,
        "version_model": best.version_model,
        "mse": best.mse,
        "mse_naive": best.mse_naive,
        "verdict": best.verdict,
        "note": best.note,
        **{
            name: value
            for name, value in asdict(best).items()
            if name in _BESIDE and value is not None
        },
        "results": len(ranked),
        "stale_results": len(choice.selection.stale),
        "leaderboard": _leaderboard(
            rows_of(ranked[:ROWS_SHOWN], scored.cells, scored, scored.outside, baselines.scores)
        ),
        "forecasts": dg.MetadataValue.md(forecast_plot(best, choice.forecasts)),
        **{name: dg.MetadataValue.md(text) for name, text in asdict(plots).items()},
    }


def _leaderboard(rows: Sequence[Row]) -> dg.TableMetadataValue:
    """Return the best results as a table, with the hyperparameters in which they differ."""
    names = varying([row.values for row in rows])
    records = [
        {
            "rank": row.rank,
            "CODE_TASK": row.result.code_task,
            "VERSION_MODEL": row.result.version_model,
            "MSE": row.result.mse,
            "LOSS": row.result.loss,
            "ACCURACY": row.result.accuracy,
            "in space": not row.is_outside,
            **{name: plain(row.values.get(name)) for name in names},
        }
        for row in rows
    ]
    columns = ["rank", "CODE_TASK", "VERSION_MODEL", "MSE", "LOSS", "ACCURACY", "in space", *names]
    return dg.TableMetadataValue(
        records=[dg.TableRecord(record) for record in records],
        schema=dg.TableSchema([dg.TableColumn(name) for name in columns]),
    )


FACTORY = Factory(best_model, BestModelTables)
