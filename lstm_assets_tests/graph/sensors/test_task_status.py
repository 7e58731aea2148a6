"""The task_status sensor: what it settles, and what it leaves alone."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value
from dagster._core.utils import make_new_run_id

from lstm_assets.cells.result import Result
from lstm_assets.errors import TakenOverError
from lstm_assets.graph.io_managers.results import ResultTables
from lstm_assets.graph.processes import this_process
from lstm_assets.graph.runs import settling
from lstm_assets.graph.tags import PROCESS
from lstm_assets.store.claims import claim
from lstm_assets.store.engine import begin
from lstm_assets.store.status import Status, set_statuses
from lstm_assets_tests.cli.processes import members, wait_until
from lstm_assets_tests.cli.slow import CELLS as SLOW_CELLS
from lstm_assets_tests.cli.slow import finished, half_way, slow_site
from lstm_assets_tests.graph.assets.graph import GRID, Graph
from lstm_assets_tests.graph.sensors.ticks import Ticks
from lstm_assets_tests.site import Site

EVERYWHERE = pytest.mark.parametrize(
    (), [pytest.param(id="sqlite"), pytest.param(id="mysql", marks=pytest.mark.mysql)]
)
CELLS = ["TINY-0001", "TINY-0002", "TINY-0003", "TINY-0004"]
STORED = Result(
    code_task="TINY-0002",
    ticker="TEST",
    version_model=0,
    date_b_train="20200101",
    date_e_train="20200608",
    date_b_test="20200609",
    date_e_test="20200718",
    loss=0.5,
    accuracy=0.5,
    mse=2.0,
    seed=1,
    seconds_train=0.25,
)


def new_run(
    ticks: Ticks,
    first: str,
    last: str,
    status: dg.DagsterRunStatus = dg.DagsterRunStatus.STARTED,
    **tags: str,
) -> dg.DagsterRun:
    """A run of model_results that somebody has launched and no process carries out."""
    given = {
        "dagster/asset_partition_range_start": first,
        "dagster/asset_partition_range_end": last,
    }
    job = ticks.definitions.resolve_job_def("tiny__tune")
    return ticks.instance.create_run_for_job(
        job, run_id=make_new_run_id(), tags=given | tags, status=status
    )


def materialized(instance: dg.DagsterInstance, study: str) -> dict[str, int]:
    """VERSION_MODEL of each partition's newest materialization."""
    records = instance.fetch_materializations(
        dg.AssetKey([study, "model_results"]), limit=1000, ascending=True
    ).records
    found: dict[str, int] = {}
    for record in records:
        event = record.asset_materialization
        assert event
        found[str(record.partition_key)] = int(str(event.metadata["version_model"].value))
    return found


def tables(ticks: Ticks) -> ResultTables:
    return ResultTables(ticks.study)


def stored(ticks: Ticks, code: str = "TINY-0002") -> Result:
    """A result as training a cell on the current prices would give it."""
    version = tables(ticks).load().data_versions[code]
    return replace(STORED, code_task=code, data_version=version)


def status(site: Site) -> list[str]:
    return [site.statuses()[code] for code in CELLS]


@EVERYWHERE
def test_a_run_that_never_started_is_an_error_of_the_cells_nobody_tried(
    graph: Graph, ticks: Ticks
) -> None:
    graph.run(GRID)
    graph.train("TINY-0002", "TINY-0002")
    run = new_run(ticks, "TINY-0001", "TINY-0003")
    ticks.instance.report_run_failed(run, "no worker\nwas free")

    ticks.tick("task_status")

    note = f"run {run.run_id[:8]}: no worker was free"
    assert status(graph.site) == ["Error", "Completed", "Error", "NotExecuted"]
    assert graph.site.notes() == {"TINY-0001": note, "TINY-0003": note}


@EVERYWHERE
def test_a_run_that_was_canceled_in_the_queue_is_canceled_in_the_table(
    graph: Graph, ticks: Ticks
) -> None:
    graph.run(GRID)
    run = new_run(ticks, "TINY-0002", "TINY-0003")
    ticks.instance.report_run_canceled(run)

    ticks.tick("task_status")

    assert status(graph.site) == ["NotExecuted", "Canceled", "Canceled", "NotExecuted"]
    assert graph.site.notes() == {}


@EVERYWHERE
def test_a_run_that_died_leaves_no_row_running_and_no_claim(graph: Graph, ticks: Ticks) -> None:
    graph.run(GRID)
    run = new_run(ticks, "TINY-0001", "TINY-0004")
    tables(ticks).claim(CELLS, run.run_id)
    tables(ticks).begin(CELLS[:2], run.run_id)
    ticks.instance.report_run_failed(run)

    ticks.tick("task_status")

    why = f"run {run.run_id[:8]}: its process ended without an error message"
    assert status(graph.site) == ["Error"] * 4
    assert graph.site.notes() == dict.fromkeys(CELLS, why)
    assert graph.site.rows("TB_TASKRUN") == []


@EVERYWHERE
def test_rows_that_another_run_has_taken_over_are_left_alone(graph: Graph, ticks: Ticks) -> None:
    graph.run(GRID)
    dead, alive = (new_run(ticks, "TINY-0001", "TINY-0004") for _ in range(2))
    tables(ticks).claim(CELLS, dead.run_id)
    tables(ticks).begin(CELLS, dead.run_id)
    tables(ticks).claim(CELLS[1:], alive.run_id)
    tables(ticks).begin(CELLS[1:2], alive.run_id)
    ticks.instance.report_run_failed(dead)

    ticks.tick("task_status")

    assert status(graph.site) == ["Error", "Running", "Running", "Running"]
    assert {row["RUN_ID"] for row in graph.site.rows("TB_TASKRUN")} == {alive.run_id}


@EVERYWHERE
def test_a_result_that_dagster_has_not_heard_of_is_reported_once(
    graph: Graph, ticks: Ticks
) -> None:
    graph.run(GRID)
    run = new_run(ticks, "TINY-0001", "TINY-0004")
    tables(ticks).claim(CELLS, run.run_id)
    tables(ticks).begin(CELLS, run.run_id)
    tables(ticks).write(stored(ticks), b"weights", run.run_id)
    ticks.instance.report_run_failed(run)

    ticks.tick("task_status")
    ticks.tick("task_status")

    records = ticks.instance.fetch_materializations(
        dg.AssetKey(["tiny", "model_results"]), limit=10
    ).records
    [record] = records
    event = record.asset_materialization
    assert event
    assert record.partition_key == "TINY-0002"
    assert event.metadata["mse"].value == 2.0
    assert event.tags["dagster/data_version"] == stored(ticks).data_version
    assert status(graph.site) == ["Error", "Completed", "Error", "Error"]


def failed_partitions(ticks: Ticks) -> set[str]:
    """The partitions that Dagster shows as failed."""
    definition = (
        ticks.definitions.resolve_asset_graph()
        .get(dg.AssetKey(["tiny", "model_results"]))
        .partitions_def
    )
    subset = get_and_update_asset_status_cache_value(
        ticks.instance, dg.AssetKey(["tiny", "model_results"]), definition
    )
    failed = subset.deserialize_failed_partition_subsets(definition)
    return set(failed.get_partition_keys())


def test_a_rerun_that_died_at_once_leaves_no_finished_cell_red(graph: Graph, ticks: Ticks) -> None:
    graph.run(GRID)
    graph.train("TINY-0001", "TINY-0003")
    run = new_run(ticks, "TINY-0001", "TINY-0004")
    ticks.instance.report_run_failed(run)
    before = failed_partitions(ticks)

    ticks.tick("task_status")

    assert before == set(CELLS)
    assert failed_partitions(ticks) == {"TINY-0004"}
    assert status(graph.site) == ["Completed", "Completed", "Completed", "Error"]


def test_a_result_of_older_prices_is_not_reported_as_in_sync(graph: Graph, ticks: Ticks) -> None:
    graph.run(GRID)
    graph.train("TINY-0001", "TINY-0003")
    graph.site.execute("UPDATE TB_ASSETVALUE_ADJ SET CLOSE_P = CLOSE_P + 1")
    run = new_run(ticks, "TINY-0001", "TINY-0004")
    ticks.instance.report_run_failed(run)

    ticks.tick("task_status")

    assert failed_partitions(ticks) == set(CELLS)


def test_a_canceled_run_reports_nothing_of_before(graph: Graph, ticks: Ticks) -> None:
    graph.run(GRID)
    graph.train("TINY-0001", "TINY-0004")
    run = new_run(ticks, "TINY-0001", "TINY-0004")
    ticks.instance.report_run_canceled(run)

    ticks.tick("task_status")

    key = dg.AssetKey(["tiny", "model_results"])
    assert len(ticks.instance.fetch_materializations(key, limit=100).records) == 4
    assert failed_partitions(ticks) == set()


def test_more_than_a_tick_has_time_for_is_settled_by_the_next_ones(
    graph: Graph, ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MATERIALIZATIONS_PER_CALL", 3)
    graph.run(GRID)
    graph.train("TINY-0001", "TINY-0004")
    for _ in range(2):
        ticks.instance.report_run_failed(new_run(ticks, "TINY-0001", "TINY-0004"))

    told = [ticks.tick("task_status").skipped for _ in range(3)]

    assert told[0] == "0 runs are settled; the next tick settles the others"
    assert told[1].startswith("2 runs failed or were canceled since the last tick")
    assert told[2].startswith("0 runs failed or were canceled since the last tick")
    assert failed_partitions(ticks) == set()


def test_a_retrain_that_died_leaves_the_results_of_before_in_place(
    graph: Graph, ticks: Ticks
) -> None:
    graph.run(GRID)
    graph.train("TINY-0001", "TINY-0004")
    before = materialized(ticks.instance, "tiny")
    run = new_run(ticks, "TINY-0001", "TINY-0004")
    tables(ticks).claim(CELLS, run.run_id)
    tables(ticks).begin(CELLS[:1], run.run_id)
    tables(ticks).write(stored(ticks, "TINY-0001"), b"weights", run.run_id)
    tables(ticks).begin(CELLS[1:2], run.run_id)
    ticks.instance.report_run_failed(run)

    ticks.tick("task_status")

    assert materialized(ticks.instance, "tiny") == before | {"TINY-0001": 2}
    assert status(graph.site) == ["Completed", "Error", "Completed", "Completed"]


@EVERYWHERE
def test_a_run_that_was_taken_for_dead_stores_nothing_more(graph: Graph, ticks: Ticks) -> None:
    graph.run(GRID)
    run = new_run(ticks, "TINY-0001", "TINY-0004")
    tables(ticks).claim(CELLS, run.run_id)
    tables(ticks).begin(CELLS, run.run_id)
    ticks.instance.report_run_failed(run)
    ticks.tick("task_status")

    with pytest.raises(TakenOverError, match="another run has taken over TINY-0002"):
        tables(ticks).write(stored(ticks), b"weights", run.run_id)

    assert graph.site.rows("TB_MODELHISTORY") == []
    assert not (graph.site.home / "models").exists()


@EVERYWHERE
def test_a_write_that_is_repeated_after_an_outage_stores_one_version(
    graph: Graph, ticks: Ticks
) -> None:
    graph.run(GRID)
    tables(ticks).claim(CELLS, "run")

    first = tables(ticks).write(stored(ticks), b"weights", "run")
    again = tables(ticks).write(stored(ticks), b"weights", "run")

    assert first == again
    assert graph.site.versions() == [("TINY-0002", 1)]


@pytest.mark.parametrize("came_to", ["NOT_STARTED", "STARTED"])
def test_a_run_whose_process_is_gone_is_reported_as_failed(
    graph: Graph, ticks: Ticks, came_to: str
) -> None:
    graph.run(GRID)
    run_id = make_new_run_id()
    gone = this_process(run_id).split()
    gone[3] = "4194305"  # above the highest number a process can have
    run = new_run(ticks, "TINY-0001", "TINY-0004", dg.DagsterRunStatus(came_to))
    ticks.instance.add_run_tags(run.run_id, {PROCESS: " ".join([run.run_id, *gone[1:]])})
    tables(ticks).claim(CELLS, run.run_id)

    ticks.tick("task_status")

    now = ticks.instance.get_run_by_id(run.run_id)
    assert now
    assert now.status is dg.DagsterRunStatus.FAILURE
    assert set(status(graph.site)) == {"Error"}


@pytest.mark.parametrize("host_and_process", ["another-host 1 1 a-boot 1", ""])
def test_a_run_of_another_host_or_of_a_copied_tag_is_left_alone(
    graph: Graph, ticks: Ticks, host_and_process: str
) -> None:
    graph.run(GRID)
    run = new_run(ticks, "TINY-0001", "TINY-0004")
    # A re-execution has the tags of the run it repeats.
    copied = this_process("the-run-before").rsplit(" ", 1)[0] + " 1"
    tag = f"{run.run_id} {host_and_process}" if host_and_process else copied
    ticks.instance.add_run_tags(run.run_id, {PROCESS: tag})
    tables(ticks).claim(CELLS, run.run_id)
    tables(ticks).begin(CELLS, run.run_id)

    ticks.tick("task_status")

    now = ticks.instance.get_run_by_id(run.run_id)
    assert now
    assert now.status is dg.DagsterRunStatus.STARTED
    assert set(status(graph.site)) == {"Running"}


def test_a_claim_of_a_run_that_nobody_knows_is_settled_after_an_hour(
    graph: Graph, ticks: Ticks
) -> None:
    graph.run(GRID)
    with begin(tables(ticks).engine) as conn:
        claim(conn, CELLS, "unknown")
        set_statuses(conn, CELLS, Status.RUNNING)

    ticks.tick("task_status")
    before = status(graph.site)
    graph.site.execute("UPDATE TB_TASKRUN SET DATE_UPDATE = '2020-01-01 00:00:00.000000'")
    ticks.tick("task_status")

    assert before == ["Running"] * 4
    assert status(graph.site) == ["Error"] * 4
    assert graph.site.rows("TB_TASKRUN") == []


@pytest.fixture
def killed(tmp_path: Path) -> Site:
    """SLOW, half-way through a tune that was killed with -9."""
    site = slow_site(tmp_path / "slow")
    with half_way(site) as tune:
        os.killpg(tune.pid, signal.SIGKILL)
        wait_until(lambda: not members(tune.pid), "the processes have ended")
    return site


def test_a_killed_command_is_settled_by_the_sensor(killed: Site) -> None:
    stored = {row["CODE_TASK"] for row in finished(killed)}

    with killed.instance() as instance:
        ticks = Ticks(killed, instance, "slow")
        environment = killed.environment
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            ticks.tick("task_status")
        runs = instance.get_runs()
        told = materialized(instance, "slow")

    statuses = killed.statuses()
    assert all(run.is_finished for run in runs)
    assert set(told) == stored
    assert {code for code in SLOW_CELLS if statuses[code] == "Completed"} == stored
    assert {statuses[code] for code in SLOW_CELLS if code not in stored} == {"Error"}
    assert killed.rows("TB_TASKRUN") == []


def test_the_reason_is_the_crash_and_not_what_went_as_it_should(graph: Graph, ticks: Ticks) -> None:
    graph.run(GRID)
    run = new_run(ticks, "TINY-0001", "TINY-0001")
    crash = f"Run execution process for {run.run_id} was terminated by signal 9 (SIGKILL)."
    ticks.instance.report_engine_event("Started process for run (pid: 7).", run)
    ticks.instance.report_engine_event(crash, run)
    ticks.instance.report_engine_event("Process for run exited (pid: 7).", run)
    ticks.instance.report_run_failed(run)

    ticks.tick("task_status")

    assert graph.site.notes() == {"TINY-0001": f"run {run.run_id[:8]}: {crash}"}
