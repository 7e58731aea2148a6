"""What is tried again by itself, and what is not."""

import dagster as dg
import pytest
import yaml

from lstm_assets.graph.assets import raw_prices
from lstm_assets.graph.instance import prepare_dagster_home
from lstm_assets.settings import settings
from lstm_assets_tests.graph.assets.graph import GRID, Graph
from lstm_assets_tests.studies import HEADER, write_study

RETRIED = dg.DagsterEventType.STEP_RESTARTED
UNREACHED = {"kind": "yahoo", "url": "http://127.0.0.1:1", "attempts": 1}


def restarts(result: dg.ExecuteInProcessResult) -> int:
    return sum(event.event_type is RETRIED for event in result.all_events)


def test_a_source_that_does_not_answer_is_asked_three_more_times(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = dg.RetryPolicy(max_retries=raw_prices.RETRY_POLICY.max_retries, delay=0)
    monkeypatch.setattr(raw_prices, "RETRY_POLICY", at_once)
    write_study(graph.site.studies, source=UNREACHED)

    result = graph.run(["raw_prices"])

    assert not result.success
    assert restarts(result) == 3
    assert graph.site.statuses()["TINY-RAW"] == "Error"


def test_a_source_that_answers_badly_is_not_asked_again(graph: Graph) -> None:
    (graph.site.studies / "tiny/prices.csv").write_text(HEADER)

    assert restarts(graph.run(["raw_prices"])) == 0


def test_a_cell_that_failed_is_not_trained_again_by_itself(graph: Graph) -> None:
    graph.run(GRID)

    assert restarts(graph.train("TINY-0001", "TINY-0004", seconds_a_cell=1e-9)) == 0


def test_only_runs_that_fetch_are_tried_again_when_they_die(graph: Graph) -> None:
    jobs = {job.name: job.tags for job in graph.definitions.resolve_all_job_defs()}
    tries = {
        name.removeprefix("tiny__"): tags.get("dagster/max_retries") for name, tags in jobs.items()
    }

    assert (tries["ingest"], tries["refresh"]) == ("3", "3")
    assert {tries[name] for name in ("build_grid", "tune", "select")} == {"0"}


def test_the_instance_s_file_says_so_and_limits_training(graph: Graph) -> None:
    home = prepare_dagster_home(settings())
    content = yaml.safe_load((home / "dagster.yaml").read_text())

    assert content["run_retries"]["max_retries"] == 0
    assert graph.instance.run_retries_enabled
    assert graph.instance.run_monitoring_enabled
    assert graph.instance.get_concurrency_config().pool_config.default_pool_limit == 1
    pools = {
        node.pool
        for node in graph.definitions.resolve_implicit_global_asset_job_def().all_node_defs
        if isinstance(node, dg.OpDefinition) and node.pool
    }
    assert pools == {"training"}
