"""What the assets of a study have in common: names and tags, and what their pages show."""

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
from lstm_assets.graph.runs.failed_steps import settle_on_failure
from lstm_assets.graph.tags import STAGE
from lstm_assets.store.declared import declared_columns
from lstm_assets.study import Study
from lstm_assets.tracking.listener import Listener


@dataclass(frozen=True, slots=True)
class Parts:
    """What one asset of a study is made from."""

    study: Study
    tables: Any  # its IO manager; the asset's file says which class
    listeners: Sequence[Listener] = ()  # who follows its training; none: the run's log alone


@dataclass(frozen=True, slots=True)
class Factory:
    """How an asset is made. Each file of an asset has one, named FACTORY."""

    define: Callable[[Parts], dg.AssetsDefinition]
    tables: type[StudyTables]


def definitions_of_asset(
    study: Study, asset: StudyAsset, listeners: Sequence[Listener]
) -> dg.Definitions:
    """Return a study's asset, and the IO manager that stores it.

    Args:
        study: the study that the asset belongs to.
        asset: its line in the registry.
        listeners: they follow its training.

    Raises:
        TypeError: FACTORY in the asset's file is not a Factory.
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
    """Return `dg.asset` with the arguments that all assets of a study have in common.

    Args:
        study: the study that the asset belongs to.
        name: the asset's name.
        own: the arguments of `dg.asset` that only this asset has.
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
        hooks={settle_on_failure(study), alert_on_failure(study)},
        **own,
    )
    return decorate


def column_schema(table: str) -> dg.TableSchema:
    """Return a table's columns in the form in which Dagster shows them."""
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
    """Return metadata saying that each column comes from the parent's column of that name."""
    own = {column.name for column in declared_columns(asset_named(name).table)}
    theirs = {column.name for column in declared_columns(asset_named(parent).table)}
    key = asset_key(study, parent)
    deps = {
        column: [dg.TableColumnDep(asset_key=key, column_name=column)]
        for column in sorted((own & theirs) - {"DATE_UPDATE"})
    }
    return {"dagster/column_lineage": dg.TableColumnLineage(deps)}
