"""A study for each search method, tuned by the command on the reference prices."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

import lstm_assets_tests.search
from lstm_assets.graph.runs.in_process import RunFailure, StudyRuns
from lstm_assets.search import METHODS
from lstm_assets_tests.site import Row, Site
from lstm_assets_tests.studies import SPACE, write_study

STUDIES = Path(lstm_assets_tests.search.__file__).parent / "studies"
CODES = {
    "grid": "GRID",
    "random": "RANDOM",
    "coarse_to_fine": "COARSE",
    "bayesian": "BAYES",
    "halving": "HALVING",
}
CELLS = {"grid": 16, "random": 8, "coarse_to_fine": 12, "bayesian": 12, "halving": 13}
ROUNDS = {"grid": 1, "random": 1, "coarse_to_fine": 3, "bayesian": 3, "halving": 3}


def cells_of(leaderboard: str) -> list[Row]:
    """The cells of a leaderboard that was written as JSON, without the simple forecasts."""
    return [row for row in json.loads(leaderboard) if not row["baseline"]]


def test_there_is_a_study_for_every_method() -> None:
    found = [yaml.safe_load(file.read_text()) for file in STUDIES.glob("*/defs.yaml")]

    assert {each["attributes"]["search"]["method"] for each in found} == set(METHODS)


@pytest.mark.parametrize("method", sorted(CELLS))
def test_it_runs_from_prices_to_the_winner(tmp_path: Path, method: str) -> None:
    site = Site(tmp_path)
    code = CODES[method]

    said = site.here("tune", code, "--workers", "0", "--studies", str(STUDIES))

    assert said.status == 0, said.stderr
    proposed = site.rows("TB_HYPERPARAMETER_EXT")
    assert {row["METHOD"] for row in proposed} == {method}
    assert {row["ROUND"] for row in proposed} == set(range(ROUNDS[method]))
    assert all(row["REASON"] for row in proposed)
    assert site.versions() == [(f"{code}-{n:04}", 1) for n in range(1, CELLS[method] + 1)]
    [best] = site.rows("TB_BESTMODEL")
    assert f"Winner: {best['CODE_TASK']} (version 1)" in said.stdout
    again = site.here("tune", code, "--workers", "0", "--studies", str(STUDIES))
    assert again.status == 0
    assert len(site.versions()) == CELLS[method]


HALVING = {
    "method": "halving",
    "n_trials": 4,
    "eta": 2,
    "space": SPACE
    | {"epoch": [1, 2, 4], "size_unit_hidden": [2, 3, 4], "learning_rate": [0.001, 0.01, 0.1]},
}


def test_a_cell_stopped_early_ranks_behind_and_does_not_win(tmp_path: Path) -> None:
    write_study(tmp_path / "studies", search=HALVING)
    site = Site(tmp_path)

    said = site.here("tune", "--workers", "0")
    site.execute("UPDATE TB_MODELRESULT SET MSE = 1e-9 WHERE CODE_TASK = 'TINY-0001'")  # by luck
    rows = cells_of(site.here("leaderboard", "--format", "json").stdout)
    table = site.here("leaderboard").stdout
    chosen = site.here("tune", "--workers", "0")

    assert said.status == 0
    epochs = [row["epoch"] for row in rows]
    assert epochs == sorted(epochs, reverse=True) == [4, 2, 2, 1, 1, 1, 1]
    assert [row["stopped_early"] for row in rows] == [epoch < 4 for epoch in epochs]
    assert "TINY-0001 +" in table
    assert "+ stopped early by the search, so it ranks after all cells trained to the end" in table
    assert chosen.status == 0
    [best] = site.rows("TB_BESTMODEL")
    assert best["CODE_TASK"] == rows[0]["code_task"]


def test_stopped_cells_go_on_from_their_checkpoints_and_leave_none(tmp_path: Path) -> None:
    write_study(tmp_path / "studies", search=HALVING)
    site = Site(tmp_path)

    site.here("tune", "--workers", "0")

    [full] = [row for row in site.rows("TB_HYPERPARAMETER") if row["EPOCH"] == 4]
    assert list(site.home.glob("checkpoints/TINY/*")) == []
    assert by_code(site, "TB_MODELHISTORY")[full["CODE_TASK"]]["SEED"] in {
        row["SEED"]
        for code, row in by_code(site, "TB_MODELHISTORY").items()
        if code != full["CODE_TASK"]
    }


def test_halving_that_is_trained_again_leaves_no_checkpoint(tmp_path: Path) -> None:
    rungs = {"epoch": [1, 2, 4], "size_unit_hidden": [2, 3]}
    write_study(tmp_path / "studies", rungs | {"epoch": [4]})
    site = Site(tmp_path)
    site.here("tune", "--workers", "0")  # its cells are rungs of the next search, and of no search
    search = {"method": "halving", "n_trials": 2, "eta": 2, "space": SPACE | rungs}
    write_study(site.studies, search=search)

    left = []
    for options in ([], ["--retrain"]):
        said = site.here("tune", "--workers", "0", *options)
        left.append((said.status, len(list(site.home.glob("checkpoints/TINY/*")))))

    assert left == [(0, 0), (0, 0)]
    assert "Search halving, rounds 0 to 2: 4 cells, TINY-000" in said.stdout


def by_code(site: Site, table: str) -> dict[str, Row]:
    return {row["CODE_TASK"]: row for row in site.rows(table)}


RATES = {"learning_rate": {"low": 0.001, "high": 0.1, "scale": "log"}}


def test_a_search_starts_warm_from_another_study_or_its_exported_leaderboard(
    tmp_path: Path,
) -> None:
    write_study(tmp_path / "studies", {"learning_rate": [0.001, 0.01, 0.1]}, name="old")
    site = Site(tmp_path)
    assert site.here("tune", "OLD", "--workers", "0").status == 0
    for style in ("csv", "json"):
        exported = site.here("leaderboard", "OLD", "--format", style).stdout
        (site.studies / f"old.{style}").write_text(exported)
    rows = cells_of((site.studies / "old.json").read_text())
    rate = next(row["learning_rate"] for row in rows if row["epoch"] == 1)  # of those in its space

    found = {}
    for name, warm_start in {
        "cold": None,
        "study": {"study": "OLD"},
        "csv": {"leaderboard": "../old.csv"},
        "json": {"leaderboard": "../old.json"},
    }.items():
        search = {
            "method": "coarse_to_fine",
            "n_trials": 6,
            "rounds": 1,
            "zoom": 0.2,
            "space": SPACE | RATES | {"epoch": [1]},
        }
        if warm_start:
            search["warm_start"] = warm_start
        write_study(site.studies, name=name, search=search)
        done = site.here("tune", name.upper(), "--workers", "0")
        assert done.status == 0, done.stderr
        found[name] = [
            row["LEARNING_RATE"]
            for code, row in by_code(site, "TB_HYPERPARAMETER").items()
            if code.startswith(name.upper())
        ]

    assert found["study"] == found["csv"] == found["json"] != found["cold"]
    assert found["study"][0] == rate  # the best that it was told of comes first


@pytest.mark.parametrize(
    ("warm_start", "message"),
    [
        ({"study": "NOBODY"}, "search.warm_start: study NOBODY has no winner of model lstm"),
        ({"leaderboard": "none.csv"}, "none.csv: No such file or directory. Check the path."),
        ({"leaderboard": "prices.csv"}, "prices.csv contains no result on current prices."),
    ],
)
def test_prior_results_that_cannot_be_read_are_refused_in_one_line(
    tmp_path: Path, warm_start: dict[str, str], message: str
) -> None:
    search = {
        "method": "coarse_to_fine",
        "n_trials": 2,
        "warm_start": warm_start,
        "space": SPACE | RATES,
    }
    write_study(tmp_path / "studies", search=search)
    site = Site(tmp_path)

    said = site.here("tune", "--workers", "0")

    assert said.status == 1
    assert message in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert site.rows("TB_HYPERPARAMETER") == []


@pytest.mark.parametrize(
    "rows",
    [
        "mse,mse_naive,epoch\nNaN,1.5,1\n",
        "mse,mse_naive,epoch\n2.5,NaN,1\n",
        "mse,mse_naive,epoch\n2.5,0,1\n",
        "mse,mse_naive,epoch\n2.5,,1\n",
        "mse,mse_naive,epoch\n2.5\n",
        "",
    ],
)
def test_a_leaderboard_without_a_figure_to_compare_is_refused(tmp_path: Path, rows: str) -> None:
    search = {
        "method": "coarse_to_fine",
        "n_trials": 2,
        "warm_start": {"leaderboard": "board.csv"},
        "space": SPACE | RATES,
    }
    write_study(tmp_path / "studies", search=search)
    (tmp_path / "studies/tiny/board.csv").write_text(rows)

    said = Site(tmp_path).here("tune", "--workers", "0")

    assert said.status == 1
    assert "board.csv contains no result on current prices." in said.stderr


def test_rows_of_the_reference_system_are_no_obstacle_to_prior_results(tmp_path: Path) -> None:
    write_study(tmp_path / "studies", name="old")
    site = Site(tmp_path)
    site.here("tune", "OLD", "--workers", "0")
    site.execute("INSERT INTO TB_MODELRESULT (CODE_TASK, MSE) VALUES ('OLD-0099', 1.0)")
    warm = {"warm_start": {"study": "OLD"}, "space": SPACE | RATES}
    write_study(site.studies, name="new", search={"method": "bayesian", "n_trials": 2} | warm)

    said = site.here("tune", "NEW", "--workers", "0")

    assert (said.status, len(site.versions())) == (0, 4 + 2)


def test_a_range_can_be_set_on_the_command_line(tmp_path: Path) -> None:
    write_study(tmp_path / "studies", search={"method": "random", "n_trials": 2, "space": SPACE})
    site = Site(tmp_path)

    said = site.here(
        "tune", "--workers", "0", "--set", "learning_rate={low: 0.002, high: 0.003, scale: log}"
    )
    wrong = site.here("tune", "--set", "learning_rate={low: 0.002}")

    assert said.status == 0
    rates = [row["LEARNING_RATE"] for row in site.rows("TB_HYPERPARAMETER")]
    assert len(rates) == 2
    assert all(0.002 <= rate <= 0.003 for rate in rates)
    assert wrong.status == 2
    assert wrong.stderr.startswith("Error: --set learning_rate.high is ")


def test_a_budget_that_grows_goes_on_with_the_search(tmp_path: Path) -> None:
    site = Site(tmp_path)

    def tune(n_trials: int) -> str:
        search = {"method": "random", "n_trials": n_trials, "space": SPACE | RATES}
        write_study(site.studies, search=search)
        return site.here("tune", "--workers", "0").stdout

    first = tune(2)
    second = tune(5)

    assert "Search ended: spent 2 of 2 trials." in first
    assert "Search ended: spent 5 of 5 trials." in second
    assert site.versions() == [(f"TINY-{n:04}", 1) for n in range(1, 6)]
    rounds = [row["ROUND"] for row in site.rows("TB_HYPERPARAMETER_EXT")]
    assert rounds == [0, 0, 1, 1, 1]


def test_a_space_that_another_method_has_tried_wholly_ends_with_its_winner(tmp_path: Path) -> None:
    write_study(tmp_path / "studies")
    site = Site(tmp_path)
    site.here("tune", "--workers", "0")
    write_study(site.studies, search={"method": "random", "n_trials": 2, "space": SPACE})

    said = site.here("tune", "--workers", "0")

    assert (said.status, len(site.versions())) == (0, 4)
    assert "Search ended: every combination that it would propose was tried." in said.stdout
    assert "Winner: TINY-0001 (version 1)" in said.stdout


def test_a_search_that_proposes_nothing_says_why(tmp_path: Path) -> None:
    search = {"method": "random", "budget_epochs": 1, "space": SPACE | {"epoch": [2]}}
    write_study(tmp_path / "studies", search=search)

    said = Site(tmp_path).here("tune", "--workers", "0")

    assert said.status == 1
    assert said.stderr == "Error: the search proposes nothing: spent 0 of 1 epochs\n"


def test_prices_that_change_during_a_search_do_not_end_it_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = {"method": "random", "n_trials": 4, "parallel": 2, "space": SPACE | RATES}
    write_study(tmp_path / "studies", search=search)
    site = Site(tmp_path)
    train = StudyRuns.train

    def overtaken(self: StudyRuns, codes: Sequence[str], **config: Any) -> list[RunFailure]:
        """Training, after which other prices come from elsewhere."""
        failures = train(self, codes, **config)
        site.execute("UPDATE TB_ASSETVALUE_ADJ SET CLOSE_P = CLOSE_P + 1")
        return failures

    with monkeypatch.context() as patched:
        patched.setattr(StudyRuns, "train", overtaken)
        said = site.here("tune", "--workers", "0")
    later = site.here("tune", "--workers", "0")

    assert said.status == 1
    told = "Error: the search has not ended: 2 of its cells have no result on the current prices"
    assert told in said.stderr
    assert later.status == 0
    assert "Search ended: spent 4 of 4 trials." in later.stdout


def test_a_failed_cell_is_a_trial_and_the_search_goes_on(tmp_path: Path) -> None:
    search = {
        "method": "random",
        "n_trials": 6,
        "parallel": 3,
        "space": SPACE | {"learning_rate": [0.01, 1e30], "size_unit_hidden": [2, 3, 4, 5]},
    }
    write_study(tmp_path / "studies", search=search)
    site = Site(tmp_path)

    said = site.here("tune", "--workers", "0")

    assert said.status == 1
    assert "Search ended: spent 6 of 6 trials." in said.stdout
    statuses = [status for code, status in site.statuses().items() if code[-4:].isdigit()]
    assert set(statuses) == {"Completed", "Error"}
    assert len(statuses) == 6


def test_the_leaderboard_as_csv_can_be_read_as_a_table(tmp_path: Path) -> None:
    write_study(tmp_path / "studies", search=HALVING)
    site = Site(tmp_path)
    site.here("tune", "--workers", "0")

    rows = list(csv.DictReader(io.StringIO(site.here("leaderboard", "--format", "csv").stdout)))

    cells = [row for row in rows if row["baseline"] == "False"]
    assert [row["stopped_early"] for row in cells] == ["False"] + ["True"] * 6
