"""The study in Dagster's UI, from the first click to the winner. One story, so one test."""

import pytest

from lstm_assets_tests.site import Site
from lstm_assets_tests.ui.graphql import Ui

pytestmark = pytest.mark.mysql

GRID = ["raw_prices", "adjusted_prices", "hyperparameter_grid"]
SCATTERED = ["TINY-0001", "TINY-0002", "TINY-0004"]  # two runs: a range, and one alone


def test_a_study_is_materialized_and_backfilled_to_its_winner(ui: Ui, site: Site) -> None:
    [repository] = ui.repositories()
    shown = {tuple(node["assetKey"]["path"]) for node in repository["assetNodes"]}
    assert shown == {("tiny", asset) for asset in [*GRID, "model_results", "best_model"]}

    assert ui.materialize("tiny", GRID) == "SUCCESS"
    assert len(site.rows("TB_ASSETVALUE_ADJ")) == 200
    assert site.statuses()["TINY-0003"] == "NotExecuted"

    assert ui.backfill("tiny", "model_results", SCATTERED) == ["SUCCESS", "SUCCESS"]
    assert [row["CODE_TASK"] for row in site.rows("TB_MODELRESULT")] == SCATTERED
    assert [site.statuses()[code] for code in SCATTERED] == ["Completed"] * 3

    assert ui.materialize("tiny", ["model_results"], "TINY-0002") == "SUCCESS"
    assert ui.materialize("tiny", ["model_results"], "TINY-0004", retrain=True) == "SUCCESS"
    assert site.versions() == [(code, 1) for code in SCATTERED] + [("TINY-0004", 2)]

    assert ui.materialize("tiny", ["best_model"]) == "SUCCESS"
    [best] = site.rows("TB_BESTMODEL")
    smallest = min(site.rows("TB_MODELRESULT"), key=lambda row: row["MSE"])
    assert (best["CODE_TASK"], best["MSE"]) == (smallest["CODE_TASK"], smallest["MSE"])
    assert site.statuses()["TINY-0003"] == "NotExecuted"
