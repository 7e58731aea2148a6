"""The retune sensor over prices that a replay reveals week by week."""

import os
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dagster as dg
import pytest

from lstm_assets.graph.instance import open_instance
from lstm_assets.settings import settings
from lstm_assets_tests.graph.assets.graph import GRID, Graph
from lstm_assets_tests.graph.sensors.ticks import Ticked, Ticks
from lstm_assets_tests.site import Row, Site
from lstm_assets_tests.studies import HEADER, prices, write_study

FROM_JANUARY = {"date_begin": "2020-01-01", "date_end": None}
RETUNED = {"enabled": True, "min_new_bars": 5, "top_k": 2, "warm_start": True}
STAGES = ["refresh", "tune", "select"]


def replayed(site: Site, begin: str, step_days: int, **retune: Any) -> None:
    """Let TINY's prices of 200 days from 2020-01-01 be revealed from `begin` on."""
    source = {
        "kind": "replay",
        "of": {"kind": "csv", "path": "prices.csv"},
        "begin": begin,
        "step_days": step_days,
    }
    write_study(site.studies, source=source, **FROM_JANUARY, retune=RETUNED | retune)


def from_csv(site: Site, **retune: Any) -> Path:
    """Let TINY follow its own file, of 100 days as yet."""
    file = write_study(site.studies, **FROM_JANUARY, retune=RETUNED | retune)
    (file.parent / "prices.csv").write_text(prices(100))
    return file.parent / "prices.csv"


def tuned(graph: Graph) -> None:
    assert graph.run(GRID).success
    assert graph.train("TINY-0001", "TINY-0004").success
    assert graph.run(["best_model"]).success


def retuned(ticks: Ticks) -> list[Ticked]:
    """Tick through one whole retune."""
    return [ticks.tick_and_run("retune") for _ in range(4)]


def jobs(told: list[Ticked]) -> list[str]:
    return [str(request.job_name) for each in told for request in each.requests]


def best(site: Site) -> Row:
    [row] = site.rows("TB_BESTMODEL")
    return row


def test_six_months_are_retuned_where_they_should_be(
    site: Site, graph: Graph, ticks: Ticks
) -> None:
    # 30 bars to begin with; then two weeks at a time up to the 200th bar: 170 = 12 * 14 + 2.
    replayed(site, "2020-01-30", 14, min_new_bars=5)
    tuned(graph)
    launched: list[str] = []
    champions = [best(site)]
    seen: list[int] = []

    for _ in range(14):
        told = ticks.tick_and_run("retune")
        while told.requests:
            launched += jobs([told])
            told = ticks.tick_and_run("retune")
        champions.append(best(site))
        seen.append(len(site.rows("TB_ASSETVALUE_RAW")))

    # Of the 13th two weeks there are but 2 bars, fewer than min_new_bars.
    assert seen == [30 + 14 * step for step in range(1, 13)] + [198, 198]
    assert launched.count("tiny__refresh") == launched.count("tiny__select") == 12
    assert "2 of 5 new bars" in told.skipped
    _check_versions(site, graph.instance, retunes=12, top_k=2)
    _check_champions(site, champions)


def _check_versions(site: Site, instance: dg.DagsterInstance, retunes: int, top_k: int) -> None:
    """Each retune added one version to each of the best cells, and none to the others."""
    history = site.rows("TB_MODELHISTORY")
    runs = instance.get_runs(dg.RunsFilter(job_name="tiny__tune"))
    assert len(history) == 4 + retunes * top_k
    assert len({run.tags["lstm_assets/retune"] for run in runs}) == retunes
    for row in site.rows("TB_MODELRESULT"):
        versions = [
            each["VERSION_MODEL"] for each in history if each["CODE_TASK"] == row["CODE_TASK"]
        ]
        assert sorted(versions) == list(range(1, row["VERSION_MODEL"] + 1))
    for end in {row["DATE_E_TEST"] for row in history} - {"20200130"}:
        assert len([row for row in history if row["DATE_E_TEST"] == end]) == top_k


def _check_champions(site: Site, champions: list[Row]) -> None:
    """The champion changed exactly where NOTE says that the challenger won."""
    changes = 0
    for before, after in pairwise(champions):
        same = (before["CODE_TASK"], before["VERSION_MODEL"]) == (
            after["CODE_TASK"],
            after["VERSION_MODEL"],
        )
        if after["DATE_UPDATE"] == before["DATE_UPDATE"] and same:
            continue
        name = f"{before['CODE_TASK']} v{before['VERSION_MODEL']}"
        if same:
            # It was better, or the challenger was, and the bars since do not show it.
            assert after["NOTE"].startswith(f"champion {name} stays: MSE ")
            assert f"{after['MSE']:.6g}" in after["NOTE"]
            is_better = f"MSE {after['MSE']:.6g} against " in after["NOTE"]
            assert is_better is not (" is not significant, p = " in after["NOTE"])
        else:
            changes += 1
            new = f"{after['CODE_TASK']} v{after['VERSION_MODEL']}"
            assert after["NOTE"].startswith(f"{new} replaces champion {name}: MSE ")
            assert " bars since it was named" in after["NOTE"]
    assert changes < len(champions) / 2  # on a random walk, none is better than another


def test_one_retune_goes_through_its_stages_once(site: Site, graph: Graph, ticks: Ticks) -> None:
    replayed(site, "2020-05-01", 7)
    tuned(graph)

    told = retuned(ticks)

    assert jobs(told) == [f"tiny__{stage}" for stage in STAGES]
    assert told[-1].skipped.startswith("the retune to 2020-05-08 has ended: ")
    assert site.statuses()["TINY-BEST"] == "Completed"


def test_two_ticks_over_the_same_data_launch_one_retune(
    site: Site, graph: Graph, ticks: Ticks
) -> None:
    file = from_csv(site)
    tuned(graph)
    file.write_text(prices(107))

    first = retuned(ticks)
    second = ticks.tick_and_run("retune")

    assert jobs(first) == [f"tiny__{stage}" for stage in STAGES]
    assert second.requests == []
    assert second.skipped == "no new data: the results have seen every bar up to 2020-04-16"
    assert len(site.rows("TB_MODELHISTORY")) == 6


def test_a_tick_that_crashed_after_its_launch_launches_nothing_twice(
    site: Site, graph: Graph, ticks: Ticks
) -> None:
    file = from_csv(site)
    tuned(graph)
    file.write_text(prices(107))
    ticks.tick_and_run("retune")
    del ticks.cursors["retune"]  # as if it had died before its cursor was kept

    again = ticks.tick_and_run("retune")

    assert jobs([again]) == []
    # The bars are stored by now, and no result has seen them: the retune goes on where it was.
    assert again.skipped == "the retune to 2020-04-16: an earlier tick has launched its refresh"
    assert jobs([ticks.tick_and_run("retune")]) == ["tiny__tune"]


def test_fewer_bars_than_asked_for_are_waited_for(site: Site, graph: Graph, ticks: Ticks) -> None:
    file = from_csv(site)
    tuned(graph)
    file.write_text(prices(104))

    told = ticks.tick("retune")

    assert told == Ticked("4 of 5 new bars: the results have seen every bar up to 2020-04-09", [])


def test_a_source_that_fails_says_why_and_is_asked_again(
    site: Site, graph: Graph, ticks: Ticks
) -> None:
    file = from_csv(site)
    tuned(graph)
    file.write_text(HEADER)

    failed = ticks.tick("retune")
    file.write_text(prices(107))
    again = ticks.tick("retune")

    assert failed.requests == []
    assert failed.skipped == (
        "the source failed, the next tick tries again: "
        f"csv {file}: has a header and no bars. Add a row for each date."
    )
    assert jobs([again]) == ["tiny__refresh"]


def test_a_refresh_that_failed_is_told_and_launched_again(
    site: Site, graph: Graph, ticks: Ticks
) -> None:
    file = from_csv(site)
    tuned(graph)
    file.write_text(prices(107))
    [request] = ticks.tick("retune").requests
    file.write_text(HEADER)
    ticks.run(request, "refresh")
    file.write_text(prices(107))

    told, again = ticks.tick("retune"), ticks.tick("retune")

    assert told.skipped.startswith(
        "the retune to 2020-04-16 failed, the next tick tries again: csv "
    )
    assert jobs([again]) == ["tiny__refresh"]


def test_a_refresh_that_never_works_is_launched_three_times(
    site: Site, graph: Graph, ticks: Ticks
) -> None:
    file = from_csv(site, min_new_bars=1)
    tuned(graph)
    far = "2021-01-04,100,101,99,100,1000"  # over half a year later: the gap is refused
    file.write_text(prices(107) + far)

    told = [ticks.tick_and_run("retune") for _ in range(8)]

    assert jobs(told) == ["tiny__refresh"] * 3
    assert told[-1].skipped.startswith("the retune to 2021-01-04 failed 3 times: ")
    assert "check no_long_gap: The largest gap has " in told[-1].skipped


def test_weights_that_have_seen_the_evaluation_bars_are_no_warm_start(
    site: Site, graph: Graph, ticks: Ticks
) -> None:
    file = from_csv(site)
    tuned(graph)
    # Fewer bars than before: the new evaluation bars begin where the old training bars were.
    write_study(site.studies, **FROM_JANUARY | {"date_end": "2020-03-20"}, retune=RETUNED)
    file.write_text(prices(100))
    graph.run(GRID)

    graph.train("TINY-0001", "TINY-0004", warm_start=True)

    warm = {row["CODE_TASK"]: row["MSE"] for row in site.rows("TB_MODELRESULT")}
    graph.train("TINY-0001", "TINY-0004", retrain=True)
    cold = {row["CODE_TASK"]: row["MSE"] for row in site.rows("TB_MODELRESULT")}
    assert warm == cold


def test_a_select_that_died_is_launched_again(site: Site, graph: Graph, ticks: Ticks) -> None:
    file = from_csv(site)
    tuned(graph)
    file.write_text(prices(107))
    ticks.tick_and_run("retune")
    ticks.tick_and_run("retune")
    [request] = ticks.tick("retune").requests
    job = ticks.definitions.resolve_job_def("tiny__select")
    run = ticks.instance.create_run_for_job(job, tags=dict(request.tags))
    ticks.instance.report_run_failed(run, "killed")

    told = [ticks.tick_and_run("retune") for _ in range(2)]

    assert jobs(told) == ["tiny__select"]
    assert told[-1].skipped.startswith("the retune to 2020-04-16 has ended: ")


def test_a_study_without_results_is_not_retuned(graph: Graph, ticks: Ticks) -> None:
    from_csv(graph.site)
    graph.run(GRID)

    told = ticks.tick("retune")

    assert told == Ticked("there is no result yet; tune the study first", [])


def test_bars_that_are_held_out_are_no_news(site: Site, graph: Graph, ticks: Ticks) -> None:
    file = from_csv(site, min_new_bars=1)
    study = site.studies / "tiny" / "defs.yaml"
    study.write_text(study.read_text().replace("  source:", "  holdout: {share: 0.1}\n  source:"))
    tuned(graph)

    told = ticks.tick("retune")
    file.write_text(prices(110))
    later = retuned(ticks)

    assert told.skipped.startswith("no new data: the results have seen every bar up to 2020-04-09")
    assert jobs(later) == [f"tiny__{stage}" for stage in STAGES]
    assert best(site)["HOLDOUT_END"] == "20200419"
    assert best(site)["HOLDOUT_BARS"] == 11
    assert max(row["DATE_E_TEST"] for row in site.rows("TB_MODELRESULT")) == "20200408"


def retuned_twice(folder: Path, noise_from: int) -> tuple[list[Row], Row]:
    """Tune on 100 bars, retune warm on 110; the history, and the winner.

    Args:
        folder: of the site.
        noise_from: the first bar that is replaced by noise.
    """
    study = write_study(folder / "studies", **FROM_JANUARY, retune=RETUNED, holdout={"share": 0.1})
    site, file = Site(folder), study.parent / "prices.csv"
    head, *rows = prices(110).splitlines()
    noisy = [f"{row.split(',')[0]},9{at},9{at},9{at},9{at},1" for at, row in enumerate(rows)]
    lines = [head, *rows[:noise_from], *noisy[noise_from:]]
    with (
        patch.dict(os.environ, site.environment, clear=True),
        open_instance(settings()) as instance,
    ):
        file.write_text("\n".join([*lines[:101], ""]))
        tuned(Graph(site, instance))
        file.write_text("\n".join([*lines, ""]))
        assert jobs(retuned(Ticks(site, instance))) == [f"tiny__{stage}" for stage in STAGES]
    passing = ("DATE_UPDATE", "SECONDS_TRAIN", "PATH_MODEL")
    history = [
        {name: value for name, value in row.items() if name not in passing}
        for row in site.rows("TB_MODELHISTORY")
    ]
    return history, best(site)


def test_no_bar_of_the_holdout_reaches_a_retune_or_its_warm_start(tmp_path: Path) -> None:
    history, winner = retuned_twice(tmp_path / "prices", noise_from=110)
    other, _ = retuned_twice(tmp_path / "noise", noise_from=99)  # the last 11 are held out

    assert [row["VERSION_MODEL"] for row in history].count(2) == RETUNED["top_k"]
    assert history == other
    assert winner["HOLDOUT_BARS"] == 11


@pytest.mark.parametrize(("top_k", "trained"), [(0, 4), (1, 1), (3, 3)])
def test_the_best_cells_are_trained_again(
    site: Site, graph: Graph, ticks: Ticks, top_k: int, trained: int
) -> None:
    file = from_csv(site, top_k=top_k)
    tuned(graph)
    order = [row["CODE_TASK"] for row in sorted(site.rows("TB_MODELRESULT"), key=_mse)]
    file.write_text(prices(107))

    retuned(ticks)

    again = [code for code, version in site.versions() if version == 2]
    assert sorted(again) == sorted(order[:trained])


def _mse(row: Row) -> float:
    return float(row["MSE"])


def test_bars_that_somebody_else_fetched_are_new_to_the_results(
    site: Site, graph: Graph, ticks: Ticks
) -> None:
    file = from_csv(site)
    tuned(graph)
    file.write_text(prices(107))
    graph.run(["raw_prices", "adjusted_prices"])

    assert jobs([ticks.tick("retune")]) == ["tiny__refresh"]


def test_a_cold_start_gives_what_a_new_study_on_these_prices_would(
    site: Site, graph: Graph, ticks: Ticks, tmp_path: Path
) -> None:
    file = from_csv(site, warm_start=False, top_k=0)
    tuned(graph)
    file.write_text(prices(107))

    retuned(ticks)

    fresh = Site(tmp_path / "fresh")
    copy = write_study(fresh.studies, **FROM_JANUARY)
    (copy.parent / "prices.csv").write_text(prices(107))
    assert fresh.here("tune", "--workers", "0").status == 0
    assert {r["CODE_TASK"]: r["MSE"] for r in site.rows("TB_MODELRESULT")} == {
        r["CODE_TASK"]: r["MSE"] for r in fresh.rows("TB_MODELRESULT")
    }


def test_the_sensor_is_off_unless_the_study_says_so(site: Site, ticks: Ticks) -> None:
    stopped = ticks.definitions.resolve_sensor_def("tiny__retune")
    from_csv(site)
    running = ticks.definitions.resolve_sensor_def("tiny__retune")

    assert stopped.default_status is dg.DefaultSensorStatus.STOPPED
    assert running.default_status is dg.DefaultSensorStatus.RUNNING
