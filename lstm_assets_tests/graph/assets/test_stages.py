"""Prices, grid and winner: what each stage stores, and says when it cannot."""

import dagster as dg
import pytest

from lstm_assets_tests.graph.assets.graph import GRID, Graph, failure, grid_of, metadata
from lstm_assets_tests.store.processes import at_once
from lstm_assets_tests.studies import HEADER, prices, write_study

EVERYWHERE = pytest.mark.parametrize(
    (), [pytest.param(id="sqlite"), pytest.param(id="mysql", marks=pytest.mark.mysql)]
)
CELLS = ["TINY-0001", "TINY-0002", "TINY-0003", "TINY-0004"]


def test_the_grid_gives_each_tuple_a_code_and_a_partition(graph: Graph) -> None:
    result = graph.run(GRID)

    said = metadata(result, "hyperparameter_grid")
    assert result.success
    assert graph.partitions == CELLS
    assert [row["CODE_TASK"] for row in graph.site.rows("TB_HYPERPARAMETER")] == CELLS
    assert {graph.site.statuses()[code] for code in CELLS} == {"NotExecuted"}
    assert (said["cells"], said["new_cells"]) == (4, 4)
    assert (said["first_code"], said["last_code"]) == (CELLS[0], CELLS[-1])


def test_the_same_grid_again_adds_nothing(graph: Graph) -> None:
    graph.run(GRID)

    again = graph.run(GRID)

    assert metadata(again, "hyperparameter_grid")["new_cells"] == 0
    assert graph.partitions == CELLS


def test_partitions_that_a_crash_left_out_are_added_by_the_next_grid(graph: Graph) -> None:
    graph.run(GRID)
    graph.instance.delete_dynamic_partition("CODE_TASK_TINY", "TINY-0002")

    graph.run(["hyperparameter_grid"])

    assert sorted(graph.partitions) == CELLS


@EVERYWHERE
def test_two_grids_at_once_end_with_one_set_of_codes(graph: Graph) -> None:
    graph.run(GRID)
    both = {"epoch": [1, 2, 3]}

    done = at_once(grid_of, (graph.site, both), (graph.site, both))

    codes = [row["CODE_TASK"] for row in graph.site.rows("TB_HYPERPARAMETER")]
    assert done == [True, True]
    assert codes == [*CELLS, "TINY-0005", "TINY-0006"]
    assert graph.partitions == codes


def test_adjusting_says_what_each_rule_did(graph: Graph) -> None:
    # Day 3 has a price of 0, day 5 a high below its low, day 7 no close.
    rows = prices(60).splitlines()
    rows[3] = rows[3][:10] + ",0,1,1,1,1000"
    rows[5] = rows[5][:10] + ",100,99,101,100,1000"
    rows[7] = rows[7][:10] + ",100,101,99,,1000"
    (graph.site.studies / "tiny/prices.csv").write_text("\n".join(rows))

    said = metadata(graph.run(GRID), "adjusted_prices")

    assert said.pop("series").startswith("**TEST**")
    assert set(said.pop("dagster/column_lineage").deps_by_column) == {
        "DATE_MARKET",
        "TICKER",
        "OPEN_P",
        "HIGH_P",
        "LOW_P",
        "CLOSE_P",
        "VOLUME",
    }
    assert said == {
        "dagster/row_count": 58,
        "dropped_outside_study": 0,
        "dropped_duplicate": 0,
        "dropped_non_positive": 1,
        "dropped_high_below_low": 1,
        "dropped_leading_gap": 0,
        "adjusted_splits": 0,
        "adjusted_dividends": 0,
        "filled_gaps": 1,
    }
    assert len(graph.site.rows("TB_ASSETVALUE_RAW")) == 60
    assert len(graph.site.rows("TB_ASSETVALUE_ADJ")) == 58


@EVERYWHERE
def test_a_source_that_fails_writes_only_why(graph: Graph) -> None:
    file = graph.site.studies / "tiny/prices.csv"
    file.write_text(HEADER)

    result = graph.run(GRID)

    why = f"csv {file}: has a header and no bars. Add a row for each date."
    assert not result.success
    assert failure(result) == why
    assert graph.site.statuses() == {"SETTING_DBTABLE": "Completed", "TINY-RAW": "Error"}
    assert graph.site.notes() == {"TINY-RAW": why[:300]}
    assert graph.site.rows("TB_ASSETVALUE_RAW") == []
    assert graph.partitions == []


def test_a_stage_that_works_again_is_in_error_no_longer(graph: Graph) -> None:
    (graph.site.studies / "tiny/prices.csv").write_text(HEADER)
    graph.run(GRID)
    write_study(graph.site.studies)

    graph.run(GRID)

    assert graph.site.statuses()["TINY-RAW"] == "Completed"
    assert graph.site.notes() == {}


@pytest.mark.parametrize(
    ("asset", "said"),
    [
        (
            "adjusted_prices",
            "TB_ASSETVALUE_RAW holds no bars of TEST from 2020-01-01 to 2021-12-31",
        ),
        ("hyperparameter_grid", "TB_ASSETVALUE_ADJ holds no bars of TEST"),
        ("best_model", "TB_MODELRESULT holds no result of study TINY"),
    ],
)
def test_an_asset_without_what_it_is_made_from_says_what_to_materialize(
    instance: dg.DagsterInstance, graph: Graph, asset: str, said: str
) -> None:
    if asset == "best_model":
        graph.run(GRID)

    result = graph.run([asset])

    assert not result.success
    assert said in failure(result)
    assert "first." in failure(result)
    stage = {"adjusted_prices": "ADJ", "hyperparameter_grid": "GRID", "best_model": "BEST"}
    if asset in stage:  # cells stay what they were: none was begun
        assert graph.site.statuses()[f"TINY-{stage[asset]}"] == "Error"
        assert said in graph.site.notes()[f"TINY-{stage[asset]}"]


@EVERYWHERE
def test_training_stores_and_reports_only_the_codes_it_was_asked_for(graph: Graph) -> None:
    graph.run(GRID)

    result = graph.train("TINY-0002", "TINY-0003")

    events = result.asset_materializations_for_node("tiny__model_results")
    assert result.success
    assert sorted(event.partition for event in events) == ["TINY-0002", "TINY-0003"]
    assert graph.site.versions() == [("TINY-0002", 1), ("TINY-0003", 1)]
    assert graph.site.statuses()["TINY-0001"] == "NotExecuted"


def test_the_winner_of_the_results_so_far_can_be_asked_for_at_any_time(graph: Graph) -> None:
    graph.run(GRID)
    graph.train("TINY-0002", "TINY-0002")

    said = metadata(graph.run(["best_model"]), "best_model")

    [best] = graph.site.rows("TB_BESTMODEL")
    assert said["code_task"] == best["CODE_TASK"] == "TINY-0002"
    assert said["results"] == 1
    assert said["mse_naive"] == best["MSE_NAIVE"]


def test_a_code_that_no_grid_has_is_refused(graph: Graph) -> None:
    graph.run(GRID)
    graph.instance.add_dynamic_partitions("CODE_TASK_TINY", ["TINY-9999"])

    result = graph.train("TINY-9999", "TINY-9999")

    assert "TB_HYPERPARAMETER holds no TINY-9999 of study TINY." in failure(result)
    assert graph.site.rows("TB_MODELRESULT") == []
