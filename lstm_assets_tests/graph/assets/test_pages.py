"""What the pages of the assets show: metadata, plots, tables, columns."""

import dagster as dg

from lstm_assets_tests.graph.assets.graph import GRID, Graph, metadata
from lstm_assets_tests.studies import write_study


def is_plot(text: object) -> bool:
    return isinstance(text, str) and "](data:image/svg+xml" in text


def test_each_asset_names_its_table_and_the_table_s_columns(graph: Graph) -> None:
    graph.run(GRID)
    definitions = graph.definitions
    specs = {spec.key.path[-1]: spec for spec in definitions.resolve_all_asset_specs()}

    tables = {name: spec.metadata["dagster/table_name"] for name, spec in specs.items()}
    assert tables == {
        "raw_prices": "TB_ASSETVALUE_RAW",
        "adjusted_prices": "TB_ASSETVALUE_ADJ",
        "hyperparameter_grid": "TB_HYPERPARAMETER",
        "model_results": "TB_MODELRESULT",
        "best_model": "TB_BESTMODEL",
    }
    columns = specs["best_model"].metadata["dagster/column_schema"].columns
    assert [column.name for column in columns] == [
        "CODE_STUDY", "TICKER", "CODE_TASK", "VERSION_MODEL", "MSE", "MSE_NAIVE", "PATH_MODEL",
        "NOTE", "DATE_UPDATE", "HOLDOUT_BEGIN", "HOLDOUT_END", "HOLDOUT_BARS", "HOLDOUT_OPENED",
        "TRIES", "MSE_HOLDOUT", "MSE_NAIVE_HOLDOUT", "MSE_DRIFT_HOLDOUT", "MSE_CLOSE_HOLDOUT",
        "GAIN", "P_VALUE", "VERDICT", "TESTED", "SEEDS", "SEED_SD", "P_DM", "P_SEARCH", "MCS_SIZE",
        "P_ACCURACY", "GAIN_BEST_BARS", "BASELINE", "MSE_BASELINE", "MSE_BASELINE_HOLDOUT",
        "P_BASELINE", "BASELINE_VERDICT",
    ]  # fmt: skip
    assert columns[0].constraints.other == ["primary key"]
    assert columns[0].type == "VARCHAR(12)"


def test_owners_groups_and_tags_are_the_study_s(graph: Graph) -> None:
    write_study(graph.site.studies, owners=["team:quants", "ann@example.com"])

    specs = list(graph.definitions.resolve_all_asset_specs())

    assert {spec.group_name for spec in specs} == {"tiny"}
    assert all(list(spec.owners) == ["team:quants", "ann@example.com"] for spec in specs)
    assert all(spec.tags["study"] == "TINY" for spec in specs)


def test_a_ticker_is_shown_as_it_stands(graph: Graph) -> None:
    write_study(graph.site.studies, ticker="<b onclick=x>*A*</b>")

    descriptions = [spec.description for spec in graph.definitions.resolve_all_asset_specs()]

    assert not any("<b" in str(text).replace("\\<b", "") for text in descriptions)


def test_the_pages_have_their_plots(graph: Graph) -> None:
    prices = metadata(graph.run(GRID), "adjusted_prices")
    [cell] = graph.train("TINY-0003", "TINY-0003").asset_materializations_for_node(
        "tiny__model_results"
    )
    graph.train("TINY-0001", "TINY-0004")
    best = metadata(graph.run(["best_model"]), "best_model")

    assert is_plot(prices["series"])
    assert is_plot(cell.metadata["loss_curve"].value)
    assert is_plot(best["forecasts"])
    assert is_plot(best["mse_by_hyperparameter"])
    assert is_plot(best["best_so_far"])
    assert is_plot(best["parallel_coordinates"])
    assert is_plot(best["parts"])
    assert is_plot(best["best_of_tries"])
    assert is_plot(best["finalists"])
    assert best["gain_over_time"] == "The study has no holdout: nothing is claimed."
    assert "cannot be computed from 4 results" in best["importance"]


def test_the_leaderboard_is_a_table_of_what_differs(graph: Graph) -> None:
    graph.run(GRID)
    graph.train("TINY-0001", "TINY-0004")

    result = graph.run(["best_model"])

    [event] = result.asset_materializations_for_node("tiny__best_model")
    table = event.metadata["leaderboard"]
    assert isinstance(table, dg.TableMetadataValue)
    shown = [dict(record.data) for record in table.records]
    rows = [row for row in shown if row["rank"] is not None]
    assert len(shown) == len(rows) + 7  # simple forecasts
    ranked = sorted(graph.site.rows("TB_MODELRESULT"), key=lambda row: row["MSE"])
    assert [row["CODE_TASK"] for row in rows] == [row["CODE_TASK"] for row in ranked]
    assert [row["MSE"] for row in rows] == [row["MSE"] for row in ranked]
    assert list(rows[0])[6:] == ["in space", "epoch", "size_unit_hidden"]


def test_columns_of_adjusted_prices_come_from_the_raw_ones(graph: Graph) -> None:
    [event] = graph.run(GRID).asset_materializations_for_node("tiny__adjusted_prices")

    lineage = event.metadata["dagster/column_lineage"].value.deps_by_column

    [parent] = lineage["CLOSE_P"]
    assert parent.asset_key == dg.AssetKey(["tiny", "raw_prices"])
    assert parent.column_name == "CLOSE_P"


def test_a_missing_model_file_costs_the_plot_and_not_the_winner(graph: Graph) -> None:
    graph.run(GRID)
    graph.train("TINY-0001", "TINY-0004")
    for file in (graph.site.home / "models/TINY").iterdir():
        file.unlink()

    result = graph.run(["best_model"])

    assert result.success
    assert metadata(result, "best_model")["forecasts"] == (
        "The winner's model file is missing, so its forecasts cannot be drawn."
    )


def test_the_launchpad_s_settings_of_every_job_run_as_they_stand(graph: Graph) -> None:
    definitions = graph.definitions
    for name in ("ingest", "build_grid", "tune", "select"):
        job = definitions.resolve_job_def(f"tiny__{name}")
        tags = {"dagster/partition": "TINY-0001"} if name == "tune" else {}

        result = job.execute_in_process(instance=graph.instance, tags=tags)

        assert result.success, name
    assert [row["CODE_TASK"] for row in graph.site.rows("TB_MODELRESULT")] == ["TINY-0001"]
    assert len(graph.site.rows("TB_BESTMODEL")) == 1
