import itertools
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, event, text

from lstm_assets.cells.values import INTEGERS, REALS, Values, identity
from lstm_assets.errors import StoreError
from lstm_assets.search.space.reading import read_space
from lstm_assets.store.engine import begin, connect, open_engine
from lstm_assets.store.hyperparameters import (
    Registered,
    Registration,
    mark_failed,
    read_cells,
    register_cells,
)
from lstm_assets.store.migrations import migrate
from lstm_assets.store.status import Status, read_statuses, set_status
from lstm_assets.store.tables import of_study, table
from lstm_assets.store.widening import widen
from lstm_assets.study.reader import read_yaml
from lstm_assets_tests.store.existing import declared, run_sql
from lstm_assets_tests.store.processes import at_once
from lstm_assets_tests.store.proposals import proposal


def register(
    engine: Engine, *tuples: Values, study: str = "USD", model: str = "lstm"
) -> list[Registered]:
    return register_cells(engine, study, "USD/KRW", proposal(*tuples, model=model)).cells


def codes(registered: list[Registered]) -> list[str]:
    return [cell.code_task for cell in registered]


def test_only_new_tuples_get_new_codes(engine: Engine) -> None:
    a, b, c = ({"epoch": epoch, "learning_rate": 0.001} for epoch in (20, 30, 40))

    assert codes(register(engine, a, b)) == ["USD-0001", "USD-0002"]
    again = register(engine, c, b, c)

    assert codes(again) == ["USD-0003", "USD-0002", "USD-0003"]
    assert [cell.new for cell in again] == [True, False, False]
    assert [cell.hyperparameters for cell in again] == [c, b, c]


@pytest.mark.parametrize("study", ["A", "ABCDEFGHIJKL"])
def test_the_largest_and_smallest_values_of_a_study_come_back(engine: Engine, study: str) -> None:
    rates = ["1.7976931348623157e308", "2.2250738585072014e-308", "5e-324", "0.1", "1e3"]
    every = {"epoch": [1, 2**31 - 1], "learning_rate": read_yaml(f"[{', '.join(rates)}]")}
    whole = {name: [2**31 - 1] for name in INTEGERS}
    space = read_space(whole | {"ratio_train_set": [0.8]} | every, "lstm")
    cells = space.combinations()

    register(engine, *cells, study=study)

    with connect(engine) as conn:
        stored = read_cells(conn, study)
    assert [cell.hyperparameters for cell in stored.values()] == cells


@pytest.mark.parametrize(
    ("first", "same"),
    [
        ({"epoch": 20}, {"epoch": 20.0}),
        ({"epoch": 20}, {"epoch": np.int64(20)}),
        ({"learning_rate": 1}, {"learning_rate": 1.0}),
        ({"epoch": 20, "dropout": 0.0}, {"dropout": 0, "epoch": 20}),
        ({"epoch": 20}, {"epoch": 20, "size_unit_hidden": None}),
        ({"layers": (1, {"b": 2, "a": 1})}, {"layers": [1.0, {"a": 1, "b": 2}]}),
    ],
)
def test_the_same_tuple_written_otherwise_keeps_its_code(
    engine: Engine, first: Values, same: Values
) -> None:
    register(engine, first)

    (found,) = register(engine, same)

    assert (found.code_task, found.new) == ("USD-0001", False)


def test_other_tuples_models_and_studies_are_other_cells(engine: Engine) -> None:
    register(engine, {"epoch": 1, "bias": True})

    others = [{"epoch": 1, "bias": 1}, {"epoch": 1}, {"epoch": 1, "bias": None}, {"epoch": 2}]
    assert codes(register(engine, *others)) == [f"USD-{n:04d}" for n in range(2, 6)]
    assert codes(register(engine, {"epoch": 1}, model="mlp")) == ["USD-0006"]
    assert codes(register(engine, {"epoch": 1}, study="USDKRW")) == ["USDKRW-0001"]


finite = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)


@given(rate=finite, dropout=finite)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_float_keeps_its_code(engine: Engine, rate: float, dropout: float) -> None:
    values = {"learning_rate": rate, "dropout": dropout}
    (first,) = register(engine, values)
    (second,) = register(engine, values)

    assert (second.code_task, second.new) == (first.code_task, False)


def test_cells_are_read_back_with_what_has_no_column(engine: Engine) -> None:
    values = {"epoch": 20, "learning_rate": 0.001, "dropout": 0.1, "layers": [1, 2]}
    register(engine, values, {"epoch": 30})

    with connect(engine) as conn:
        cells = read_cells(conn, "USD")
        some = read_cells(conn, "USD", ["USD-0002", "USD-0009"])
        (row, _) = conn.execute(table(conn, "TB_HYPERPARAMETER_EXT").select()).all()
    assert [cell.hyperparameters for cell in cells.values()] == [values, {"epoch": 30}]
    assert list(some) == ["USD-0002"]
    assert tuple(row)[:5] == ("USD-0001", "lstm", '{"dropout":0.1,"layers":[1,2]}', "grid", 0)


def test_every_new_cell_has_a_status_and_old_ones_keep_theirs(engine: Engine) -> None:
    register(engine, {"epoch": 1})
    with begin(engine) as conn:
        set_status(conn, "USD-0001", Status.COMPLETED)
    register(engine, {"epoch": 1}, {"epoch": 2})

    with connect(engine) as conn:
        found = [(r.code_task, r.ticker, r.idx_task, r.status) for r in read_statuses(conn, "USD")]
    assert found == [
        ("USD-0001", "USD/KRW", 5, Status.COMPLETED),
        ("USD-0002", "USD/KRW", 6, Status.NOT_EXECUTED),
    ]


def test_numbers_grow_past_9999_and_stay_in_order(engine: Engine) -> None:
    with begin(engine) as conn:
        conn.execute(text("INSERT INTO TB_HYPERPARAMETER (CODE_TASK) VALUES ('USD-9999')"))

    registered = register(engine, {"epoch": 1}, {"epoch": 2})

    assert codes(registered) == ["USD-10000", "USD-10001"]
    assert codes(register(engine, {"epoch": 3})) == ["USD-10002"]
    with connect(engine) as conn:
        assert list(read_cells(conn, "USD"))[:2] == ["USD-9999", "USD-10000"]


def test_a_deleted_cell_s_number_is_not_given_again(engine: Engine) -> None:
    register(engine, {"epoch": 1}, {"epoch": 2})
    with begin(engine) as conn:
        conn.execute(delete(table(conn, "TB_HYPERPARAMETER")))

    assert codes(register(engine, {"epoch": 9})) == ["USD-0003"]


def test_a_legacy_row_is_claimed_by_the_first_model_that_asks(engine: Engine) -> None:
    with begin(engine) as conn:
        conn.execute(
            text("INSERT INTO TB_HYPERPARAMETER (CODE_TASK, EPOCH) VALUES ('USD-0001', 20)")
        )

    (claimed,) = register(engine, {"epoch": 20})
    (other,) = register(engine, {"epoch": 20}, model="mlp")

    assert (claimed.code_task, claimed.new) == ("USD-0001", False)
    assert (other.code_task, other.new) == ("USD-0002", True)
    with connect(engine) as conn:
        assert [c.model for c in read_cells(conn, "USD").values()] == ["lstm", "mlp"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epoch": 20.5}, r"epoch is 20.5, expected a whole number"),
        ({"batch_size": "ten"}, r"batch_size is 'ten', expected a whole number"),
        ({"learning_rate": True}, r"learning_rate is True, expected a finite number"),
        ({"dropout": float("nan")}, r"cannot be stored: .* Use texts, booleans, finite numbers"),
        ({"dropout": object()}, r"cannot be stored: .* Use texts, booleans, finite numbers"),
    ],
)
def test_a_value_that_fits_no_column_is_refused(
    engine: Engine, values: Values, message: str
) -> None:
    with pytest.raises(StoreError, match=message):
        register(engine, {"epoch": 1}, values)

    with connect(engine) as conn:
        assert read_cells(conn, "USD") == {}


def register_at(url: str, epochs: list[int]) -> dict[int, str]:
    """Codes by epoch, registered in ten grids that grow."""
    engine = open_engine(url)
    tuples: list[Values] = [{"epoch": epoch} for epoch in epochs]
    for tenth in range(1, 11):
        registered = register(engine, *tuples[: len(tuples) * tenth // 10])
    return {int(str(c.hyperparameters["epoch"])): c.code_task for c in registered}


def test_two_processes_that_register_at_once_agree(database_url: str) -> None:
    engine = open_engine(database_url)
    migrate(engine)
    shared, first, second = range(100), range(100, 150), range(200, 250)

    one, two = at_once(
        register_at,
        (database_url, [*shared, *first]),
        (database_url, [*second, *reversed(shared)]),
    )

    with connect(engine) as conn:
        cells = read_cells(conn, "USD")
        statuses = [row.code_task for row in read_statuses(conn, "USD")]
    engine.dispose()
    assert {epoch: one[epoch] for epoch in shared} == {epoch: two[epoch] for epoch in shared}
    assert list(cells) == statuses == [f"USD-{n:04d}" for n in range(1, 201)]
    assert {c.hyperparameters["epoch"]: code for code, c in cells.items()} == one | two


def test_a_grid_of_5000_tuples_takes_few_statements(engine: Engine) -> None:
    space = itertools.product(range(50), range(10), range(10))
    tuples: list[Values] = [{"epoch": e, "batch_size": b, "patch": p} for e, b, p in space]
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))

    first = register(engine, *tuples)
    second = register(engine, *tuples)

    assert codes(first) == codes(second) == [f"USD-{n:04d}" for n in range(1, 5001)]
    assert len(statements) < 100


def test_a_round_is_kept_with_its_reasons(engine: Engine) -> None:
    register(engine, {"epoch": 1})
    round_ = proposal({"epoch": 3}, {"epoch": 9}, method="halving", round=2, epoch_full=9)

    register_cells(engine, "USD", "T", round_)

    with connect(engine) as conn:
        first, partial, full = read_cells(conn, "USD").values()
    assert (first.method, first.round, first.epoch_full) == ("grid", 0, None)
    assert (partial.method, partial.round, partial.reason) == ("halving", 2, "because {'epoch': 3}")
    assert [cell.is_partial for cell in (first, partial, full)] == [False, True, False]


def test_a_search_that_trains_longer_makes_its_earlier_cells_partial(engine: Engine) -> None:
    for epochs, full in (((3, 9), 9), ((27,), 27), ((3,), 9)):
        tuples: list[Values] = [{"epoch": epoch} for epoch in epochs]
        round_ = proposal(*tuples, method="halving", round=full, epoch_full=full)
        register_cells(engine, "USD", "T", round_)
    register(engine, {"epoch": 1})

    with connect(engine) as conn:
        found = {c.hyperparameters["epoch"]: c for c in read_cells(conn, "USD").values()}
    assert {epoch: cell.epoch_full for epoch, cell in found.items()} == {
        3: 27, 9: 27, 27: 27, 1: None,
    }  # fmt: skip
    assert [epoch for epoch, cell in found.items() if cell.is_partial] == [3, 9]


def test_a_tuple_that_another_method_proposed_is_taken_over_with_its_code(engine: Engine) -> None:
    register(engine, {"epoch": 1}, {"epoch": 2})

    again = register_cells(engine, "USD", "T", proposal({"epoch": 2}, method="random", round=1))

    assert codes(again.cells) == ["USD-0002"]
    with connect(engine) as conn:
        found = {
            cell.code_task: (cell.method, cell.round) for cell in read_cells(conn, "USD").values()
        }
    assert found == {"USD-0001": ("grid", 0), "USD-0002": ("random", 1)}


def test_a_tuple_of_an_earlier_round_stays_in_it(engine: Engine) -> None:
    register_cells(engine, "USD", "T", proposal({"epoch": 1}, method="random", round=0))
    register_cells(
        engine, "USD", "T", proposal({"epoch": 1}, {"epoch": 2}, method="random", round=1)
    )

    with connect(engine) as conn:
        assert [cell.round for cell in read_cells(conn, "USD").values()] == [0, 1]


def test_a_round_proposed_from_a_history_that_has_grown_gives_way_to_the_newest(
    engine: Engine,
) -> None:
    def of(epoch: int) -> Registration:
        round_ = proposal({"epoch": epoch}, method="random", known=0)
        return register_cells(engine, "USD", "T", round_)

    first, second = of(1), of(2)

    assert (first.adopted, second.adopted) == (False, True)
    assert codes(second.cells) == codes(first.cells) == ["USD-0001"]
    with connect(engine) as conn:
        assert len(read_cells(conn, "USD")) == 1


def test_the_rounds_of_another_model_are_another_search_s(engine: Engine) -> None:
    of_lstm = proposal({"epoch": 1}, method="random", known=0)
    of_mlp = proposal({"epoch": 1}, model="mlp", method="random", known=0)

    register_cells(engine, "USD", "T", of_lstm)
    found = register_cells(engine, "USD", "T", of_mlp)

    assert (found.adopted, codes(found.cells)) == (False, ["USD-0002"])


def test_a_round_whose_search_another_method_took_over_meanwhile_is_not_registered(
    engine: Engine,
) -> None:
    register_cells(engine, "USD", "T", proposal({"epoch": 1}, method="random", known=0))
    register(engine, {"epoch": 1})  # now of a grid

    late = register_cells(engine, "USD", "T", proposal({"epoch": 2}, method="random", known=1))

    assert late == Registration([], 0, adopted=True)


def propose_at(url: str, epoch: int) -> list[str]:
    engine = open_engine(url)
    tuples = [{"epoch": epoch + n} for n in range(20)]
    found = register_cells(engine, "USD", "T", proposal(*tuples, method="bayesian", known=0))
    return codes(found.cells)


def test_two_rounds_proposed_at_once_end_with_one_set_of_codes(database_url: str) -> None:
    engine = open_engine(database_url)
    migrate(engine)

    one, two = at_once(propose_at, (database_url, 1), (database_url, 100))

    with connect(engine) as conn:
        assert one == two == list(read_cells(conn, "USD"))
    engine.dispose()


def test_a_cell_s_own_failure_is_kept_with_its_data_version(engine: Engine) -> None:
    register(engine, {"epoch": 1}, {"epoch": 2}, {"epoch": 3})
    with begin(engine) as conn:
        mark_failed(conn, "USD-0002", "f" * 64, recurs=True)
        mark_failed(conn, "USD-0003", "e" * 64)

    with connect(engine) as conn:
        cells = read_cells(conn, "USD").values()
    assert [cell.failed_data_version for cell in cells] == [None, "f" * 64, "e" * 64]
    assert [cell.failure_recurs for cell in cells] == [False, True, False]


def test_the_rows_of_a_study_are_not_those_of_one_that_differs_by_case(engine: Engine) -> None:
    register(engine, {"epoch": 1})
    lower = "INSERT INTO TB_HYPERPARAMETER (CODE_TASK, EPOCH) VALUES ('usd-0007', 7)"
    with begin(engine) as conn:
        conn.execute(text(lower))

    assert codes(register(engine, {"epoch": 7})) == ["USD-0002"]
    with connect(engine) as conn:
        assert list(read_cells(conn, "USD")) == ["USD-0001", "USD-0002"]


def test_the_rows_of_a_study_are_found_without_reading_the_table(engine: Engine) -> None:
    codes_of = table(engine, "TB_HYPERPARAMETER")
    query = codes_of.select().where(of_study(codes_of.c.CODE_TASK, "USD"))
    plan = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "

    with connect(engine) as conn:
        sql = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
        steps = str([tuple(row) for row in conn.exec_driver_sql(plan + sql)])
    assert "SEARCH" in steps or "range" in steps


TRIGGERS = {
    "mysql": "CREATE TRIGGER rounds BEFORE INSERT ON TB_HYPERPARAMETER FOR EACH ROW "
    "SET NEW.LEARNING_RATE = ROUND(NEW.LEARNING_RATE, 3)",
    "sqlite": "CREATE TRIGGER rounds AFTER INSERT ON TB_HYPERPARAMETER BEGIN "
    "UPDATE TB_HYPERPARAMETER SET LEARNING_RATE = ROUND(LEARNING_RATE, 3); END",
}


def test_a_tuple_that_comes_back_as_another_is_refused_with_its_values(engine: Engine) -> None:
    with begin(engine) as conn:
        conn.exec_driver_sql(TRIGGERS[engine.dialect.name])
    register(engine, {"learning_rate": 0.001})

    told = (
        r"learning_rate of a cell is 0\.0012345678, and TB_HYPERPARAMETER\.LEARNING_RATE \(DOUBLE\)"
        r" returns 0\.001: it could not be recognised\. Look for a trigger on TB_HYPERPARAMETER,"
    )
    with pytest.raises(StoreError, match=told):
        register(engine, {"learning_rate": 0.002}, {"learning_rate": 0.0012345678})

    with connect(engine) as conn:
        assert list(read_cells(conn, "USD")) == ["USD-0001"]
        assert len(read_statuses(conn, "USD")) == 1


ACCEPTED = {
    "sqlite": [
        ("DOUBLE", "FLOAT"),
        ("DOUBLE", "DECIMAL(20,8)"),
        ("DOUBLE", "NUMERIC"),
        ("DOUBLE", "REAL"),
        ("INT", "NUMERIC"),
        ("TEXT", "CLOB"),
    ],
    "mysql": [
        ("DOUBLE", "FLOAT"),
        ("DOUBLE", "FLOAT(9,4)"),
        ("DOUBLE", "DECIMAL(20,8)"),
        ("INT", "BIGINT UNSIGNED"),
        ("TEXT", "VARCHAR(9) CHARACTER SET latin1"),
        ("VARCHAR(20)", "VARCHAR(99)"),
    ],
}
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["\uae08 \uc2dc\uc138", "\U0001f4c8"]
)
numbers = st.floats(allow_nan=False, allow_infinity=False)
plain = texts | numbers | st.booleans() | st.integers()
any_values = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(INTEGERS, st.integers(0, 2**31 - 1)),
        **dict.fromkeys(REALS, numbers),
        **dict.fromkeys(("kind", "dropout", "layers"), plain | st.lists(plain, max_size=3)),
    },
)


@pytest.mark.parametrize("number", range(6))
def test_any_tuple_is_itself_in_a_column_of_any_type_that_is_accepted(
    empty_engine: Engine, number: int
) -> None:
    declared_type, found_type = ACCEPTED[empty_engine.dialect.name][number]
    for name in ("TB_HYPERPARAMETER", "TB_HYPERPARAMETER_EXT"):
        pattern = rf"\b{re.escape(declared_type)}(?!\w)"
        run_sql(empty_engine, re.sub(pattern, found_type, declared(name)))
    widen(empty_engine)

    @given(tuples=st.lists(any_values, min_size=1, max_size=4))
    @settings(max_examples=20)
    def come_back(tuples: list[Values]) -> None:
        first = register(empty_engine, *tuples)
        second = register(empty_engine, *tuples)
        with connect(empty_engine) as conn:
            cells = read_cells(conn, "USD", codes(first))
        assert codes(second) == codes(first)
        for values, code in zip(tuples, codes(first), strict=True):
            found = cells[code]
            assert identity("lstm", values) == identity(found.model, found.hyperparameters)

    come_back()
