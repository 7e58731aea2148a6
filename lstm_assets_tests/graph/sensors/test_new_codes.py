"""The new_codes sensor: what a grid has added is trained, and nothing else."""

import dagster as dg
from dagster._core.utils import make_new_run_id

from lstm_assets_tests.graph.assets.graph import GRID, Graph
from lstm_assets_tests.graph.sensors.ticks import Ticked, Ticks

ALL_TRIED = Ticked("every CODE_TASK has been tried", [])


def ranges(told: Ticked) -> list[tuple[str, str]]:
    start, end = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
    return [(request.tags[start], request.tags[end]) for request in told.requests]


def test_only_what_a_new_grid_adds_is_trained(graph: Graph, ticks: Ticks) -> None:
    graph.run(GRID)
    graph.train("TINY-0001", "TINY-0004")
    graph.run(["hyperparameter_grid"], {"space": {"epoch": [2, 3]}})

    told = ticks.tick_and_run("new_codes", "tune")

    assert ranges(told) == [("TINY-0005", "TINY-0006")]
    assert [row["CODE_TASK"] for row in graph.site.rows("TB_MODELRESULT")][4:] == [
        "TINY-0005",
        "TINY-0006",
    ]
    assert {version for _, version in graph.site.versions()} == {1}
    assert ticks.tick("new_codes") == ALL_TRIED


def test_scattered_codes_are_a_run_each(graph: Graph, ticks: Ticks) -> None:
    graph.run(GRID)
    graph.train("TINY-0002", "TINY-0002")

    assert ranges(ticks.tick("new_codes")) == [
        ("TINY-0001", "TINY-0001"),
        ("TINY-0003", "TINY-0004"),
    ]


def test_a_cell_that_failed_is_not_tried_again_by_itself(graph: Graph, ticks: Ticks) -> None:
    graph.run(GRID)
    graph.train("TINY-0001", "TINY-0004", seconds_a_cell=1e-9)

    assert ticks.tick("new_codes") == ALL_TRIED


def test_a_code_with_the_values_of_an_older_one_is_not_trained(graph: Graph, ticks: Ticks) -> None:
    graph.run(GRID)
    graph.train("TINY-0001", "TINY-0004")
    graph.run(["hyperparameter_grid"], {"space": {"learning_rate": [0.0123]}})
    graph.site.execute("UPDATE TB_HYPERPARAMETER SET LEARNING_RATE = ROUND(LEARNING_RATE, 2)")

    told = ticks.tick("new_codes")

    assert told.requests == []
    assert told.skipped.startswith(
        "4 cells are not trained, because older cells have the same values: TINY-0005 those of "
        "TINY-0001. "
    )


def test_a_run_under_way_is_waited_for(graph: Graph, ticks: Ticks) -> None:
    graph.run(GRID)
    job = ticks.definitions.resolve_job_def("tiny__tune")
    graph.instance.create_run_for_job(
        job, run_id=make_new_run_id(), tags={"dagster/partition": "TINY-0001"}
    )

    assert ticks.tick("new_codes") == Ticked("runs of model_results that have not ended: 1", [])


def test_it_is_off_unless_somebody_turns_it_on(ticks: Ticks) -> None:
    sensor = ticks.definitions.resolve_sensor_def("tiny__new_codes")

    assert sensor.default_status is dg.DefaultSensorStatus.STOPPED
