"""Settling goes on: a run or a row that cannot be settled does not stop the others."""

import logging
from unittest.mock import patch

import dagster as dg
import pytest
from dagster._core.utils import make_new_run_id

from lstm_assets.graph.runs import settling
from lstm_assets.graph.runs.settling import reconcile, settle_run
from lstm_assets.store.claims import claim, read_claims
from lstm_assets.store.engine import begin, connect
from lstm_assets.store.refusals import OutageError
from lstm_assets.store.setup import database
from lstm_assets.store.status import Status, set_status
from lstm_assets.study import Study
from lstm_assets.study.file import read_study
from lstm_assets_tests.graph.assets.graph import Graph

REFUSED = (
    "CREATE TRIGGER refused BEFORE UPDATE ON TB_TASKSTATUS "
    "WHEN NEW.CODE_TASK = 'TINY-RAW' BEGIN SELECT RAISE(ABORT, 'not this row'); END"
)


@pytest.fixture
def study(graph: Graph) -> Study:
    return read_study(graph.site.studies / "tiny/defs.yaml")


def failed_run(graph: Graph, study: Study, *tasks: str) -> dg.DagsterRun:
    """A run that died while these tasks were Running."""
    job = graph.definitions.resolve_job_def("tiny__ingest")
    run = graph.instance.create_run_for_job(
        job, run_id=make_new_run_id(), status=dg.DagsterRunStatus.STARTED
    )
    with begin(database()) as conn:
        claim(conn, tasks, run.run_id)
        for task in tasks:
            set_status(conn, task, Status.RUNNING)
    graph.instance.report_run_failed(run, "it died")
    return run


def claimed(study: Study) -> list[str]:
    with connect(database()) as conn:
        return sorted(code for each in read_claims(conn, study.code) for code in each.codes)


def statuses(graph: Graph) -> dict[str, str]:
    return {row["CODE_TASK"]: row["STATUS"] for row in graph.site.rows("TB_TASKSTATUS")}


def test_a_row_that_is_refused_does_not_stop_the_others(
    graph: Graph, study: Study, caplog: pytest.LogCaptureFixture
) -> None:
    failed_run(graph, study, "TINY-RAW", "TINY-ADJ")
    graph.site.execute(REFUSED)

    with caplog.at_level(logging.WARNING):
        assert reconcile(graph.instance, study) == []

    assert statuses(graph)["TINY-ADJ"] == "Error"
    assert "TINY-RAW cannot be settled: " in caplog.text
    graph.site.execute("DROP TRIGGER refused")
    assert len(reconcile(graph.instance, study)) == 1
    assert statuses(graph)["TINY-RAW"] == "Error"
    assert claimed(study) == []


def test_a_run_that_is_broken_does_not_stop_the_others(graph: Graph, study: Study) -> None:
    broken, other = (failed_run(graph, study, task) for task in ("TINY-RAW", "TINY-ADJ"))
    real = settling.codes_of

    def codes_of(instance: dg.DagsterInstance, study: Study, run: dg.DagsterRun) -> list[str]:
        if run.run_id == broken.run_id:
            raise KeyError("a bug")
        return real(instance, study, run)

    with patch.object(settling, "codes_of", codes_of):
        assert settle_run(graph.instance, study, broken)  # the sensor goes on to the next run
        assert reconcile(graph.instance, study) == [other.run_id]

    assert claimed(study) == ["TINY-RAW"]
    assert reconcile(graph.instance, study) == [broken.run_id]


def test_during_an_outage_the_next_tick_tries_the_same_run_again(
    graph: Graph, study: Study
) -> None:
    run = failed_run(graph, study, "TINY-RAW")
    with patch.object(settling, "codes_of", side_effect=OutageError("it is away")):
        assert not settle_run(graph.instance, study, run)

    assert settle_run(graph.instance, study, run)
    assert statuses(graph)["TINY-RAW"] == "Error"


def test_claims_of_another_program_are_settled_like_those_of_an_unknown_run(
    graph: Graph, study: Study
) -> None:
    failed_run(graph, study, "TINY-RAW")
    graph.site.execute("UPDATE TB_TASKRUN SET RUN_ID = NULL, DATE_UPDATE = NULL")

    assert reconcile(graph.instance, study) == [""]
    assert statuses(graph)["TINY-RAW"] == "Error"
    assert claimed(study) == []
