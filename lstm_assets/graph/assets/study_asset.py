"""What the assets of a study have in common: where they lie, and what their pages show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import dagster as dg

from lstm_assets.graph.io_managers.tables import StudyTables
from lstm_assets.graph.keys import asset_key, tables_key
from lstm_assets.graph.registry import StudyAsset, asset_named
from lstm_assets.graph.runs.alerting import alert_on_failure
from lstm_assets.graph.tags import STAGE
from lstm_assets.store.declared import declared_columns
from lstm_assets.study import Study
from lstm_assets.tracking.listener import Listener


@dataclass(frozen=True, slots=True)
class Parts:
    """What one study's asset is made of."""

    study: Study
    tables: Any  # its IO manager, of the class that its file names
    listeners: Sequence[Listener] = ()  # who follows its training; none: the run's log alone


@dataclass(frozen=True, slots=True)
class Factory:
    """How an asset is made: what its file holds as FACTORY."""

    define: Callable[[Parts], dg.AssetsDefinition]
    tables: type[StudyTables]


def definitions_of_asset(
    study: Study, asset: StudyAsset, listeners: Sequence[Listener]
) -> dg.Definitions:
    """Make a study's asset, and the IO manager that persists it.

    Args:
        study: whose asset.
        asset: of the registry.
        listeners: who follows its training.

    Raises:
        TypeError: the asset's file holds no Factory.
    """
    factory = import_module(f"lstm_assets.graph.assets.{asset.name}").FACTORY
    if not isinstance(factory, Factory):
        raise TypeError(f"graph/assets/{asset.name}.py: FACTORY is {factory!r}, not a Factory")
    tables = factory.tables(study, asset.stage)
    return dg.Definitions(
        assets=[factory.define(Parts(study, tables, listeners))],
        resources={tables_key(study, asset.name): tables},
    )


def study_asset(
    study: Study, name: str, **own: Any
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Return `dg.asset` with all that the assets of a study have in common.

    Args:
        study: whose asset.
        name: of the asset.
        own: other arguments of `dg.asset`, as this asset alone has them.
    """
    asset = asset_named(name)
    stage = asset.stage
    decorate: Callable[[Callable[..., Any]], dg.AssetsDefinition] = dg.asset(
        name=name,
        key_prefix=study.name,
        group_name=study.name,
        owners=study.owners,
        tags={"study": study.code, "source": study.source.kind, "model": study.model},
        op_tags={STAGE: f"{stage.name} {stage.index}"} if stage else None,
        metadata={
            "dagster/table_name": asset.table,
            "dagster/column_schema": column_schema(asset.table),
        },
        io_manager_key=tables_key(study, name),
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


def same_columns(study: Study, name: str, parent: str) -> dict[str, Any]:
    """Return metadata: each column of an asset comes from its parent's column of that name."""
    own = {column.name for column in declared_columns(asset_named(name).table)}
    theirs = {column.name for column in declared_columns(asset_named(parent).table)}
    key = asset_key(study, parent)
    deps = {
        column: [dg.TableColumnDep(asset_key=key, column_name=column)]
        for column in sorted((own & theirs) - {"DATE_UPDATE"})
    }
    return {"dagster/column_lineage": dg.TableColumnLineage(deps)}
