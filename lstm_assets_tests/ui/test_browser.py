"""The study that ships, in a browser: from the graph to the winner's plots. One story, one test."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from lstm_assets.settings import shipped_studies
from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.site import Site
from lstm_assets_tests.ui.graphql import Ui
from lstm_assets_tests.ui.pages import Pages

if TYPE_CHECKING:
    from playwright.sync_api import Page

SCREENSHOTS = "LSTM_ASSETS_TEST_SCREENSHOTS"  # folder of the README's pictures

pytestmark = [pytest.mark.browser, pytest.mark.mysql]

# As many cells as the study has, each trained in a second.
SMALL: dict[str, list[Any]] = {
    "epoch": [10, 20],
    "batch_size": [50, 20],
    "learning_rate": [0.02, 0.005],
    "size_sequence": [5],
    "size_unit_input": [16, 32],
    "size_unit_hidden": [32, 16],
}
NINE = [f"USDKRW-000{number}" for number in range(1, 10)]
RED = "USDKRW-0006"
GREENS = [code for code in NINE if code != RED]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, mysql_server: Server) -> Iterator[Site]:
    """The study that ships, with a smaller space."""
    folder = tmp_path_factory.mktemp("browser")
    study = yaml.safe_load((shipped_studies() / "usd_krw" / "defs.yaml").read_text())
    study["attributes"]["search"]["space"] |= SMALL
    (folder / "studies" / "usd_krw").mkdir(parents=True)
    (folder / "studies" / "usd_krw" / "defs.yaml").write_text(yaml.safe_dump(study))
    with mysql_server.database() as url:
        yield Site(folder, url, url)


def test_a_study_is_clicked_through_from_its_graph_to_the_plots_of_its_winner(
    page: "Page", ui: Ui, site: Site
) -> None:
    pages = Pages(page, ui.url)

    pages.open_graph()
    pages.materialize_path("raw_prices", "hyperparameter_grid")
    pages.wait_for_green("raw_prices", "adjusted_prices", "hyperparameter_grid")
    assert len(site.rows("TB_HYPERPARAMETER")) == 64
    # Somebody mistypes a learning rate. An Adam step moves each weight by about as much.
    set_learning_rate(site, 1e30)

    pages.open_asset("model_results", "Partitions")
    with pages.materializing_partitions() as window:
        pages.choose_partitions(window, "USDKRW-000", expected=9)
    pages.wait_for_partitions(failed=1, materialized=8, missing=55)
    assert done(site) == GREENS
    assert site.statuses()[RED] == "Error"
    why = "the loss is nan at epoch 1 of 10. Lower learning_rate for this cell."
    assert site.notes()[RED] == why
    pages.open_partition(GREENS[4])
    pages.wait_for_text("loss_curve")
    keep(page, "partitions")
    pages.open_partition(RED)
    assert pages.run_that_failed() == "Failure"
    pages.wait_for_text(f"1 of 9 cells failed, {RED} first: {why}")

    set_learning_rate(site, 0.02)
    page.go_back()
    with pages.materializing_partitions() as window:
        pages.choose_failed_partition(window)
    pages.wait_for_partitions(failed=0, materialized=9, missing=55)
    assert done(site) == NINE
    assert site.versions() == [(code, 1) for code in NINE]

    # A page that hears of a materialization draws itself anew, and shuts the windows it opened.
    ui.wait_until_followed("model_results", "best_model")
    [best] = site.rows("TB_BESTMODEL")
    results = {row["CODE_TASK"]: row["MSE"] for row in site.rows("TB_MODELRESULT")}
    assert (best["CODE_TASK"], best["MSE"]) == min(results.items(), key=lambda item: item[1])
    pages.open_graph()
    pages.wait_for_green("best_model")
    pages.open_asset("best_model")
    with pages.plot("forecasts") as plot:
        assert plot.evaluate("plot => plot.naturalWidth") > 0
        keep(page, "best_model")
    with pages.plot("mse_by_hyperparameter") as plot:
        assert plot.evaluate("plot => plot.naturalWidth") > 0

    pages.open_whole_graph()
    keep(page, "graph")


def set_learning_rate(site: Site, value: float) -> None:
    """As a person does who has the tables at hand."""
    site.execute(f"UPDATE TB_HYPERPARAMETER SET LEARNING_RATE = {value} WHERE CODE_TASK = '{RED}'")


def done(site: Site) -> list[str]:
    """The cells with a result, all of which must be Completed."""
    codes = [row["CODE_TASK"] for row in site.rows("TB_MODELRESULT")]
    statuses = site.statuses()
    assert {statuses[code] for code in codes} == {"Completed"}
    return codes


def keep(page: "Page", name: str) -> None:
    """Take a picture for the README; it is written where the environment names a folder."""
    picture = page.screenshot(animations="disabled")
    assert len(picture) < 200_000
    if folder := os.environ.get(SCREENSHOTS):
        (Path(folder) / f"{name}.png").write_bytes(picture)
