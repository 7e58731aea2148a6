"""What ranks the cells of a study: relative errors, folds, and several seeds of the best."""

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest

from lstm_assets_tests.cli.conftest import EVERYWHERE
from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.site import Row, Site
from lstm_assets_tests.studies import HEADER, write_study

BARS, HELD = 260, 60  # the other 200: 20 score each cell, and 20 score each of its earlier folds
RANKING: dict[str, Any] = {
    "rank_by": "relative_mse",
    "folds": {"n": 3, "gap": 2, "rank": "mean"},
    "finalists": {"cells": 2, "seeds": 3},
    "holdout": {"share": HELD / BARS},
}
PASSING = ("DATE_UPDATE", "SECONDS_TRAIN", "PATH_MODEL")  # differ between any two runs


def closes() -> "np.ndarray[Any, Any]":
    walk: np.ndarray[Any, Any] = 100 + np.random.default_rng(3).normal(size=BARS).cumsum()
    return walk


def site_of(folder: Path, prices: "np.ndarray[Any, Any]", *urls: str, **ranking: Any) -> Site:
    study = write_study(folder / "studies", **ranking)
    write_prices(study, prices)
    return Site(folder, *urls)


def write_prices(study: Path, prices: "np.ndarray[Any, Any]") -> None:
    dates = np.datetime64("2020-01-01") + np.arange(len(prices))
    rows = [f"{d},{c},{c},{c},{c},1" for d, c in zip(dates, prices.tolist(), strict=True)]
    (study.parent / "prices.csv").write_text("\n".join([HEADER, *rows, ""]))


def tune(site: Site) -> str:
    done = site.here("tune", "TINY", "--workers", "0")
    assert done.status == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Four cells, ranked by their mean over three folds, the two best of them with three seeds."""
    site = site_of(tmp_path_factory.mktemp("tuned"), closes(), **RANKING)
    tune(site)
    return site


@pytest.fixture(params=EVERYWHERE)
def tuned(request: pytest.FixtureRequest) -> Site:
    """The same on each database."""
    found: Site = request.getfixturevalue("here" if request.param == "sqlite" else "on_a_server")
    return found


@pytest.fixture(scope="module")
def on_a_server(tmp_path_factory: pytest.TempPathFactory, mysql_server: Server) -> Iterator[Site]:
    with mysql_server.database() as url:
        site = site_of(tmp_path_factory.mktemp("tuned"), closes(), url, **RANKING)
        tune(site)
        yield site


def history(site: Site, **wanted: Any) -> list[Row]:
    """Rows of the history with these values, without what differs between any two runs."""
    return [
        {name: value for name, value in row.items() if name not in PASSING}
        for row in site.rows("TB_MODELHISTORY")
        if all(row[name] == value for name, value in wanted.items())
    ]


def simple_forecasts(site: Site) -> list[tuple[Any, ...]]:
    """What simple forecasts score on the bars that a search sees."""
    names = ("NAME", "LOSS", "ACCURACY", "MSE", "RELATIVE_MSE")
    return [tuple(row[name] for name in names) for row in site.rows("TB_BASELINE")]


def relative(site: Site, code: str, repeat: int | None, fold: int | None) -> float:
    [row] = history(site, CODE_TASK=code, IDX_REPEAT=repeat, IDX_FOLD=fold)
    return float(row["RELATIVE_MSE"])


def over_folds(site: Site, code: str, repeat: int | None = None) -> float:
    return fmean(relative(site, code, repeat, fold) for fold in (1, 2, None))


def codes(site: Site) -> list[str]:
    return [row["CODE_TASK"] for row in site.rows("TB_MODELRESULT")]


def test_every_cell_has_a_row_for_each_fold_with_bars_of_its_own(tuned: Site) -> None:
    folds = {
        (row["IDX_FOLD"], row["DATE_E_TRAIN"], row["DATE_E_TEST"])
        for row in history(tuned, IDX_REPEAT=None)
    }

    assert len(history(tuned, IDX_REPEAT=None)) == 3 * 4
    assert folds == {
        (None, "20200608", "20200718"),  # trained on 160 of the 180 bars before those that score
        (2, "20200521", "20200628"),  # on 142 of the 160
        (1, "20200503", "20200608"),  # on 124 of the 140
    }


def test_the_mean_and_the_spread_over_the_folds_are_stored(tuned: Site) -> None:
    for code in codes(tuned):
        [own] = history(tuned, CODE_TASK=code, IDX_REPEAT=None, IDX_FOLD=None)
        scores = [relative(tuned, code, None, fold) for fold in (1, 2, None)]

        assert own["FOLDS_MEAN"] == pytest.approx(fmean(scores), rel=1e-12)
        assert own["FOLDS_SD"] == pytest.approx(stdev(scores), rel=1e-12)


def test_the_best_cells_are_trained_with_other_seeds_and_ranked_by_their_mean(tuned: Site) -> None:
    finalists = sorted(codes(tuned), key=lambda code: over_folds(tuned, code))[:2]
    means = {
        code: fmean(over_folds(tuned, code, repeat) for repeat in (None, 1, 2))
        for code in finalists
    }
    winner = min(means, key=means.__getitem__)

    [best] = tuned.rows("TB_BESTMODEL")

    assert {row["CODE_TASK"] for row in tuned.rows("TB_MODELHISTORY") if row["IDX_REPEAT"]} == set(
        finalists
    )
    assert best["CODE_TASK"] == winner
    assert len({row["SEED"] for row in history(tuned, CODE_TASK=winner)}) == 3
    mses = [row["MSE"] for row in history(tuned, CODE_TASK=winner) if row["IDX_FOLD"] is None]
    assert (best["SEEDS"], best["TRIES"]) == (3, 4 + 2 * 2)
    assert best["SEED_SD"] == pytest.approx(stdev(mses), rel=1e-12)
    board = json.loads(tuned.here("leaderboard", "TINY", "--format", "json").stdout)
    cells = [row for row in board if not row["baseline"]]
    assert [row["code_task"] for row in cells[:2]] == sorted(finalists, key=means.__getitem__)
    assert (cells[0]["seeds"], cells[2].get("seeds")) == (3, None)
    assert cells[0]["seeds_mean"] == pytest.approx(means[winner], rel=1e-12)


def test_what_is_trained_is_not_trained_again(tuned: Site) -> None:
    before = tuned.rows("TB_MODELHISTORY")

    tune(tuned)

    assert tuned.rows("TB_MODELHISTORY") == before


def test_no_later_bar_reaches_a_fold_and_no_bar_of_the_holdout_anything(
    here: Site, tmp_path: Path
) -> None:
    prices = closes()
    prices[-HELD:] = np.random.default_rng(4).normal(size=HELD) + 500
    held = site_of(tmp_path / "held", prices, **RANKING)
    prices[160:] = np.random.default_rng(4).normal(size=BARS - 160) + 500
    later = site_of(tmp_path / "later", prices, **RANKING)

    tune(held)
    tune(later)

    assert history(held) == history(here)
    assert simple_forecasts(held) == simple_forecasts(here)
    scores = ("CODE_TASK", "LOSS", "ACCURACY", "MSE", "RELATIVE_MSE", "SEED")
    first = [
        [{name: row[name] for name in scores} for row in history(each, IDX_FOLD=1, IDX_REPEAT=None)]
        for each in (here, later)
    ]
    assert first[0] == first[1]
    assert history(later, IDX_FOLD=2, IDX_REPEAT=None) != history(here, IDX_FOLD=2, IDX_REPEAT=None)


def test_folds_that_a_study_gets_later_train_nothing_else(tmp_path: Path) -> None:
    site = site_of(tmp_path, closes())
    tune(site)
    before = site.rows("TB_MODELHISTORY")
    write_prices(write_study(site.studies, folds={"n": 2}), closes())

    tune(site)

    added = [row for row in site.rows("TB_MODELHISTORY") if row["IDX_FOLD"]]
    assert len(added) == len(before) == 4
    kept = [row for row in site.rows("TB_MODELHISTORY") if not row["IDX_FOLD"]]
    assert [row["VERSION_MODEL"] for row in kept] == [row["VERSION_MODEL"] for row in before]
    assert all(row["FOLDS_MEAN"] for row in kept)


def test_folds_that_leave_too_few_bars_are_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    site = site_of(tmp_path, closes()[:60], evaluation_share=0.2, folds={"n": 5})

    done = site.here("tune", "TINY", "--workers", "0")

    assert done.status == 1
    assert done.stderr.splitlines()[-1].endswith(
        "60 bars are too few for 5 folds of 12 bars each. Lower folds.n or evaluation_share, or "
        "widen the study's dates."
    )
    assert site.rows("TB_HYPERPARAMETER") == site.rows("TB_ASSETVALUE_RAW") == []


def test_old_results_get_their_relative_error_from_their_models(tmp_path: Path) -> None:
    site = site_of(tmp_path, closes())
    tune(site)
    known = site.rows("TB_MODELHISTORY")
    site.execute("UPDATE TB_MODELHISTORY SET RELATIVE_MSE = NULL")
    write_prices(write_study(site.studies, rank_by="relative_mse"), closes())

    tune(site)

    assert site.rows("TB_MODELHISTORY") == known
    [best] = site.rows("TB_BESTMODEL")
    assert best["CODE_TASK"] == min(known, key=lambda row: row["RELATIVE_MSE"])["CODE_TASK"]


def test_simple_forecasts_are_rows_between_the_cells_and_may_be_the_best(tuned: Site) -> None:
    stored = {row["NAME"]: row for row in tuned.rows("TB_BASELINE")}

    board = json.loads(tuned.here("leaderboard", "TINY", "--format", "json").stdout)

    simple = [row for row in board if row["baseline"]]
    # As the cells: by the mean over the folds.
    assert [row["code_task"] for row in simple] == sorted(
        stored, key=lambda name: stored[name]["FOLDS_MEAN"]
    )
    first = next(at for at, row in enumerate(board) if row["rank"] == 1)
    assert all(row["folds_mean"] < board[first]["seeds_mean"] for row in simple[:first])
    assert all(row["folds_mean"] >= board[first]["seeds_mean"] for row in simple[first:])
    assert len(simple) == 7
    assert [row["rank"] for row in board if not row["baseline"]] == [1, 2, 3, 4]
    assert {row["rank"] for row in simple} == {None}
    [best] = tuned.rows("TB_BESTMODEL")
    assert best["BASELINE"] == simple[0]["code_task"] == board[0]["code_task"]
    assert best["BASELINE_VERDICT"] == (
        f"{best['BASELINE']} is the best forecast; no network is shown to be better."
    )
    assert best["MSE_BASELINE_HOLDOUT"] == stored[best["BASELINE"]]["MSE_HOLDOUT"] is not None
    printed = " ".join(tuned.here("leaderboard", "TINY").stdout.split())
    assert best["BASELINE_VERDICT"] in printed
