"""What an IO manager notes of a stage: where an error belongs, and that it belongs nowhere else."""

import dagster as dg
import pandas as pd
import pytest
from sqlalchemy import Connection

from lstm_assets.cells.codes import Stage
from lstm_assets.errors import StoreError
from lstm_assets.graph.io_managers.prices import AdjustedPricesTables
from lstm_assets.graph.keys import ADJUSTED_PRICES, asset_key
from lstm_assets.graph.tags import STAGE
from lstm_assets.store.claims import claim
from lstm_assets.store.engine import begin
from lstm_assets.store.prices import replace_adjusted
from lstm_assets.store.setup import database
from lstm_assets.store.status import Status, set_status
from lstm_assets.study import Study
from lstm_assets.study.file import read_study
from lstm_assets_tests.graph.assets.graph import QUIET, Graph, failure
from lstm_assets_tests.site import Row, Site

AHEAD = Stage("AHEAD", -1)  # of no asset that the registry has
ADJ = Stage("ADJ", 2)
NO_BARS = (
    "TB_ASSETVALUE_ADJ holds no bars of TEST from 2020-01-01 to 2021-12-31. "
    "Materialize adjusted_prices first."
)


@pytest.fixture
def study(site: Site, monkeypatch: pytest.MonkeyPatch) -> Study:
    """TINY, whose database the environment names."""
    for name, value in site.environment.items():
        monkeypatch.setenv(name, value)
    return read_study(site.studies / "tiny/defs.yaml")


def row(site: Site, code: str) -> Row | None:
    """A row of TB_TASKSTATUS."""
    return {each["CODE_TASK"]: each for each in site.rows("TB_TASKSTATUS")}.get(code)


def forecast(study: Study, stage: Stage | None) -> dg.AssetsDefinition:
    """An asset that nobody has registered, made from the adjusted prices."""

    @dg.asset(
        key_prefix=study.name,
        op_tags={STAGE: f"{stage.name} {stage.index}"} if stage else None,
        ins={"bars": dg.AssetIn(key=asset_key(study, ADJUSTED_PRICES))},
    )
    def forecast(bars: pd.DataFrame) -> int:
        return len(bars)

    return forecast


def forecast_run(graph: Graph, study: Study, stage: Stage | None) -> dg.ExecuteInProcessResult:
    """Materialize that asset alone, beside the study's own."""
    ours = dg.Definitions(
        assets=[forecast(study, stage)],
        resources={"io_manager": dg.mem_io_manager},
        executor=dg.in_process_executor,
    )
    job = dg.Definitions.merge(graph.definitions, ours).resolve_implicit_job_def_def_for_assets(
        [asset_key(study, "forecast")]
    )
    assert job is not None
    return job.execute_in_process(
        instance=graph.instance,
        asset_selection=[asset_key(study, "forecast")],
        run_config=QUIET,
        raise_on_error=False,
    )


def test_an_input_that_cannot_be_loaded_is_noted_at_the_stage_that_asked_for_it(
    graph: Graph, study: Study
) -> None:
    with begin(database()) as conn:
        for code in ("TINY-ADJ", "TINY-GRID"):
            set_status(conn, code, Status.COMPLETED, note="as it was")
    before = graph.site.rows("TB_TASKSTATUS")

    result = forecast_run(graph, study, AHEAD)

    ahead = row(graph.site, "TINY-AHEAD")
    assert failure(result) == NO_BARS
    assert ahead is not None
    assert (ahead["STATUS"], ahead["NOTE"]) == ("Error", NO_BARS)
    assert (ahead["IDX_TASK"], ahead["TICKER"]) == (-1, "TEST")
    assert [each for each in graph.site.rows("TB_TASKSTATUS") if each != ahead] == before


def test_an_asset_without_a_stage_of_its_own_gets_no_row(graph: Graph, study: Study) -> None:
    result = forecast_run(graph, study, None)

    assert failure(result) == NO_BARS
    assert list(graph.site.statuses()) == ["SETTING_DBTABLE"]


def test_an_input_that_is_loaded_leaves_the_stage_to_its_asset(graph: Graph, study: Study) -> None:
    bars = study.source.fetch("TEST", study.date_begin, study.date_end).bars
    with begin(database()) as conn:
        replace_adjusted(conn, "TEST", None, None, bars)

    result = forecast_run(graph, study, AHEAD)

    assert result.output_for_node("tiny__forecast") == 200
    assert row(graph.site, "TINY-AHEAD") is None


def test_an_error_on_the_way_ends_the_stage_with_its_reason_in_one_line(
    site: Site, study: Study
) -> None:
    tables = AdjustedPricesTables(study, ADJ)
    with begin(tables.engine) as conn:
        claim(conn, ["TINY-ADJ"], "run")

    with pytest.raises(dg.Failure, match="no room"), tables.errors_noted(ADJ):
        raise StoreError("there is\nno room")

    adj = row(site, "TINY-ADJ")
    assert (adj["STATUS"], adj["NOTE"], adj["IDX_TASK"]) == ("Error", "there is no room", 2)
    assert site.rows("TB_TASKRUN") == []


@pytest.mark.parametrize("end", [KeyboardInterrupt, dg.DagsterExecutionInterruptedError])
def test_an_interruption_cancels_the_stage(
    site: Site, study: Study, end: type[BaseException]
) -> None:
    with pytest.raises(end), AdjustedPricesTables(study).errors_noted(ADJ):
        raise end

    adj = row(site, "TINY-ADJ")
    assert (adj["STATUS"], adj["NOTE"]) == ("Canceled", "")


def test_a_stage_is_completed_with_its_last_write_or_not_at_all(site: Site, study: Study) -> None:
    tables = AdjustedPricesTables(study, ADJ)

    def write(conn: Connection) -> None:
        set_status(conn, "TINY-OTHER", Status.RUNNING)

    def write_and_fail(conn: Connection) -> None:
        write(conn)
        raise StoreError("no room")

    with pytest.raises(StoreError):
        tables.complete(write_and_fail)
    left = [row(site, "TINY-OTHER"), row(site, "TINY-ADJ")]
    tables.complete(write)

    assert left == [None, None]
    assert row(site, "TINY-OTHER")["STATUS"] == "Running"
    assert row(site, "TINY-ADJ")["STATUS"] == "Completed"
