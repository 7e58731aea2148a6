"""What people write in a study reaches the database as values, never as SQL or as a pattern."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, MetaData, String, Table, inspect, select

from lstm_assets.cells.codes import Stage, cell_code, stage_code
from lstm_assets.common.text import one_line
from lstm_assets.sources.prices import Prices, no_actions
from lstm_assets.store.engine import begin, connect
from lstm_assets.store.hyperparameters import read_cells, register_cells
from lstm_assets.store.prices import (
    newest_raw,
    read_adjusted,
    read_raw,
    replace_adjusted,
    write_raw,
)
from lstm_assets.store.results import read_best, read_results, write_best, write_result
from lstm_assets.store.status import Status, read_statuses, set_status
from lstm_assets.store.tables import of_study, table
from lstm_assets_tests.store.proposals import proposal
from lstm_assets_tests.store.results import BEST, RESULT

TICKERS = [
    "'",
    '"',
    "`",
    "\\",
    "\\'",
    "%",
    "_",
    "%s",
    "%(TICKER)s",
    ":TICKER",
    "?",
    "' OR '1'='1",
    "'; DROP TABLE x;--",
    '"; DELETE FROM x;#',
    "\\' OR 1=1 --",
    "x') ; -- ",
    "/*! x */",
    "{0}",
    "환율' OR 1;--",
]


def bars(close: float) -> pd.DataFrame:
    prices = {name: [close] for name in ("open", "high", "low", "close")}
    return pd.DataFrame({"date": ["2024-01-02"], **prices, "volume": [1.0]})


def tables_of(engine: Engine) -> list[str]:
    return sorted(inspect(engine).get_table_names())


def test_a_ticker_selects_its_own_bars_whatever_stands_in_it(engine: Engine) -> None:
    before = tables_of(engine)
    closes = {ticker: float(number) for number, ticker in enumerate(["PLAIN", *TICKERS], start=1)}
    with begin(engine) as conn:
        for ticker, close in closes.items():
            write_raw(conn, ticker, Prices(bars(close), no_actions()))
            replace_adjusted(conn, ticker, None, None, bars(close))

    with connect(engine) as conn:
        raw = {t: read_raw(conn, t, None, None).bars["close"].to_list() for t in closes}
        adjusted = {t: read_adjusted(conn, t, None, None)["close"].to_list() for t in closes}
        newest = {newest_raw(conn, ticker) for ticker in closes}
        unknown = newest_raw(conn, "%LAIN"), newest_raw(conn, "PLAI_"), newest_raw(conn, "' OR 1 #")
    assert raw == adjusted == {ticker: [close] for ticker, close in closes.items()}
    assert newest == {"2024-01-02"}
    assert unknown == (None, None, None)
    assert tables_of(engine) == before


@pytest.mark.parametrize("ticker", TICKERS)
def test_a_ticker_s_bars_are_replaced_alone(engine: Engine, ticker: str) -> None:
    with begin(engine) as conn:
        replace_adjusted(conn, "PLAIN", None, None, bars(1.0))
        replace_adjusted(conn, ticker, None, None, bars(2.0))
        replace_adjusted(conn, ticker, None, None, bars(3.0)[:0])

    with connect(engine) as conn:
        assert read_adjusted(conn, "PLAIN", None, None)["close"].to_list() == [1.0]
        assert len(read_adjusted(conn, ticker, None, None)) == 0


@pytest.mark.parametrize("ticker", TICKERS)
def test_a_ticker_comes_back_from_every_table_as_written(engine: Engine, ticker: str) -> None:
    register_cells(engine, "USD", ticker, proposal({"epoch": 1}))
    result = replace(RESULT, ticker=ticker, path_model=ticker, data_version=ticker)
    note = one_line(ticker)
    best = replace(BEST, ticker=ticker, note=note, path_model=ticker)
    with begin(engine) as conn:
        write_result(conn, result)
        set_status(conn, "USD-RAW", Status.ERROR, ticker=ticker, idx_task=1, note=ticker)
        write_best(conn, best)

    with connect(engine) as conn:
        assert read_results(conn, "USD") == [result]
        assert read_best(conn, "USD") == best
        statuses = [(row.code_task, row.ticker, row.note) for row in read_statuses(conn, "USD")]
    assert statuses == [("USD-RAW", ticker, note), ("USD-0001", ticker, "")]


@pytest.mark.parametrize("text", TICKERS)
def test_a_hyperparameter_s_text_and_name_come_back_as_written(engine: Engine, text: str) -> None:
    cell = {"epoch": 1, "loss": text, text: 2}
    register_cells(engine, "USD", "T", proposal(cell, model=text, method=text[:20]))

    with connect(engine) as conn:
        (found,) = read_cells(conn, "USD").values()
    assert (found.model, found.hyperparameters) == (text, cell)


CODES = st.text("AB01", min_size=1, max_size=4)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(CODES, min_size=2, max_size=8))
def test_no_study_matches_another_s_codes(engine: Engine, studies: set[str]) -> None:
    tasks = {
        study: {stage_code(study, Stage("RAW", 1)), cell_code(study, 1), cell_code(study, 12345)}
        for study in studies
    }
    with begin(engine) as conn:
        statuses = table(conn, "TB_TASKSTATUS")
        conn.execute(statuses.delete())
        for code in sorted(set().union(*tasks.values())):
            set_status(conn, code, Status.RUNNING)
        column = statuses.c.CODE_TASK
        found = {
            study: set(conn.scalars(select(column).where(of_study(column, study))))
            for study in studies
        }

    assert found == tasks


@pytest.mark.parametrize("pattern", ["%", "_", "A%", "A_C", "/%", "//", "\\%", "%%", "' OR 1 OR '"])
def test_a_study_code_is_no_pattern(engine: Engine, pattern: str) -> None:
    codes = ["ABC-0001", "A-0001", "-0001", "%%-0001", "ABC-RAW"]
    with begin(engine) as conn:
        for code in [*codes, f"{pattern}-0001"]:
            set_status(conn, code, Status.RUNNING)
        found = [row.code_task for row in read_statuses(conn, pattern)]

    assert found == [f"{pattern}-0001"]


def test_a_study_code_is_bound_and_not_written_into_the_statement() -> None:
    column = Table("T", MetaData(), Column("CODE_TASK", String)).c.CODE_TASK

    statement = select(column).where(of_study(column, "A'_%")).compile()

    assert "A'" not in str(statement)
    assert list(statement.params.values()) == ["A'_%-", "A'_%."]
