from dataclasses import replace

import pytest
from sqlalchemy import Engine, delete

from lstm_assets.errors import StoreError
from lstm_assets.store.engine import begin, connect
from lstm_assets.store.results import (
    forecasts_tested,
    newest_version,
    read_best,
    read_results,
    write_best,
    write_result,
)
from lstm_assets.store.status import Status, read_statuses, set_status
from lstm_assets.store.tables import table
from lstm_assets_tests.store.results import BEST, RESULT


def test_a_result_comes_back_as_written(engine: Engine) -> None:
    with begin(engine) as conn:
        write_result(conn, RESULT)

    with connect(engine) as conn:
        assert read_results(conn, "USD") == [RESULT]


def test_a_result_completes_its_cell_and_clears_the_note(engine: Engine) -> None:
    with begin(engine) as conn:
        set_status(conn, "USD-0001", Status.ERROR, note="loss was nan")
        write_result(conn, RESULT)
        (row,) = read_statuses(conn, "USD")

    assert (row.status, row.note, row.ticker, row.idx_task) == ("Completed", "", "USD/KRW", 5)


def test_the_newest_version_is_read_and_the_history_keeps_all(engine: Engine) -> None:
    newer = replace(RESULT, version_model=2, mse=1.0, data_version="b")
    with begin(engine) as conn:
        write_result(conn, RESULT)
        write_result(conn, newer)
        assert read_results(conn, "USD") == [newer]
        assert newest_version(conn, "USD-0001") == 2
        history = table(conn, "TB_MODELHISTORY")
        assert [row.MSE for row in conn.execute(history.select())] == [64123.45, 1.0]


def test_a_version_is_written_once_and_a_refused_one_changes_nothing(engine: Engine) -> None:
    with begin(engine) as conn:
        write_result(conn, RESULT)
    with pytest.raises(StoreError, match="already has this row"), begin(engine) as conn:
        write_result(conn, replace(RESULT, mse=1.0))

    with connect(engine) as conn:
        assert read_results(conn, "USD") == [RESULT]


def test_a_result_without_history_comes_with_none(engine: Engine) -> None:
    with begin(engine) as conn:
        write_result(conn, RESULT)
        conn.execute(delete(table(conn, "TB_MODELHISTORY")))
        (found,) = read_results(conn, "USD")
        assert newest_version(conn, "USD-0001") == 1

    assert found == replace(
        RESULT, seed=None, data_version=None, seconds_train=None, path_model=None
    )


def test_an_accuracy_that_is_none_or_nan_is_none(engine: Engine) -> None:
    with begin(engine) as conn:
        for number, accuracy in enumerate((None, float("nan"))):
            write_result(conn, replace(RESULT, code_task=f"USD-000{number}", accuracy=accuracy))
        assert [r.accuracy for r in read_results(conn, "USD")] == [None, None]


def test_results_are_in_order_of_number_and_of_one_study(engine: Engine) -> None:
    with begin(engine) as conn:
        for code in ("USD-10000", "USDKRW-0001", "USD-0002"):
            write_result(conn, replace(RESULT, code_task=code))
        found = [result.code_task for result in read_results(conn, "USD")]

    assert found == ["USD-0002", "USD-10000"]


def test_a_study_has_one_winner(engine: Engine) -> None:
    newer = replace(BEST, code_task="USD-0002", mse=1.0, note="does not beat naive " * 30)
    with begin(engine) as conn:
        assert read_best(conn, "USD") is None
        write_best(conn, BEST)
        write_best(conn, replace(BEST, code_study="USDKRW"))
        assert read_best(conn, "USD") == BEST
        write_best(conn, newer)
        assert read_best(conn, "USD") == replace(newer, note=newer.note[:300])


def test_each_winner_that_was_named_is_kept(engine: Engine) -> None:
    tested = replace(
        BEST, verdict="Beats", holdout_begin="20230102", holdout_end="20231229", tested="a"
    )
    with begin(engine) as conn:
        for best in (BEST, tested, replace(tested, tested="b"), tested):
            write_best(conn, best)
        rows = conn.execute(table(conn, "TB_BESTHISTORY").select()).mappings().all()
        overlapping = forecasts_tested(conn, "USD", "20231229", "20240601")

        assert read_best(conn, "USD") == tested
        assert [(row["NUMBER"], row["TESTED"]) for row in rows] == [
            (1, None), (2, "a"), (3, "b"), (4, "a"),
        ]  # fmt: skip
        assert overlapping == {"a", "b"}
        assert forecasts_tested(conn, "USD", "20231230", "20240601") == set()
        assert forecasts_tested(conn, "EUR", "20230102", "20231229") == set()


def test_a_winner_of_an_earlier_version_claims_nothing(engine: Engine) -> None:
    with begin(engine) as conn:
        write_best(conn, BEST)
        conn.execute(table(conn, "TB_BESTMODEL").update().values(VERDICT=None))
        found = read_best(conn, "USD")

    assert found is not None
    assert (found.verdict, found.is_shown) == ("no holdout: nothing is claimed", False)
