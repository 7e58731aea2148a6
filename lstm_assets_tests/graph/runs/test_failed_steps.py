"""No stage stays Running when its run has failed, whatever failed and whatever is refused."""

from collections.abc import Iterator
from unittest.mock import patch

import dagster as dg
import pytest

from lstm_assets.errors import StoreError
from lstm_assets.graph.assets import raw_prices
from lstm_assets.graph.io_managers.prices import RawPricesTables
from lstm_assets.graph.io_managers.tables import StudyTables
from lstm_assets.graph.runs.in_process import StudyRuns
from lstm_assets.settings import settings
from lstm_assets.sources.csv import Csv
from lstm_assets.store.setup import database
from lstm_assets.store.tables import forget
from lstm_assets.study.file import read_study
from lstm_assets_tests.graph.assets.graph import GRID, Graph, failure
from lstm_assets_tests.site import Site
from lstm_assets_tests.studies import write_study

RESTARTED = dg.DagsterEventType.STEP_RESTARTED
BUG = ValueError("a bug of\nthe source")
NO_NOTE = (
    "CREATE TRIGGER no_note_{0} BEFORE {0} ON TB_TASKSTATUS "
    "WHEN NEW.CODE_TASK = 'TINY-RAW' AND NEW.NOTE != '' "
    "BEGIN SELECT RAISE(ABORT, 'no note is wanted'); END"
)


@pytest.fixture
def without_waiting() -> Iterator[None]:
    """A retry that would be made is made at once, and can be counted."""
    at_once = dg.RetryPolicy(max_retries=3, delay=0)
    with patch.object(raw_prices, "RETRY_POLICY", at_once):
        yield


def refuse_notes(site: Site) -> None:
    """Let the database refuse every note of TINY-RAW."""
    for event in ("INSERT", "UPDATE"):
        site.execute(NO_NOTE.format(event))


def raw(site: Site) -> tuple[str, str]:
    """STATUS and NOTE of TINY-RAW."""
    [row] = [row for row in site.rows("TB_TASKSTATUS") if row["CODE_TASK"] == "TINY-RAW"]
    return row["STATUS"], row["NOTE"]


def restarts(result: dg.ExecuteInProcessResult) -> int:
    return sum(event.event_type is RESTARTED for event in result.all_events)


@pytest.mark.usefixtures("without_waiting")
@pytest.mark.parametrize("error", [BUG, StoreError("the database refused a value")])
def test_only_the_source_is_tried_again(graph: Graph, error: Exception) -> None:
    with patch.object(Csv, "fetch", side_effect=error):
        result = graph.run(["raw_prices"])

    assert restarts(result) == 0
    assert raw(graph.site) == ("Error", " ".join(str(error).split()))


@pytest.mark.usefixtures("without_waiting")
def test_an_error_of_the_io_manager_is_not_tried_again(graph: Graph) -> None:
    with patch.object(RawPricesTables, "store", side_effect=BUG):
        result = graph.run(["raw_prices"])

    assert restarts(result) == 0
    assert raw(graph.site) == ("Error", "a bug of the source")


def test_a_note_that_is_refused_is_left_out(graph: Graph) -> None:
    graph.run(GRID)
    refuse_notes(graph.site)
    (graph.site.studies / "tiny/prices.csv").unlink()

    result = graph.run(["raw_prices"])

    assert failure(result).endswith("relative to the study's file.")
    assert raw(graph.site) == ("Error", "")


@pytest.mark.mysql
@pytest.mark.usefixtures("without_waiting")
def test_a_note_whose_characters_the_column_lacks_does_not_hide_the_error(graph: Graph) -> None:
    write_study(graph.site.studies, source={"kind": "csv", "path": "자료/금 시세.csv"})
    database()  # makes the tables
    graph.site.execute("ALTER TABLE TB_TASKSTATUS CONVERT TO CHARACTER SET latin1")
    forget(database())

    result = graph.run(["raw_prices"])

    assert restarts(result) == 0
    assert "금 시세.csv: does not exist" in failure(result)
    status, note = raw(graph.site)
    assert status == "Error"
    assert r"\uae08 \uc2dc\uc138.csv: does not exist" in note


def test_an_error_that_nobody_noted_is_noted_when_the_step_fails(
    graph: Graph,
) -> None:
    with patch.object(RawPricesTables, "handle_output", side_effect=BUG):
        graph.run(["raw_prices"])

    assert raw(graph.site)[0] == "Error"
    assert graph.site.rows("TB_TASKRUN") == []


def test_what_the_step_could_not_note_either_is_settled_when_the_command_s_run_has_failed(
    graph: Graph,
) -> None:
    study = read_study(graph.site.studies / "tiny/defs.yaml")
    runs = StudyRuns(study, graph.definitions, graph.instance, settings())
    with (
        patch.object(StudyTables, "_note"),
        patch("lstm_assets.graph.runs.failed_steps.settle_step"),
        patch.object(Csv, "fetch", side_effect=BUG),
    ):
        failed = runs.build_grid({}, fetch=True)

    assert failed is not None
    assert failed.reason == "ValueError: a bug of the source"
    assert raw(graph.site)[0] == "Error"
    assert "a bug of the source" in raw(graph.site)[1]
    assert graph.site.rows("TB_TASKRUN") == []
