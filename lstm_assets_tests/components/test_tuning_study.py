"""Studies as Dagster components."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import dagster as dg
import pytest

from lstm_assets.definitions import build_definitions
from lstm_assets.errors import StudyError
from lstm_assets.settings import shipped_studies
from lstm_assets_tests.site import Site
from lstm_assets_tests.studies import write_study

CHAIN = ["raw_prices", "adjusted_prices", "hyperparameter_grid", "model_results", "best_model"]


def parents(definitions: dg.Definitions) -> dict[str, set[str]]:
    """Each asset of the graph, and those it is made from."""
    graph = definitions.resolve_asset_graph()
    return {
        key.to_user_string(): {parent.to_user_string() for parent in graph.get(key).parent_keys}
        for key in graph.get_all_asset_keys()
    }


@pytest.fixture(scope="module")
def shipped() -> dg.Definitions:
    return build_definitions(shipped_studies())


def test_the_study_that_ships_is_a_graph_of_five_assets_in_its_own_group(
    shipped: dg.Definitions,
) -> None:
    graph = shipped.resolve_asset_graph()

    found = parents(shipped)

    assert sorted(found) == sorted(f"usd_krw/{asset}" for asset in CHAIN)
    assert {graph.get(key).group_name for key in graph.get_all_asset_keys()} == {"usd_krw"}


def test_each_asset_is_made_from_the_one_before(shipped: dg.Definitions) -> None:
    found = parents(shipped)

    assert found["usd_krw/raw_prices"] == set()
    for parent, asset in pairwise(CHAIN):
        assert f"usd_krw/{parent}" in found[f"usd_krw/{asset}"]


def test_only_model_results_is_partitioned_and_many_code_tasks_fit_one_run(
    shipped: dg.Definitions,
) -> None:
    graph = shipped.resolve_asset_graph()

    partitioned = [key for key in graph.get_all_asset_keys() if graph.get(key).partitions_def]

    assert partitioned == [dg.AssetKey(["usd_krw", "model_results"])]
    node = graph.get(partitioned[0])
    assert node.partitions_def == dg.DynamicPartitionsDefinition(name="CODE_TASK_USDKRW")
    assert node.backfill_policy.max_partitions_per_run > 64


def test_a_second_study_is_a_second_folder(tmp_path: Path) -> None:
    write_study(tmp_path / "studies", name="first")
    write_study(tmp_path / "studies", name="second", ticker="OTHER")

    found = parents(build_definitions(tmp_path / "studies"))

    assert sorted(found) == sorted(f"{name}/{a}" for name in ("first", "second") for a in CHAIN)
    assert all(
        parent.split("/")[0] == asset.split("/")[0] for asset in found for parent in found[asset]
    )


def test_a_wrong_study_is_refused_by_file_and_key(tmp_path: Path) -> None:
    write_study(tmp_path / "studies", name="first")
    file = write_study(tmp_path / "studies", name="second", evaluation_share=2)

    with pytest.raises(StudyError) as refusal:
        build_definitions(tmp_path / "studies")

    assert str(refusal.value).startswith(f"{file}: evaluation_share is 2, expected ")


def test_the_component_reads_a_study_as_the_command_does(tmp_path: Path) -> None:
    file = write_study(tmp_path / "studies", name="first")
    text = file.read_text().replace("ticker: TEST", "ticker: 000660\n  max_gap_days: 1e1")
    file.write_text(text.replace("code: FIRST", "code: 0123"))

    graph = build_definitions(tmp_path / "studies").resolve_asset_graph()

    raw = graph.get(dg.AssetKey(["first", "raw_prices"]))
    assert (raw.description or "").startswith("Bars of 000660 as traded")
    assert raw.tags["study"] == "0123"


def test_a_template_is_filled_in_by_dagster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_study(tmp_path / "studies", name="first", ticker="{{ env.PAIR }}")
    monkeypatch.setenv("PAIR", "USD/KRW")

    graph = build_definitions(file.parent.parent).resolve_asset_graph()

    raw = graph.get(dg.AssetKey(["first", "raw_prices"]))
    assert (raw.description or "").startswith("Bars of USD/KRW as traded")


LOAD = """
import socket, sys, warnings
import dagster

def refuse(*address):
    raise AssertionError(f"asked the network: {address}")

socket.socket.connect = refuse
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from lstm_assets.definitions import defs
    definitions = defs()
    definitions.resolve_asset_graph()
    dagster.Definitions.validate_loadable(definitions)
ours = [w for w in caught if "lstm_assets" in w.filename or "dagster" in str(w.category)]
print([str(w.message) for w in ours], "torch" in sys.modules)
"""


def test_loading_asks_nobody_warns_of_nothing_and_imports_no_torch(tmp_path: Path) -> None:
    away = Site(tmp_path, "mysql+mysqlconnector://me:secret@127.0.0.1:1/db")
    environment = away.environment
    del environment["LSTM_ASSETS_STUDIES"]

    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout == "[] False\n"
    assert os.listdir(tmp_path) == []
