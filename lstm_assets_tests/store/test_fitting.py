"""Texts for people in columns of any width and character set."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from lstm_assets.cells.proposal import Proposal, Proposed
from lstm_assets.cells.result import Best
from lstm_assets.store.engine import begin, connect, open_engine
from lstm_assets.store.fitting import fitted
from lstm_assets.store.hyperparameters import register_cells
from lstm_assets.store.migrations import migrate
from lstm_assets.store.results import write_best
from lstm_assets.store.status import Status, read_statuses, set_status
from lstm_assets.store.tables import forget, table
from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.studies import SPACE

KOREAN = "csv 자료/금 시세.csv: does not exist"
ESCAPED = r"csv \uc790\ub8cc/\uae08 \uc2dc\uc138.csv: does not exist"


@pytest.fixture
def latin1(mysql_server: Server) -> Iterator[Engine]:
    """A database whose three texts for people are latin1, as a server's default may be."""
    with mysql_server.database() as url:
        engine = open_engine(url)
        migrate(engine)
        with begin(engine) as conn:
            for name, column in (
                ("TB_TASKSTATUS", "NOTE"),
                ("TB_HYPERPARAMETER_EXT", "REASON"),
                ("TB_BESTMODEL", "NOTE"),
            ):
                conn.execute(
                    text(f"ALTER TABLE {name} MODIFY {column} VARCHAR(300) CHARACTER SET latin1")
                )
        forget(engine)
        yield engine
        engine.dispose()


def widened(engine: Engine, width: int) -> Engine:
    """The database with a NOTE of another width."""
    if engine.dialect.name == "mysql":
        change = [f"ALTER TABLE TB_TASKSTATUS MODIFY NOTE VARCHAR({width})"]
    else:
        change = [
            "ALTER TABLE TB_TASKSTATUS DROP COLUMN NOTE",
            f"ALTER TABLE TB_TASKSTATUS ADD COLUMN NOTE VARCHAR({width})",
        ]
    with begin(engine) as conn:
        for statement in change:
            conn.execute(text(statement))
    forget(engine)
    return engine


def noted(engine: Engine, note: str) -> str:
    with begin(engine) as conn:
        set_status(conn, "USD-0001", Status.ERROR, note=note)
    with connect(engine) as conn:
        return read_statuses(conn, "USD")[0].note


@pytest.mark.parametrize("width", [100, 1000])
def test_a_note_has_as_many_characters_as_its_column(engine: Engine, width: int) -> None:
    assert noted(widened(engine, width), "환" * 2000) == "환" * width


def test_a_note_is_one_line_without_control_characters(engine: Engine) -> None:
    assert noted(engine, "a\x00b\n\tc \x1b[31md\x7f \udc80") == "a b c [31md ?"


@pytest.mark.mysql
def test_characters_that_the_column_lacks_are_escaped(latin1: Engine) -> None:
    assert noted(latin1, KOREAN) == ESCAPED
    assert noted(latin1, "café costs 5 €, not \U0001f600") == "café costs 5 €, not \\U0001f600"


@pytest.mark.mysql
def test_a_long_note_is_not_cut_within_an_escape(latin1: Engine) -> None:
    assert noted(latin1, "é" + "금" * 300) == "é" + r"\uae08" * 49


@pytest.mark.mysql
def test_reasons_and_winners_are_fitted_as_well(latin1: Engine) -> None:
    values = {name: each[0] for name, each in SPACE.items()}
    proposal = Proposal("lstm", "random", 0, [Proposed(values, KOREAN)], 0)
    register_cells(latin1, "USD", "T", proposal)
    with begin(latin1) as conn:
        write_best(conn, Best("USD", "T", "USD-0001", 1, 1.0, 2.0, None, note=KOREAN))
        stored = [
            conn.scalar(text("SELECT REASON FROM TB_HYPERPARAMETER_EXT")),
            conn.scalar(text("SELECT NOTE FROM TB_BESTMODEL")),
        ]

    assert stored == [ESCAPED, ESCAPED]


@given(note=st.text(st.characters(codec=None), max_size=400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
def test_any_text_can_be_stored_and_is_read_as_it_was_fitted(engine: Engine, note: str) -> None:
    with connect(engine) as conn:
        expected = fitted(conn, table(conn, "TB_TASKSTATUS").c["NOTE"], note)

    assert len(expected) <= 300
    assert noted(engine, note) == expected


@pytest.mark.mysql
@given(note=st.text(st.characters(codec=None), max_size=400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
def test_any_text_can_be_stored_in_latin1(latin1: Engine, note: str) -> None:
    assert len(noted(latin1, note)) <= 300
