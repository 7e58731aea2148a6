"""What the assets of a study have in common: where they lie, and what their pages show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dagster as dg

from lstm_assets.graph.keys import (
    ADJUSTED_PRICES,
    BEST_MODEL,
    HYPERPARAMETER_GRID,
    MODEL_RESULTS,
    RAW_PRICES,
    asset_key,
    tables_key,
)
from lstm_assets.graph.runs.alerting import alert_on_failure
from lstm_assets.store.declared import declared_columns
from lstm_assets.study import Study

TABLES = {
    RAW_PRICES: "TB_ASSETVALUE_RAW",
    ADJUSTED_PRICES: "TB_ASSETVALUE_ADJ",
    HYPERPARAMETER_GRID: "TB_HYPERPARAMETER",
    MODEL_RESULTS: "TB_MODELRESULT",
    BEST_MODEL: "TB_BESTMODEL",
}


def study_asset(
    study: Study, asset: str, **own: Any
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Return `dg.asset` with all that the assets of a study have in common.

    Args:
        study: whose asset.
        asset: its name.
        own: other arguments of `dg.asset`, as this asset alone has them.
    """
    decorate: Callable[[Callable[..., Any]], dg.AssetsDefinition] = dg.asset(
        name=asset,
        key_prefix=study.name,
        group_name=study.name,
        owners=study.owners,
        tags={"study": study.code, "source": study.source.kind, "model": study.model},
        metadata={
            "dagster/table_name": TABLES[asset],
            "dagster/column_schema": column_schema(TABLES[asset]),
        },
        io_manager_key=tables_key(study, asset),
        hooks={alert_on_failure(study)},
        **own,
    )
    return decorate


def column_schema(table: str) -> dg.TableSchema:
    """Return a table's columns as Dagster shows them."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                column.name,
                column.type,
                constraints=dg.TableColumnConstraints(
                    nullable=column.nullable,
                    other=["primary key"] if column.primary_key else None,
                ),
            )
            for column in declared_columns(table)
        ]
    )


def same_columns(study: Study, asset: str, parent: str) -> dict[str, Any]:
    """Return metadata: each column of an asset comes from its parent's column of that name."""
    own = {column.name for column in declared_columns(TABLES[asset])}
    theirs = {column.name for column in declared_columns(TABLES[parent])}
    key = asset_key(study, parent)
    deps = {
        name: [dg.TableColumnDep(asset_key=key, column_name=name)]
        for name in sorted((own & theirs) - {"DATE_UPDATE"})
    }
    return {"dagster/column_lineage": dg.TableColumnLineage(deps)}
