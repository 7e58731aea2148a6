"""Bars that no search sees, from the study's file to the verdict."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstm_assets_tests.cli.conftest import EVERYWHERE
from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.site import Row, Site
from lstm_assets_tests.studies import HEADER, write_study

BARS, HELD = 700, 140
SEARCH = {
    "method": "bayesian",
    "n_trials": 4,
    "startup": 2,
    "parallel": 2,
    "space": {
        "epoch": [12],
        "batch_size": [16],
        "learning_rate": {"low": 0.005, "high": 0.02, "scale": "log"},
        "ratio_train_set": [0.8],
        "size_sequence": [12],
        "size_unit_input": [4],
        "size_unit_hidden": [4],
        "size_unit_output": [1],
    },
}
SEEN = ("TB_HYPERPARAMETER", "TB_HYPERPARAMETER_EXT", "TB_MODELRESULT", "TB_MODELHISTORY")
PASSING = ("DATE_UPDATE", "SECONDS_TRAIN", "PATH_MODEL")  # differ between any two runs


def write_prices(file: Path, closes: "np.ndarray[Any, Any]") -> None:
    dates = np.datetime64("2018-01-01") + np.arange(len(closes))
    rows = [f"{d},{c},{c},{c},{c},1" for d, c in zip(dates, closes.tolist(), strict=True)]
    file.write_text("\n".join([HEADER, *rows, ""]))


def site_of(folder: Path, closes: "np.ndarray[Any, Any]", *urls: str) -> Site:
    holdout = {"share": HELD / len(closes)}
    given = {"date_begin": "2018-01-01", "holdout": holdout, "price": "close", "search": SEARCH}
    write_prices(write_study(folder / "studies", **given).parent / "prices.csv", closes)
    return Site(folder, *urls)


def wave() -> "np.ndarray[Any, Any]":
    noise = np.random.default_rng(1).normal(size=BARS)
    return 100 + 5 * np.sin(np.arange(BARS) * 2 * np.pi / 20) + 0.1 * noise


@pytest.fixture(scope="module", params=EVERYWHERE)
def waves(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A study of a sine, tuned once."""
    with ExitStack() as databases:
        urls = []
        if request.param == "mysql":
            server: Server = request.getfixturevalue("mysql_server")
            urls = [databases.enter_context(server.database())]
        site = site_of(tmp_path_factory.mktemp("waves"), wave(), *urls)
        done = site.here("tune", "TINY", "--workers", "0")
        assert done.status == 0, done.stderr
        yield site


def seen(site: Site) -> list[list[Row]]:
    """What searches, trainings and rankings left, without what differs between any two runs."""
    return [
        [{n: v for n, v in row.items() if n not in PASSING} for row in site.rows(name)]
        for name in SEEN
    ]


def test_a_forecast_that_is_better_is_shown_to_be_so(waves: Site) -> None:
    [best] = waves.rows("TB_BESTMODEL")

    printed = waves.here("leaderboard", "TINY").stdout

    assert best["VERDICT"].startswith(f"Beats naive on {HELD} bars no search saw: MSE ")
    assert best["VERDICT"].endswith(", opened once, 4 tries.")
    assert f"Verdict: {best['VERDICT']}" in " ".join(printed.split())
    assert (best["HOLDOUT_BARS"], best["HOLDOUT_OPENED"], best["TRIES"]) == (HELD, 1, 4)
    assert (best["HOLDOUT_BEGIN"], best["HOLDOUT_END"]) == ("20190715", "20191201")
    assert best["MSE_HOLDOUT"] < best["MSE_NAIVE_HOLDOUT"]
    assert max(row["DATE_E_TEST"] for row in waves.rows("TB_MODELRESULT")) == "20190714"


def test_what_stands_beside_the_verdict_agrees_with_it(waves: Site) -> None:
    [best] = waves.rows("TB_BESTMODEL")

    printed = " ".join(waves.here("leaderboard", "TINY").stdout.split())

    assert best["P_DM"] < 0.01
    assert best["P_SEARCH"] < 0.01
    assert best["P_ACCURACY"] < 0.01
    assert 1 <= best["MCS_SIZE"] <= 4  # of the four cells; a sine is no random walk
    assert 0 < best["GAIN_BEST_BARS"] < 0.5
    assert (best["SEEDS"], best["SEED_SD"]) == (1, None)
    assert best["MSE_BASELINE_HOLDOUT"] < best["MSE_NAIVE_HOLDOUT"]
    assert f"model confidence set {best['MCS_SIZE']} forecasts" in printed
    assert best["BASELINE_VERDICT"] in printed
    said = " ".join(waves.here("status", "TINY").stdout.split())
    assert f"Winner: {best['CODE_TASK']}. Verdict: {best['VERDICT']}" in said


def test_the_same_winner_named_again_opens_nothing(waves: Site) -> None:
    before = waves.rows("TB_BESTMODEL")[0]

    assert waves.here("tune", "TINY", "--workers", "0").status == 0

    [best], history = waves.rows("TB_BESTMODEL"), waves.rows("TB_BESTHISTORY")
    assert best | {"DATE_UPDATE": None} == before | {"DATE_UPDATE": None}
    assert len(history) >= 2
    assert {row["TESTED"] for row in history} == {best["TESTED"]}


def test_nothing_that_a_search_leaves_depends_on_the_holdout(waves: Site, tmp_path: Path) -> None:
    closes = wave()
    closes[-HELD:] = 1000 * np.exp(0.05 * np.random.default_rng(2).normal(size=HELD).cumsum())
    other = site_of(tmp_path, closes)

    assert other.here("tune", "TINY", "--workers", "0").status == 0

    assert seen(other) == seen(waves)
    [best], [first] = other.rows("TB_BESTMODEL"), waves.rows("TB_BESTMODEL")
    assert (best["CODE_TASK"], best["MSE"]) == (first["CODE_TASK"], first["MSE"])
    assert best["VERDICT"] != first["VERDICT"]
