"""A study tuned before: only what is new, asked for again or failed is trained."""

import json
import re

from lstm_assets_tests.site import Row, Site

CELLS = ["TINY-0001", "TINY-0002", "TINY-0003", "TINY-0004"]
FIRST = [(code, 1) for code in CELLS]

# An Adam step moves each weight by about the learning rate: 1e30 overflows a float32's square.
DIVERGES = "learning_rate=0.01,1e30"


def trained(stderr: str) -> tuple[int, int]:
    """Cells trained and cells reused, of all the command's runs."""
    found = re.findall(r"(\d+) cells? to train on .*; (\d+) up to date", stderr)
    return sum(int(new) for new, _ in found), sum(int(old) for _, old in found)


def test_a_second_tune_trains_nothing_and_reports_every_cell_as_reused(copy: Site) -> None:
    before = copy.rows("TB_MODELHISTORY"), copy.rows("TB_MODELRESULT")

    done = copy.here("tune", "--workers", "0")

    assert done.status == 0
    assert trained(done.stderr) == (0, 4)
    assert (copy.rows("TB_MODELHISTORY"), copy.rows("TB_MODELRESULT")) == before
    assert set(copy.statuses().values()) == {"Completed"}
    with copy.instance() as instance:
        key = next(key for key in instance.all_asset_keys() if key.path[-1] == "model_results")
        records = instance.fetch_materializations(key, limit=100).records

    newest = {record.partition_key: record.asset_materialization for record in reversed(records)}
    stored = {row["CODE_TASK"]: row["DATA_VERSION"] for row in copy.rows("TB_MODELHISTORY")}
    assert len(records) == 8
    assert [newest[code].metadata["reused"].value for code in CELLS] == [True] * 4
    assert {code: newest[code].tags["dagster/data_version"] for code in CELLS} == stored


def test_a_grid_that_overlaps_adds_and_trains_only_what_is_new(copy: Site) -> None:
    before = copy.rows("TB_HYPERPARAMETER")

    done = copy.here("tune", "--set", "epoch=2,3", "--workers", "0")

    cells = copy.rows("TB_HYPERPARAMETER")
    new = [(row["CODE_TASK"], row["EPOCH"], row["SIZE_UNIT_HIDDEN"]) for row in cells[4:]]
    assert done.status == 0
    assert trained(done.stderr) == (2, 2)
    assert cells[:4] == before
    assert new == [("TINY-0005", 3, 2), ("TINY-0006", 3, 3)]
    assert copy.versions() == [*FIRST, ("TINY-0005", 1), ("TINY-0006", 1)]


def test_retrain_adds_a_version_and_the_history_keeps_both(copy: Site) -> None:
    before = {row["CODE_TASK"]: row for row in copy.rows("TB_MODELRESULT")}

    done = copy.here("tune", "--retrain", "--workers", "0")

    results = copy.rows("TB_MODELRESULT")
    assert done.status == 0
    assert trained(done.stderr) == (4, 0)
    assert copy.versions() == sorted([*FIRST, *((code, 2) for code in CELLS)])
    assert [row["VERSION_MODEL"] for row in results] == [2, 2, 2, 2]
    assert [row["MSE"] for row in results] == [before[code]["MSE"] for code in CELLS]
    assert copy.rows("TB_BESTMODEL")[0]["VERSION_MODEL"] == 2


def test_a_cell_that_diverges_fails_alone(site: Site) -> None:
    once = ["--set", "epoch=1", "--set", "size_unit_hidden=2", "--workers", "0"]

    done = site.here("tune", "--set", DIVERGES, *once)

    why = "the loss is nan at epoch 1 of 1. Lower learning_rate for this cell."
    assert done.status == 1
    assert done.stderr.endswith(f"\nError: 1 of 2 cells failed, TINY-0002 first: {why}\n")
    assert site.notes() == {"TINY-0002": why}
    assert site.statuses()["TINY-0001"] == "Completed"
    assert site.statuses()["TINY-0002"] == "Error"
    assert site.statuses()["TINY-BEST"] == "Completed"
    assert [row["CODE_TASK"] for row in site.rows("TB_BESTMODEL")] == ["TINY-0001"]


def test_a_cell_that_diverged_is_not_trained_again_on_the_same_prices(copy: Site) -> None:
    asked = ["--set", DIVERGES, "--set", "epoch=1", "--workers", "0"]
    first = copy.here("tune", *asked)
    before = copy.rows("TB_TASKSTATUS")

    again = copy.here("tune", *asked)

    assert (first.status, again.status) == (1, 1)
    assert trained(first.stderr) == (2, 2)
    assert trained(again.stderr) == (0, 2)
    assert copy.versions() == FIRST
    assert _failures(again.stderr) == _failures(first.stderr)
    assert "2 cells diverged or could not be trained on these prices before, " in again.stderr
    assert "They are not trained again; --retrain, or `retrain: true`" in again.stderr
    assert _as_they_were(copy.rows("TB_TASKSTATUS")) == _as_they_were(before)
    assert copy.rows("TB_TASKRUN") == []


def _failures(stderr: str) -> list[str]:
    return [line for line in stderr.splitlines() if line.startswith("Error: ")]


def _as_they_were(rows: list[Row]) -> list[tuple[str, str, str]]:
    return [(row["CODE_TASK"], row["STATUS"], row["NOTE"]) for row in rows]


def test_a_cell_that_diverged_is_trained_again_when_that_is_asked_for_or_prices_are_new(
    copy: Site,
) -> None:
    asked = ["--set", DIVERGES, "--set", "epoch=1", "--workers", "0"]
    copy.here("tune", *asked)

    retrained = copy.here("tune", "--retrain", *asked)
    _add_a_bar(copy)
    on_new_prices = copy.here("tune", *asked)

    assert trained(retrained.stderr) == (4, 0)
    assert trained(on_new_prices.stderr) == (4, 0)
    assert sorted(copy.notes()) == ["TINY-0005", "TINY-0006"]


def _add_a_bar(site: Site) -> None:
    file = site.studies / "tiny" / "prices.csv"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines, "2020-07-19,100,101,99,100,1000"]))


def test_new_prices_train_every_cell_again(copy: Site) -> None:
    _add_a_bar(copy)

    done = copy.here("tune", "--workers", "0")

    assert done.status == 0
    assert trained(done.stderr) == (4, 0)
    assert [row["VERSION_MODEL"] for row in copy.rows("TB_MODELRESULT")] == [2, 2, 2, 2]
    assert [row["DATE_E_TEST"] for row in copy.rows("TB_MODELRESULT")] == ["20200719"] * 4


def test_a_tuple_that_the_reference_system_left_is_no_cell_until_a_grid_asks_for_it(
    copy: Site,
) -> None:
    copy.execute("INSERT INTO TB_HYPERPARAMETER (CODE_TASK, EPOCH) VALUES ('TINY-9999', 7)")

    done = copy.here("tune", "--workers", "0")

    assert done.status == 0
    assert trained(done.stderr) == (0, 4)
    assert copy.versions() == FIRST


def test_a_result_on_other_prices_is_marked_and_does_not_win(copy: Site) -> None:
    [best] = copy.rows("TB_BESTMODEL")
    stale = best["CODE_TASK"]
    copy.execute(f"UPDATE TB_MODELHISTORY SET DATA_VERSION = 'older' WHERE CODE_TASK = '{stale}'")

    table = copy.here("leaderboard").stdout
    rows = json.loads(copy.here("leaderboard", "--format", "json").stdout)

    assert f"{stale} *" in table
    assert f"Winner on earlier prices: {stale}" in table
    assert [row["code_task"] for row in rows if not row["current"]] == [stale]
    cells = [row for row in rows if row["current"] and not row["baseline"]]
    assert [row["mse_naive"] for row in cells] == [best["MSE_NAIVE"]] * 3
