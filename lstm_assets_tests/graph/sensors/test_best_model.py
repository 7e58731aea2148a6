"""The best_model sensor: a winner follows every run of model_results."""

from lstm_assets_tests.graph.assets.graph import GRID, Graph
from lstm_assets_tests.graph.sensors.ticks import Ticks
from lstm_assets_tests.studies import write_study

NOTHING = "no run of model_results has ended since the last tick"
LIMITED = {"seconds_a_cell": 1e-9}  # no cell is trained within it


def test_a_run_is_followed_once(graph: Graph, ticks: Ticks) -> None:
    graph.run(GRID)
    before = ticks.tick_and_run("best_model", "select")
    graph.train("TINY-0001", "TINY-0002")

    after = ticks.tick_and_run("best_model", "select")
    again = ticks.tick("best_model")

    [best] = graph.site.rows("TB_BESTMODEL")
    smallest = min(graph.site.rows("TB_MODELRESULT"), key=lambda row: row["MSE"])
    assert before.skipped == again.skipped == NOTHING
    assert len(after.requests) == 1
    assert best["CODE_TASK"] == smallest["CODE_TASK"]


def test_a_run_of_which_some_cells_failed_is_followed(graph: Graph, ticks: Ticks) -> None:
    write_study(graph.site.studies, {"learning_rate": [0.01, 1e30], "epoch": [1]})
    graph.run(GRID)
    assert not graph.train("TINY-0001", "TINY-0004").success

    ticks.tick_and_run("best_model", "select")

    assert len(graph.site.rows("TB_MODELRESULT")) == 2
    assert len(graph.site.rows("TB_BESTMODEL")) == 1


def test_a_run_without_any_result_is_followed_by_a_reason(graph: Graph, ticks: Ticks) -> None:
    graph.run(GRID)
    graph.train("TINY-0001", "TINY-0004", **LIMITED)

    told = ticks.tick("best_model")

    assert told.requests == []
    assert told.skipped == "there is no result on the current prices"


def test_the_runs_of_one_backfill_are_followed_when_the_last_has_ended(
    graph: Graph, ticks: Ticks
) -> None:
    graph.run(GRID)
    job = ticks.definitions.resolve_job_def("tiny__tune")
    tags = {"dagster/backfill": "abcdefgh", "dagster/partition": "TINY-0001"}
    first, second = (
        graph.instance.create_run_for_job(job, tags=tags | {"dagster/partition": code})
        for code in ("TINY-0001", "TINY-0003")
    )
    graph.train("TINY-0001", "TINY-0001")
    ticks.tick("best_model")
    graph.instance.report_run_failed(first)

    waiting = ticks.tick("best_model")
    graph.instance.report_run_failed(second)
    followed = ticks.tick("best_model")

    assert waiting.skipped == "other runs of the same backfill have not ended yet"
    assert len(followed.requests) == 1


def test_the_command_chooses_itself(graph: Graph, ticks: Ticks) -> None:
    assert graph.site.here("tune", "--workers", "0").status == 0

    assert ticks.tick("best_model").skipped == NOTHING
