"""The first tune of a study: everything is where it belongs."""

from pathlib import Path

import dagster as dg
import pytest

from lstm_assets_tests.site import Done, Site

CELLS = ["TINY-0001", "TINY-0002", "TINY-0003", "TINY-0004"]
STAGES = ["TINY-RAW", "TINY-ADJ", "TINY-GRID", "TINY-BEST"]


def test_it_succeeds_and_names_the_winner_beside_the_naive_forecast(
    tuned: Site, said: Done
) -> None:
    [best] = tuned.rows("TB_BESTMODEL")

    assert said.status == 0
    assert f"Winner: {best['CODE_TASK']} (version 1), MSE {best['MSE']:.6g}" in said.stdout
    assert f"naive forecast: MSE {best['MSE_NAIVE']:.6g}" in said.stdout
    assert "4 of 4 cells" in said.stderr
    assert "Traceback" not in said.stderr
    assert "Warning" not in said.stderr


def test_every_cell_has_a_result_a_version_and_a_model_file(tuned: Site) -> None:
    results = tuned.rows("TB_MODELRESULT")

    assert [row["CODE_TASK"] for row in results] == CELLS
    assert {row["TICKER"] for row in results} == {"TEST"}
    assert tuned.versions() == [(code, 1) for code in CELLS]
    for row in tuned.rows("TB_MODELHISTORY"):
        name = f"{row['CODE_TASK']}-v1-{row['DATA_VERSION'][:12]}.pt"
        assert row["PATH_MODEL"] == str(tuned.home / "models" / "TINY" / name)
        assert Path(row["PATH_MODEL"]).is_file()
        assert len(row["DATA_VERSION"]) == 64


def test_the_dates_of_a_result_are_those_of_its_split(tuned: Site) -> None:
    # 200 bars from 2020-01-01, cut at bar 160, which is that of 2020-06-09.
    dates = ("DATE_B_TRAIN", "DATE_E_TRAIN", "DATE_B_TEST", "DATE_E_TEST")

    for row in tuned.rows("TB_MODELRESULT"):
        assert [row[name] for name in dates] == ["20200101", "20200608", "20200609", "20200718"]


def test_the_winner_is_the_cell_with_the_smallest_mse(tuned: Site) -> None:
    results = tuned.rows("TB_MODELRESULT")
    [best] = tuned.rows("TB_BESTMODEL")

    smallest = min(results, key=lambda row: row["MSE"])

    assert best["CODE_STUDY"] == "TINY"
    assert best["CODE_TASK"] == smallest["CODE_TASK"]
    assert best["MSE"] == smallest["MSE"]
    assert best["PATH_MODEL"].startswith(
        str(tuned.home / "models" / "TINY" / f"{smallest['CODE_TASK']}-v1-")
    )
    assert best["NOTE"].endswith(" naive, chosen on these bars")


def test_stages_come_first_then_cells_all_completed(tuned: Site) -> None:
    rows = sorted(tuned.rows("TB_TASKSTATUS"), key=lambda row: row["IDX_TASK"])

    assert [row["CODE_TASK"] for row in rows] == ["SETTING_DBTABLE", *STAGES, *CELLS]
    assert [row["IDX_TASK"] for row in rows] == list(range(9))
    assert {row["STATUS"] for row in rows} == {"Completed"}
    assert {row["NOTE"] for row in rows} == {""}
    assert {row["TICKER"] for row in rows[1:]} == {"TEST"}


def test_the_runs_are_in_the_instance(tuned: Site) -> None:
    with tuned.instance() as instance:
        runs = instance.get_runs()

    assets = [sorted(key.path[-1] for key in run.asset_selection) for run in reversed(runs)]
    assert assets == [
        ["adjusted_prices", "hyperparameter_grid", "raw_prices"],
        ["model_results"],
        ["best_model"],
    ]
    assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}


def test_each_cell_was_materialized_once_with_its_scores_and_its_data_version(tuned: Site) -> None:
    stored = {row["CODE_TASK"]: row for row in tuned.rows("TB_MODELHISTORY")}
    key = dg.AssetKey(["tiny", "model_results"])

    with tuned.instance() as instance:
        partitions = instance.get_dynamic_partitions("CODE_TASK_TINY")
        records = instance.fetch_materializations(key, limit=100).records

    assert partitions == CELLS
    assert sorted(record.partition_key for record in records) == CELLS
    for record in records:
        event, row = record.asset_materialization, stored[record.partition_key]
        metadata = {name: value.value for name, value in event.metadata.items()}
        assert metadata.pop("loss_curve").startswith("Training loss")
        assert metadata == {
            "mse": pytest.approx(row["MSE"], rel=1e-12),
            "loss": pytest.approx(row["LOSS"], rel=1e-12),
            "accuracy": pytest.approx(row["ACCURACY"], rel=1e-12),
            "seconds": pytest.approx(row["SECONDS_TRAIN"], rel=1e-12),
            "version_model": 1,
            "reused": False,
        }
        assert event.tags["dagster/data_version"] == row["DATA_VERSION"]
        assert event.tags["dagster/code_version"] == "training-1+lstm-1"


def test_each_cell_is_in_sync_with_the_grid_it_was_trained_from(tuned: Site) -> None:
    with tuned.instance() as instance:
        (grid,) = instance.fetch_materializations(
            dg.AssetKey(["tiny", "hyperparameter_grid"]), limit=10
        ).records
        cells = instance.fetch_materializations(
            dg.AssetKey(["tiny", "model_results"]), limit=100
        ).records

    upstream = "tiny/hyperparameter_grid"
    version = grid.asset_materialization.tags["dagster/data_version"]
    assert version
    for cell in cells:
        tags = cell.asset_materialization.tags
        assert tags[f"dagster/input_data_version/{upstream}"] == version
        assert tags[f"dagster/input_event_pointer/{upstream}"] == str(grid.storage_id)
