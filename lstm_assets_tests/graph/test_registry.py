"""What the registry says of a study's assets, and that the definitions follow it."""

from collections import Counter
from importlib import import_module
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Engine

from lstm_assets.cells.codes import INDEX_BEFORE_CELLS, Stage
from lstm_assets.components.tuning_study import definitions_of
from lstm_assets.graph import assets, registry
from lstm_assets.graph.assets.study_asset import Factory, definitions_of_asset
from lstm_assets.graph.jobs import BUILD_GRID, INGEST, REFRESH, SELECT, TUNE
from lstm_assets.graph.registry import ASSETS, StudyAsset, asset_named, assets_by_job, jobs_of
from lstm_assets.graph.tags import STAGE
from lstm_assets.store.declared import declared_columns
from lstm_assets.store.engine import connect
from lstm_assets.store.hyperparameters import register_cells
from lstm_assets.store.status import read_statuses
from lstm_assets_tests.records.by_hand import study
from lstm_assets_tests.store.proposals import proposal

NAMES = [each.name for each in ASSETS]
STAGES = [each.stage for each in ASSETS if each.stage]
every_asset = pytest.mark.parametrize("asset", ASSETS, ids=NAMES)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database: what is asked of the store here, its own tests ask of both."""
    return sqlite_url


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return definitions_of(study())


def ops(definitions: dg.Definitions) -> dict[str, dict[str, str]]:
    """The tags of each asset's op, by the asset's name."""
    return {each.key.path[-1]: dict(each.op.tags) for each in definitions.assets or []}


def test_each_name_table_and_stage_is_of_one_asset() -> None:
    for values in (
        NAMES,
        [a.table for a in ASSETS],
        [s.name for s in STAGES],
        [s.index for s in STAGES],
    ):
        assert set(Counter(values).values()) == {1}


def test_the_stages_of_the_reference_system_are_1_to_4() -> None:
    found = {stage.name: stage.index for stage in STAGES}

    assert {name: found[name] for name in ("RAW", "ADJ", "GRID", "BEST")} == {
        "RAW": 1, "ADJ": 2, "GRID": 3, "BEST": 4,
    }  # fmt: skip


def test_other_stages_come_before_them() -> None:
    others = [stage.index for stage in STAGES if stage.name not in ("RAW", "ADJ", "GRID", "BEST")]

    assert all(index < 1 for index in others)


def test_the_cells_follow_the_last_stage_whatever_the_registry_holds(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = [StudyAsset(f"more_{n}", f"TB_{n}", [], Stage("ABCDEFG"[: n + 1], -n)) for n in range(7)]
    monkeypatch.setattr(registry, "ASSETS", (*ASSETS, *more))

    register_cells(engine, "T", "TEST", proposal({"epoch": 1}, {"epoch": 2}))

    with connect(engine) as conn:
        found = {row.code_task: row.idx_task for row in read_statuses(conn, "T")}
    assert found == {"T-0001": 5, "T-0002": 6}
    assert max(stage.index for stage in STAGES) == INDEX_BEFORE_CELLS


@every_asset
def test_each_asset_has_a_file_of_its_name_with_a_factory(asset: StudyAsset) -> None:
    module = import_module(f"{assets.__name__}.{asset.name}")

    assert isinstance(module.FACTORY, Factory)


def test_no_file_makes_an_asset_that_the_registry_does_not_know() -> None:
    files = Path(assets.__file__).parent.glob("*.py")

    with_factory = {path.stem for path in files if "\nFACTORY = " in path.read_text("utf-8")}

    assert with_factory == set(NAMES)


@every_asset
def test_each_asset_has_a_table_that_sql_declares(asset: StudyAsset) -> None:
    assert declared_columns(asset.table)


def test_a_file_without_a_factory_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from lstm_assets.graph.assets import best_model

    monkeypatch.setattr(best_model, "FACTORY", best_model.best_model)

    with pytest.raises(
        TypeError, match=r"graph/assets/best_model\.py: FACTORY is .* not a Factory"
    ):
        definitions_of_asset(study(), asset_named("best_model"), [])


def test_jobs_materialize_what_they_say_in_the_order_of_the_graph() -> None:
    assert assets_by_job() == {
        INGEST: ["raw_prices", "adjusted_prices"],
        REFRESH: ["raw_prices", "adjusted_prices", "hyperparameter_grid"],
        BUILD_GRID: ["hyperparameter_grid"],
        TUNE: ["model_results"],
        SELECT: ["best_model"],
    }


def test_an_asset_is_found_by_its_name() -> None:
    assert [asset_named(each) for each in NAMES] == list(ASSETS)
    with pytest.raises(KeyError):
        asset_named("no_asset")


def test_every_job_of_a_study_selects_the_assets_of_the_registry(
    definitions: dg.Definitions,
) -> None:
    graph = definitions.resolve_asset_graph()

    selected = {
        kind: {key.path[-1] for key in job.selection.resolve(graph)}
        for kind, job in jobs_of(study()).items()
    }

    assert selected == {kind: set(names) for kind, names in assets_by_job().items()}
    assert {job.name for job in jobs_of(study()).values()} == {
        f"t__{kind.name}" for kind in assets_by_job()
    }


def test_the_assets_of_a_study_are_those_of_the_registry(definitions: dg.Definitions) -> None:
    specs = list(definitions.resolve_all_asset_specs())

    tables = {spec.key.path[-1]: spec.metadata["dagster/table_name"] for spec in specs}
    assert tables == {each.name: each.table for each in ASSETS}
    assert {spec.key.path[0] for spec in specs} == {"t"}


def test_each_asset_s_op_and_io_manager_know_its_stage(definitions: dg.Definitions) -> None:
    tags = {name: each.get(STAGE) for name, each in ops(definitions).items()}
    managers = {
        name.removeprefix("t__").removesuffix("__tables"): each.stage
        for name, each in (definitions.resources or {}).items()
    }

    stages = {each.name: each.stage for each in ASSETS}
    assert managers == stages
    assert tags == {
        name: f"{stage.name} {stage.index}" if stage else None for name, stage in stages.items()
    }
