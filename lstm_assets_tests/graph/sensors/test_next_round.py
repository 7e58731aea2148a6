"""The next_round sensor: a search is carried out round by round, by ticks alone."""

import os
import time
from collections import Counter
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dagster as dg
import pytest

from lstm_assets.graph.instance import open_instance
from lstm_assets.graph.sensors.next_round import MOST_TRIES
from lstm_assets.records.next_round import read_search_state
from lstm_assets.settings import settings
from lstm_assets.store.engine import connect
from lstm_assets.store.hyperparameters import register_cells
from lstm_assets.store.setup import database
from lstm_assets_tests.graph.assets.graph import Graph
from lstm_assets_tests.graph.sensors.ticks import Ticked, Ticks
from lstm_assets_tests.site import Row, Site
from lstm_assets_tests.store.processes import at_once
from lstm_assets_tests.studies import SPACE, write_study

PRICES = ["raw_prices", "adjusted_prices"]
RATES = {"learning_rate": {"low": 0.001, "high": 0.1, "scale": "log"}}
SEARCH = {"method": "random", "n_trials": 6, "parallel": 2, "space": SPACE | RATES}
MOST_TICKS = 20
EVERYWHERE = pytest.mark.parametrize(
    (), [pytest.param(id="sqlite"), pytest.param(id="mysql", marks=pytest.mark.mysql)]
)


@pytest.fixture
def graph(graph: Graph) -> Graph:
    """TINY with its prices, searched at random: 3 rounds of 2 cells, none of them proposed yet."""
    random(graph.site)
    assert graph.run(PRICES).success
    return graph


def random(site: Site, **attributes: Any) -> Path:
    return write_study(site.studies, **{"search": SEARCH} | attributes)


def until_it_skips(ticks: Ticks) -> list[Ticked]:
    """Tick until there is nothing more to do."""
    told: list[Ticked] = []
    while not told or told[-1].requests:
        assert len(told) < MOST_TICKS
        told.append(ticks.tick_and_run("next_round"))
    return told


def jobs(told: list[Ticked]) -> list[str]:
    return [str(each.job_name).removeprefix("tiny__") for one in told for each in one.requests]


def ranges(told: Ticked) -> list[tuple[str, str]]:
    start, end = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
    return [(each.tags[start], each.tags[end]) for each in told.requests]


def proposed(site: Site) -> list[Row]:
    return site.rows("TB_HYPERPARAMETER_EXT")


def launched(ticks: Ticks, request: dg.RunRequest) -> dg.DagsterRun:
    """A run as the daemon launches it, that never begins."""
    job = ticks.definitions.resolve_job_def(str(request.job_name))
    return ticks.instance.create_run_for_job(job, tags=dict(request.tags))


def fails(ticks: Ticks) -> Ticked:
    """Tick, and let the runs that it requests die before their first step."""
    told = ticks.tick("next_round")
    for request in told.requests:
        ticks.instance.report_run_failed(launched(ticks, request), "the machine went down")
    return told


def test_a_random_search_is_carried_out_by_ticks_alone(graph: Graph, ticks: Ticks) -> None:
    told = until_it_skips(ticks)

    assert jobs(told) == ["build_grid", "tune"] * 3
    assert told[-1] == Ticked("the search has ended: spent 6 of 6 trials", [])
    rows = proposed(graph.site)
    assert [(row["METHOD"], row["ROUND"]) for row in rows] == [
        ("random", number) for number in (0, 0, 1, 1, 2, 2)
    ]
    assert all(row["REASON"].startswith("random draw, seed 0") for row in rows)
    codes = [f"TINY-{number:04}" for number in range(1, 7)]
    assert graph.site.versions() == [(code, 1) for code in codes]
    assert list(graph.partitions) == codes


def test_a_halving_search_is_carried_out_by_ticks_alone(graph: Graph, ticks: Ticks) -> None:
    space = SPACE | RATES | {"epoch": [1, 2, 4]}
    search = {"method": "halving", "n_trials": 4, "eta": 2, "space": space}
    random(graph.site, search=search)

    told = until_it_skips(ticks)

    assert jobs(told) == ["build_grid", "tune"] * 3
    assert told[-1].skipped.startswith("the search has ended: spent 4 of 4 trials")
    rows = proposed(graph.site)
    assert Counter((row["METHOD"], row["ROUND"]) for row in rows) == {
        ("halving", 0): 4,
        ("halving", 1): 2,
        ("halving", 2): 1,
    }
    assert {row["EPOCH_FULL"] for row in rows} == {4}
    assert all(row["REASON"] for row in rows)
    assert graph.site.versions() == [(f"TINY-{number:04}", 1) for number in range(1, 8)]


def test_an_ended_search_stays_so(graph: Graph, ticks: Ticks) -> None:
    until_it_skips(ticks)

    assert jobs(until_it_skips(ticks)) == []


def test_it_does_what_the_command_line_does(graph: Graph, ticks: Ticks, tmp_path: Path) -> None:
    until_it_skips(ticks)

    other = Site(tmp_path / "other")
    random(other)
    assert other.here("tune", "--workers", "0").status == 0
    assert [_scored(row) for row in graph.site.rows("TB_MODELRESULT")] == [
        _scored(row) for row in other.rows("TB_MODELRESULT")
    ]
    assert [_as_proposed(row) for row in proposed(graph.site)] == [
        _as_proposed(row) for row in proposed(other)
    ]


def _scored(row: Row) -> tuple[Any, ...]:
    return row["CODE_TASK"], row["VERSION_MODEL"], row["MSE"], row["LOSS"]


def _as_proposed(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "DATE_UPDATE"}


def test_beside_the_new_codes_sensor_no_cell_is_trained_twice(graph: Graph, ticks: Ticks) -> None:
    told: list[Ticked] = []
    while not told or told[-1].requests:
        both = [(name, ticks.tick(name)) for name in ("new_codes", "next_round")]
        for name, each in both:
            for request in each.requests:
                ticks.run(request, "tune" if name == "new_codes" else "")
        told.append(both[-1][1])

    assert told[-1].skipped.startswith("the search has ended: ")
    assert graph.site.versions() == [(f"TINY-{number:04}", 1) for number in range(1, 7)]


@EVERYWHERE
def test_two_daemons_at_once_carry_out_one_search(graph: Graph) -> None:
    random(graph.site, search=SEARCH | {"n_trials": 4})

    ended = at_once(tick_to_the_end, (graph.site,), (graph.site,))

    codes = [f"TINY-{number:04}" for number in range(1, 5)]
    assert ended == ["the search has ended: spent 4 of 4 trials"] * 2
    assert [row["ROUND"] for row in proposed(graph.site)] == [0, 0, 1, 1]
    assert graph.site.versions() == [(code, 1) for code in codes]
    assert list(graph.partitions) == codes


def tick_to_the_end(site: Site) -> str:
    """Be a daemon of its own, until the search has ended."""
    with (
        patch.dict(os.environ, site.environment, clear=True),
        open_instance(settings()) as instance,
    ):
        ticks = Ticks(site, instance)
        deadline = time.monotonic() + 50
        while not (told := ticks.tick_and_run("next_round").skipped).startswith("the search has"):
            assert time.monotonic() < deadline, told
            time.sleep(0.1)
        return told


@pytest.mark.parametrize("job", ["build_grid", "tune"])
def test_a_run_under_way_is_waited_for(graph: Graph, ticks: Ticks, job: str) -> None:
    request = dg.RunRequest(job_name=f"tiny__{job}", tags={"dagster/partition": "TINY-0001"})
    launched(ticks, request)

    asset = {"build_grid": "hyperparameter_grid", "tune": "model_results"}[job]
    assert ticks.tick("next_round") == Ticked(f"runs of {asset} that have not ended: 1", [])


def test_a_tick_that_crashed_after_its_launch_launches_nothing_twice(
    graph: Graph, ticks: Ticks
) -> None:
    [request] = ticks.tick("next_round").requests
    launched(ticks, request)
    ticks.cursors.clear()  # as if it had died before its cursor was kept

    assert ticks.tick("next_round") == Ticked(
        "runs of hyperparameter_grid that have not ended: 1", []
    )


def test_a_grid_is_left_to_new_codes(graph: Graph, ticks: Ticks) -> None:
    write_study(graph.site.studies)

    assert ticks.tick("next_round") == Ticked(
        "method grid is one round: materialize hyperparameter_grid, and let the sensor "
        "tiny__new_codes train it",
        [],
    )


def test_a_grid_in_rounds_is_carried_out(graph: Graph, ticks: Ticks) -> None:
    random(graph.site, search={"method": "grid", "parallel": 3, "space": SPACE})

    told = until_it_skips(ticks)

    assert jobs(told) == ["build_grid", "tune"] * 2
    assert (
        told[-1].skipped
        == "the search has ended: every combination that it would propose was tried"
    )
    assert [row["ROUND"] for row in proposed(graph.site)] == [0, 0, 0, 1]


def test_a_study_without_prices_is_not_begun(site: Site, ticks: Ticks) -> None:
    random(site)

    told = ticks.tick("next_round")

    assert told == Ticked(
        "the next tick tries again: TB_ASSETVALUE_ADJ holds no bars of TEST from 2020-01-01 to "
        "2021-12-31. Materialize adjusted_prices first.",
        [],
    )


def test_scattered_cells_are_a_run_each(graph: Graph, ticks: Ticks) -> None:
    search = {"method": "random", "n_trials": 5, "space": SPACE | RATES}
    random(graph.site, search=search)
    ticks.tick_and_run("next_round")
    graph.train("TINY-0003", "TINY-0003")

    assert ranges(ticks.tick("next_round")) == [
        ("TINY-0001", "TINY-0002"),
        ("TINY-0004", "TINY-0005"),
    ]


def test_cells_of_a_run_that_died_are_trained_again(graph: Graph, ticks: Ticks) -> None:
    ticks.tick_and_run("next_round")
    fails(ticks)
    ticks.tick("task_status")
    left = graph.site.statuses()

    told = until_it_skips(ticks)

    assert left["TINY-0001"] == left["TINY-0002"] == "Error"
    assert jobs(told) == ["tune"] + ["build_grid", "tune"] * 2
    assert len(graph.site.versions()) == 6


def test_cells_over_which_three_runs_died_are_left(graph: Graph, ticks: Ticks) -> None:
    ticks.tick_and_run("next_round")

    told = [fails(ticks) for _ in range(4)]

    assert [ranges(each) for each in told] == [[("TINY-0001", "TINY-0002")]] * 3 + [[]]
    assert told[-1].skipped == (
        "3 runs of TINY-0001 to TINY-0002 died and finished no cell: the machine went down. "
        "Materialize these cells of model_results to continue"
    )
    graph.train("TINY-0001", "TINY-0002")
    assert jobs(until_it_skips(ticks)) == ["build_grid", "tune"] * 2


def test_runs_that_died_but_got_on_are_followed_by_others(graph: Graph, ticks: Ticks) -> None:
    search = {"method": "random", "n_trials": 5, "space": SPACE | RATES}
    random(graph.site, search=search)
    ticks.tick_and_run("next_round")

    begun = []
    for number in range(1, 6):
        begun.append(ranges(fails(ticks)))
        graph.train(f"TINY-{number:04}", f"TINY-{number:04}")

    assert begun == [[(f"TINY-{number:04}", "TINY-0005")] for number in range(1, 6)]


def test_cells_that_somebody_stopped_are_left_alone(graph: Graph, ticks: Ticks) -> None:
    ticks.tick_and_run("next_round")
    [request] = ticks.tick("next_round").requests
    ticks.instance.report_run_canceled(launched(ticks, request))
    ticks.tick("task_status")

    told = ticks.tick("next_round")

    assert told == Ticked(
        "the next round waits for 2 cells (TINY-0001 first) that somebody stopped. Materialize "
        "these cells of model_results",
        [],
    )
    graph.train("TINY-0001", "TINY-0002")
    assert jobs([ticks.tick("next_round")]) == ["build_grid"]


def test_cells_with_results_on_other_prices_are_not_trained_again(
    graph: Graph, ticks: Ticks
) -> None:
    for _ in range(3):
        ticks.tick_and_run("next_round")  # two rounds are proposed, the first of them trained
    random(graph.site, date_end="2020-07-08")
    graph.run(PRICES)

    told = until_it_skips(ticks)

    assert [ranges(each) for each in told] == [[("TINY-0003", "TINY-0004")], []]
    assert told[-1].skipped == (
        "the next round waits for 2 cells (TINY-0001 first) of the search with results on other "
        "prices only. Materialize these cells of model_results"
    )
    graph.train("TINY-0001", "TINY-0002")
    assert jobs(until_it_skips(ticks)) == ["build_grid", "tune"]


def test_a_cell_that_failed_by_itself_does_not_hold_up_the_search(
    graph: Graph, ticks: Ticks
) -> None:
    ticks.tick_and_run("next_round")
    graph.train("TINY-0001", "TINY-0001", seconds_a_cell=1e-9)

    told = until_it_skips(ticks)

    assert ranges(told[0]) == [("TINY-0002", "TINY-0002")]
    assert jobs(told) == ["tune"] + ["build_grid", "tune"] * 2
    assert graph.site.statuses()["TINY-0001"] == "Error"


def test_a_round_that_cannot_be_proposed_is_tried_three_times(graph: Graph, ticks: Ticks) -> None:
    random(graph.site, date_end="2020-01-03")  # 3 bars, too few for any cell

    told = until_it_skips(ticks)

    assert jobs(told) == ["build_grid"] * 3
    assert told[-1].skipped.startswith("the proposal of round 0 failed 3 times: ")
    assert told[-1].skipped.endswith(" Materialize hyperparameter_grid to continue")
    random(graph.site)
    graph.run(["hyperparameter_grid"])
    assert jobs(until_it_skips(ticks)) == ["tune"] + ["build_grid", "tune"] * 2


def test_a_round_that_somebody_stopped_is_not_proposed_again(graph: Graph, ticks: Ticks) -> None:
    [request] = ticks.tick("next_round").requests
    ticks.instance.report_run_canceled(launched(ticks, request))

    assert ticks.tick("next_round") == Ticked(
        "the proposal of round 0 was canceled. Materialize hyperparameter_grid to continue", []
    )


def test_a_run_that_died_between_codes_and_partitions_is_made_up_for(
    graph: Graph, ticks: Ticks
) -> None:
    with connect(database()) as conn:
        state = read_search_state(conn, ticks.study)
    register_cells(database(), "TINY", "TEST", state.next)

    told = until_it_skips(ticks)

    assert jobs(told) == ["build_grid", "tune"] * 3
    assert len(graph.site.versions()) == 6


def test_it_is_off_unless_somebody_turns_it_on(ticks: Ticks) -> None:
    sensor = ticks.definitions.resolve_sensor_def("tiny__next_round")

    assert sensor.default_status is dg.DefaultSensorStatus.STOPPED


def test_a_round_whose_cells_are_changed_again_and_again_is_not_built_for_ever(
    graph: Graph, ticks: Ticks
) -> None:
    space = SPACE | {"epoch": [1], "size_unit_hidden": [2], "learning_rate": [0.0123, 0.01]}
    random(graph.site, search=SEARCH | {"n_trials": 2, "space": space})
    told: list[Ticked] = []
    while not told or told[-1].requests:
        assert len(told) < MOST_TICKS
        told.append(ticks.tick_and_run("next_round"))
        graph.site.execute("UPDATE TB_HYPERPARAMETER SET LEARNING_RATE = 0.5")

    assert jobs(told) == ["build_grid"] * MOST_TRIES
    assert told[-1].skipped.startswith(
        "the proposal of round 3 was built 3 times, and 2 of its 2 cells are not among the stored "
        "ones: in TINY-0006, the closest, learning_rate 0.0"
    )
    assert graph.run(["hyperparameter_grid"]).success  # somebody has repaired the table
    assert jobs([ticks.tick("next_round")]) == ["tune"]
