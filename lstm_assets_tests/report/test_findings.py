"""What a report tells of a study, read from tables that were filled by hand."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from lstm_assets.cells.result import Best, Result
from lstm_assets.common.files import write_file
from lstm_assets.errors import StoreError
from lstm_assets.report.findings import Findings, Round, read_findings
from lstm_assets.store.engine import begin, connect
from lstm_assets.store.hyperparameters import mark_failed
from lstm_assets.store.results import write_best
from lstm_assets.store.status import Status, set_status
from lstm_assets.training.trajectory import plan
from lstm_assets_tests.records.stored import Stored, stored_study
from lstm_assets_tests.training.cells import run, trained

CODES = ["TINY-0001", "TINY-0002", "TINY-0003", "TINY-0004"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database: what is asked of the store here, its own tests ask of both."""
    return sqlite_url


@pytest.fixture
def stored(engine: Engine, tmp_path: Path) -> Stored:
    """TINY with its 4 cells, none of them scored."""
    found = stored_study(engine, tmp_path)
    assert found.propose() == CODES
    return found


def findings(stored: Stored) -> Findings:
    with connect(stored.engine) as conn:
        return read_findings(conn, stored.study)


def refusal(stored: Stored) -> str:
    with pytest.raises(StoreError) as error:
        findings(stored)
    return str(error.value)


def named(stored: Stored, result: Result, **others: object) -> Best:
    """Store a result as the study's winner, and return it."""
    naive = stored.scored().naive_mse(result.code_task)
    best = Best("TINY", "TEST", result.code_task, result.version_model, 4.0, naive, None, "note")
    best = replace(best, **others)
    with begin(stored.engine) as conn:
        write_best(conn, best)
    return best


def test_a_study_without_results_has_nothing_to_tell(stored: Stored) -> None:
    assert refusal(stored) == "study TINY has no results yet. Run `lstm-assets tune TINY`."


def test_nor_has_one_with_results_on_other_prices_alone(stored: Stored) -> None:
    for code in CODES[:3]:
        stored.score(code, 4.0, data_version="other")

    assert refusal(stored) == (
        "study TINY has no results on its current prices, and 3 on others. Run `lstm-assets tune "
        "TINY`."
    )


def test_results_that_nobody_chose_a_winner_of_yet_have_a_leader(stored: Stored) -> None:
    stored.score(CODES[0], 4.0)
    second = stored.score(CODES[1], 2.0)

    found = findings(stored)

    assert (found.best.code_task, found.best.mse, found.best.note) == (CODES[1], 2.0, "")
    assert (found.winner, found.best_is_current) == (second, True)


def test_a_winner_that_was_chosen_is_told_of_though_another_leads(stored: Stored) -> None:
    first = stored.score(CODES[0], 4.0)
    stored.score(CODES[1], 2.0)
    best = named(stored, first)

    found = findings(stored)

    assert (found.best, found.winner, found.best_is_current) == (best, first, True)
    assert found.selection.winner.code_task == CODES[1]


def test_a_winner_on_earlier_prices_is_told_apart(stored: Stored) -> None:
    named(stored, stored.score(CODES[0], 4.0), version_model=7, mse_naive=1.5)

    found = findings(stored)

    assert (found.winner, found.best_is_current) == (None, False)


def test_each_round_says_how_many_cells_came_to_what(stored: Stored) -> None:
    first = stored.study.space.combinations()
    stored.propose(*first[:2], method="halving", epoch_full=9)
    longer = [each | {"epoch": 9} for each in first[:2]]
    fifth, sixth = stored.propose(*longer, method="halving", round=1, epoch_full=9)
    for code, mse in ((CODES[0], 1.0), (CODES[1], 1.5), (CODES[2], 3.0), (fifth, 2.0)):
        stored.score(code, mse)
    version = stored.cells().data_versions[sixth]
    with begin(stored.engine) as conn:
        mark_failed(conn, sixth, version)

    rounds = findings(stored).rounds

    assert rounds == [
        Round("grid", 0, cells=2, results=1, failed=0, partial=0, best=3.0),
        Round("halving", 0, cells=2, results=2, failed=0, partial=2, best=None),
        Round("halving", 1, cells=2, results=1, failed=1, partial=0, best=2.0),
    ]


def test_few_cells_that_were_trained_to_the_end_are_not_all_that_is_learned_from(
    stored: Stored,
) -> None:
    tuples = stored.study.space.combinations()
    stored.propose(*tuples[:3], method="halving", epoch_full=9)
    for code in (CODES[0], CODES[1], CODES[3]):  # 1 epoch, 1 and 2
        stored.score(code, 4.0)

    plots = findings(stored).search_plots

    said = "Only 1 cell was trained to the end, so this shows results after 1 epoch. "
    assert plots.importance.startswith(said)
    assert plots.mse_by_hyperparameter.startswith(said)
    assert ", 2 stopped early, which do not count" in plots.best_so_far


def test_what_a_training_took_is_counted_once_for_all_its_cells(stored: Stored) -> None:
    # 1 and 2 epochs of the same training are 1 and 3 of the codes.
    for code, seconds in zip(CODES, (1.0, 10.0, 2.5, 20.0), strict=True):
        stored.score(code, 4.0, seconds_train=seconds)

    found = findings(stored)

    assert (found.epochs, found.seconds) == (4, 22.5)


def test_only_results_of_today_s_prices_count_as_trained(stored: Stored) -> None:
    stored.score(CODES[0], 4.0, seconds_train=1.0)
    stored.score(CODES[3], 4.0, seconds_train=9.0, data_version="other")

    found = findings(stored)

    assert (found.epochs, found.seconds) == (1, 1.0)


def test_cells_in_error_are_listed_and_nothing_else_is(stored: Stored) -> None:
    stored.score(CODES[0], 4.0)
    stored.fail(CODES[3], "the loss is nan at epoch 3")
    with begin(stored.engine) as conn:
        set_status(conn, CODES[2], Status.CANCELED, note="stopped")
        set_status(conn, "TINY-RAW", Status.ERROR, note="no bars")
        set_status(conn, "TINY-0099", Status.ERROR, note="of a cell that is gone")

    failed = findings(stored).failed

    assert [(row.code_task, row.note) for row in failed] == [
        (CODES[3], "the loss is nan at epoch 3")
    ]


def test_a_winner_s_forecasts_are_drawn_from_its_model_file(stored: Stored, tmp_path: Path) -> None:
    known = stored.cells()
    first = {CODES[0]: known.cells[CODES[0]]}
    [cell] = trained(run(plan("TINY", first, known.series), known.series, 0)).values()
    write_file(tmp_path / "model.pt", cell.weights)
    stored.score(CODES[0], cell.scores.mse, path_model=str(tmp_path / "model.pt"))

    drawn = findings(stored).forecasts

    assert "](data:image/svg+xml" in drawn
    assert f"{CODES[0]} version 1" in drawn


def test_what_is_missing_costs_a_plot_and_not_the_report(stored: Stored) -> None:
    stored.score(CODES[0], 4.0, path_model="/nowhere/model.pt")
    with begin(stored.engine) as conn:
        conn.exec_driver_sql("DELETE FROM TB_ASSETVALUE_RAW")

    found = findings(stored)

    assert found.forecasts.startswith("The winner's model file is missing, so its forecasts ")
    assert "nowhere" not in found.forecasts
    assert found.prices.startswith("It is not known which prices were dropped: TB")
    assert "](data:image/svg+xml" in found.search_plots.best_so_far
