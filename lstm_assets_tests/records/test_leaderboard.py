"""A study's results, ranked: the rows, the marks on them, and their forms."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from lstm_assets.cells.result import SCORES, Baseline, Best
from lstm_assets.records.baselines import current_baselines, judge_baselines
from lstm_assets.records.leaderboard import (
    Leaderboard,
    as_csv,
    as_json,
    best_is_current,
    read_leaderboard,
    rows_of,
    varying,
)
from lstm_assets.records.scored import ScoredCells
from lstm_assets.store.engine import begin, connect
from lstm_assets.store.results import write_best
from lstm_assets_tests.records.by_hand import BEST, result, scored_cells
from lstm_assets_tests.records.stored import Stored, stored_study
from lstm_assets_tests.training.cells import HYPERPARAMETERS, cells, walk

CELLS = cells({"epoch": 1}, {"epoch": 2}, {"epoch": 3})
RETUNED = {"retune": {"enabled": True}}


def test_rows_are_numbered_and_have_their_cells() -> None:
    results = [result(2, 1.0), result(1, 4.0)]

    rows = rows_of(results, CELLS, scored_cells(CELLS, *results))

    assert [(row.rank, row.result.code_task) for row in rows] == [(1, "T-0002"), (2, "T-0001")]
    assert [row.values["epoch"] for row in rows] == [2, 1]


def test_only_a_current_row_has_a_naive_forecast_beside_it() -> None:
    results = [result(1, 4.0), result(2, 1.0, data_version="other")]
    scored = scored_cells(CELLS, *results)

    now, other = rows_of(results, CELLS, scored)

    assert (now.is_current, now.mse_naive) == (True, scored.naive_mse("T-0001"))
    assert (other.is_current, other.mse_naive) == (False, None)


def test_without_prices_no_row_is_current() -> None:
    [row] = rows_of([result(1, 4.0)], CELLS)

    assert (row.is_current, row.mse_naive) == (False, None)


def test_a_row_whose_cell_is_gone_has_no_hyperparameters() -> None:
    [row] = rows_of([result(9, 4.0)], CELLS, scored_cells(CELLS, result(9, 4.0)))

    assert (row.cell, row.values, row.is_partial) == (None, {}, False)


def test_a_row_of_a_cell_that_was_stopped_early_says_so() -> None:
    early = CELLS | {"T-0001": replace(CELLS["T-0001"], epoch_full=9)}

    rows = rows_of([result(1, 4.0), result(2, 5.0)], early)

    assert [row.is_partial for row in rows] == [True, False]


def test_only_hyperparameters_that_differ_are_varying() -> None:
    values = [{"epoch": 1, "size": 4, "bias": True}, {"epoch": 2, "size": 4}]

    assert varying(values) == ["epoch", "bias"]
    assert varying(values[:1]) == varying([]) == []
    assert varying([{}, values[0], {}]) == []


def test_lists_are_compared_as_they_stand() -> None:
    assert varying([{"layers": [8, 4]}, {"layers": [8, 4]}]) == []
    assert varying([{"layers": [8, 4]}, {"layers": [4, 8]}]) == ["layers"]


def best(code: str = "T-0001", version: int = 1, naive: float = 0.0) -> Best:
    return replace(BEST, code_task=code, version_model=version, mse_naive=naive)


def test_no_winner_is_of_no_prices() -> None:
    assert not best_is_current(None, scored_cells(CELLS, result(1, 4.0)))


@pytest.mark.parametrize("attributes", [{}, RETUNED])
def test_a_winner_whose_newest_result_is_current_is_so(attributes: dict) -> None:
    assert best_is_current(best(), scored_cells(CELLS, result(1, 4.0), **attributes))


def test_a_winner_whose_newest_result_is_of_other_prices_is_not() -> None:
    scored = scored_cells(CELLS, result(1, 4.0, data_version="other"))

    # Its naive forecast is today's: other code may have trained it on the same prices.
    assert not best_is_current(best(naive=scored.naive_mse("T-0001")), scored)


def test_a_champion_that_was_scored_again_is_of_the_prices_that_its_naive_forecast_tells() -> None:
    stale = result(1, 4.0, data_version="other")
    scored = scored_cells(CELLS, stale, **RETUNED)
    naive = scored.naive_mse("T-0001")

    assert best_is_current(best(naive=naive), scored)
    assert not best_is_current(best(naive=naive * 1.001), scored)


def test_so_is_an_earlier_version_of_a_cell_whose_next_one_lost() -> None:
    scored = scored_cells(CELLS, result(1, 9.0, version_model=2), earlier=[result(1, 4.0)])
    naive = scored.naive_mse("T-0001")

    assert best_is_current(best(version=1, naive=naive), scored)
    assert not best_is_current(best(version=1, naive=2 * naive), scored)


def test_a_winner_whose_cell_is_gone_is_not_current() -> None:
    scored = scored_cells(CELLS, result(1, 4.0))

    assert not best_is_current(best("T-0009", naive=scored.naive_mse("T-0001")), scored)


def test_a_winner_that_cannot_be_scored_on_today_s_prices_is_not_current() -> None:
    scored = scored_cells(CELLS, series=walk(5), **RETUNED)

    assert not best_is_current(best(naive=1.0), scored)


def board() -> Leaderboard:
    results = [result(2, 1.0), result(1, 4.0, accuracy=None)]
    return Leaderboard(rows_of(results, CELLS, scored_cells(CELLS, *results)), None, False)


def test_as_csv_the_scores_stand_before_the_hyperparameters() -> None:
    first, *rows = csv.reader(io.StringIO(as_csv(board())))

    assert first == [*SCORES, *HYPERPARAMETERS]
    naive = repr(scored_cells(CELLS).naive_mse("T-0001"))
    assert [row[:10] for row in rows] == [
        ["1", "T-0002", "1", "True", "False", "True", "1.0", naive, "0.25", "0.5"],
        ["2", "T-0001", "1", "True", "False", "True", "4.0", naive, "0.25", ""],
    ]


def test_as_json_the_rows_hold_the_same() -> None:
    rows = json.loads(as_json(board()))

    assert [list(row) for row in rows] == [[*SCORES, *HYPERPARAMETERS]] * 2
    assert [(row["code_task"], row["mse"], row["accuracy"]) for row in rows] == [
        ("T-0002", 1.0, 0.5),
        ("T-0001", 4.0, None),
    ]


def test_a_hyperparameter_that_some_rows_have_not_is_an_empty_field() -> None:
    some = CELLS | {"T-0001": replace(CELLS["T-0001"], hyperparameters={"epoch": 1, "new": 7})}
    shown = Leaderboard(rows_of([result(1, 4.0), result(2, 5.0)], some), None, False)

    rows = list(csv.DictReader(io.StringIO(as_csv(shown))))

    assert [row["new"] for row in rows] == ["7", ""]
    assert [row["batch_size"] for row in rows] == ["", "16"]


def test_an_empty_board_is_a_header_or_an_empty_array() -> None:
    empty = Leaderboard([], None, False)

    assert as_csv(empty) == ",".join(SCORES) + "\n"
    assert json.loads(as_json(empty)) == []


@pytest.fixture
def stored(engine: Engine, tmp_path: Path) -> Stored:
    """TINY with its 4 cells, none of them scored."""
    found = stored_study(engine, tmp_path)
    found.propose()
    return found


def read(stored: Stored, top: int | None = None) -> Leaderboard:
    with connect(stored.engine) as conn:
        return read_leaderboard(conn, stored.study, top)


def test_all_results_are_ranked_and_those_of_other_prices_are_marked(stored: Stored) -> None:
    stored.score("TINY-0001", 4.0)
    stored.score("TINY-0002", 1.0, data_version="other")
    stored.score("TINY-0003", 2.0)
    chosen = best("TINY-0003", naive=stored.scored().naive_mse("TINY-0003"))
    with begin(stored.engine) as conn:
        write_best(conn, replace(chosen, code_study="TINY"))

    found = read(stored)

    shown = [(row.result.code_task, row.is_current) for row in found.rows]
    assert shown == [("TINY-0002", False), ("TINY-0003", True), ("TINY-0001", True)]
    assert found.best == replace(chosen, code_study="TINY")
    assert found.best_is_current


def test_only_as_many_rows_as_asked_for_are_read(stored: Stored) -> None:
    for number in range(1, 5):
        stored.score(f"TINY-000{number}", float(number))

    assert [row.result.mse for row in read(stored, top=2).rows] == [1.0, 2.0]


def test_cells_that_a_search_stopped_early_come_last(stored: Stored) -> None:
    longer = [each | {"epoch": 2} for each in stored.study.space.combinations()[:1]]
    first, *_ = stored.propose(
        *stored.study.space.combinations()[:1], method="halving", epoch_full=2
    )
    last, *_ = stored.propose(*longer, method="halving", round=1, epoch_full=2)
    stored.score(first, 0.1)
    stored.score(last, 2.0)

    found = read(stored).rows

    assert [(row.result.code_task, row.is_partial) for row in found] == [
        (last, False),
        (first, True),
    ]


def test_cells_outside_the_space_come_last_and_are_marked(stored: Stored) -> None:
    outside = [each | {"epoch": 9} for each in stored.study.space.combinations()[:1]]
    inside, *_ = stored.propose(*stored.study.space.combinations()[:1])
    other, *_ = stored.propose(*outside)
    stored.score(inside, 2.0)
    stored.score(other, 0.1)
    with begin(stored.engine) as conn:
        write_best(conn, replace(best(other), code_study="TINY"))

    found = read(stored)

    assert [(row.result.code_task, row.is_outside) for row in found.rows] == [
        (inside, False),
        (other, True),
    ]
    assert [row["in_space"] for row in json.loads(as_json(found))] == [True, False]
    assert found.best_is_outside


def test_without_prices_the_results_are_shown_and_none_is_current(stored: Stored) -> None:
    stored.score("TINY-0001", 4.0)
    with begin(stored.engine) as conn:
        conn.exec_driver_sql("DELETE FROM TB_ASSETVALUE_ADJ")

    [row] = read(stored).rows

    assert (row.result.mse, row.is_current) == (4.0, False)


def test_a_study_without_results_has_an_empty_board(stored: Stored) -> None:
    assert read(stored) == Leaderboard([], None, False)


def simple(scored: ScoredCells, name: str, mse: float) -> Baseline:
    """A simple forecast of today that scores so."""
    [judged] = [
        each
        for each in judge_baselines(
            scored, "T-0001", scored.series.prices, len(scored.series.prices)
        ).scores
        if each.name == name
    ]
    return replace(judged, mse=mse)


def test_simple_forecasts_stand_before_what_they_are_better_than() -> None:
    early = CELLS | {"T-0003": replace(CELLS["T-0003"], epoch_full=9)}
    scored = scored_cells(early, result(1, 2.0), result(2, 4.0), result(3, 1.0))
    baselines = [simple(scored, "ETS", 9.0), simple(scored, "drift", 3.0)]

    rows = rows_of(scored.ranking.ranked, early, scored, baselines=baselines)

    assert [(row.rank, row.result.code_task, row.is_baseline) for row in rows] == [
        (1, "T-0001", False),
        (None, "drift", True),
        (2, "T-0002", False),
        (None, "ETS", True),  # before a cell that a search stopped early, whatever that scores
        (3, "T-0003", False),
    ]
    assert rows[1].as_dict["version_model"] is None
    assert rows[1].mse_naive == scored.naive_mse("T-0001")


def test_simple_forecasts_of_other_bars_are_no_rows() -> None:
    scored = scored_cells(CELLS, result(1, 2.0))
    today = simple(scored, "drift", 3.0)
    later = scored_cells(CELLS, result(1, 2.0), series=walk(121))

    assert current_baselines(scored, [today]) == [today]
    assert current_baselines(later, [today]) == []
