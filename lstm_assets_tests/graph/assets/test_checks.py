"""What is checked of each asset, and what a failed check stops."""

import dagster as dg

from lstm_assets_tests.graph.assets.graph import GRID, Graph, failure, metadata
from lstm_assets_tests.studies import prices, write_study


def checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {each.check_name: each.passed for each in result.get_asset_check_evaluations()}


def severity(result: dg.ExecuteInProcessResult, name: str) -> dg.AssetCheckSeverity:
    [found] = [each for each in result.get_asset_check_evaluations() if each.check_name == name]
    return found.severity


def test_good_prices_pass_every_check(graph: Graph) -> None:
    assert checks(graph.run(GRID)) == {
        "dates_ordered": True,
        "prices_positive": True,
        "prices_complete": True,
        "no_long_gap": True,
    }


def test_a_long_gap_stops_the_grid_and_is_an_error_of_the_stage(graph: Graph) -> None:
    # 2020-02-10 to 2020-02-14 are five weekdays; lines count from the header's 0.
    lines = prices(200).splitlines()
    (graph.site.studies / "tiny/prices.csv").write_text("\n".join(lines[:41] + lines[46:]))
    write = graph.site.studies / "tiny/defs.yaml"
    write.write_text(write.read_text() + "  max_gap_days: 4\n")

    result = graph.run(GRID)

    assert not result.success
    assert checks(result)["no_long_gap"] is False
    assert graph.partitions == []
    why = "nothing was stored: check no_long_gap: The largest gap has 5 weekdays without a bar"
    assert graph.site.notes()["TINY-ADJ"].startswith(why)
    assert failure(result).startswith(why)
    assert graph.site.statuses()["TINY-ADJ"] == "Error"
    assert graph.site.rows("TB_ASSETVALUE_ADJ") == []


def test_a_part_of_the_grid_is_a_warning_and_the_whole_passes(graph: Graph) -> None:
    graph.run(GRID)

    part = graph.train("TINY-0001", "TINY-0002")
    whole = graph.train("TINY-0003", "TINY-0004")

    assert part.success
    assert checks(part) == {"loss_is_finite": True, "grid_is_covered": False}
    assert severity(part, "grid_is_covered") is dg.AssetCheckSeverity.WARN
    assert checks(whole) == {"loss_is_finite": True, "grid_is_covered": True}


def test_a_result_that_is_no_number_fails_a_check(graph: Graph) -> None:
    graph.run(GRID)
    graph.train("TINY-0001", "TINY-0002")
    graph.site.execute("UPDATE TB_MODELRESULT SET LOSS = NULL WHERE CODE_TASK = 'TINY-0001'")

    assert checks(graph.train("TINY-0003", "TINY-0003"))["loss_is_finite"] is False


def test_a_winner_that_no_holdout_shows_to_be_better_is_a_warning(graph: Graph) -> None:
    write_study(graph.site.studies, {"epoch": [1], "learning_rate": [1e-6]})
    graph.run(GRID)
    graph.train("TINY-0001", "TINY-0002")

    result = graph.run(["best_model"])

    assert result.success
    assert checks(result) == {"beats_naive": False}
    assert severity(result, "beats_naive") is dg.AssetCheckSeverity.WARN
    said = metadata(result, "best_model")
    assert said["mse"] > said["mse_naive"]
