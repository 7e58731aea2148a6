"""The reference system's own tables, taken over with their rows."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lstm_assets.store.engine import open_engine
from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.site import Site
from lstm_assets_tests.store.existing import CASES, FLOAT_TABLES, run_sql

pytestmark = pytest.mark.mysql


@pytest.fixture
def old_site(mysql_server: Server, tmp_path: Path) -> Iterator[Site]:
    """A database with the tables of the reference documents, beside the study FT."""
    shutil.copytree(CASES / "float_tables" / "ft", tmp_path / "studies" / "ft")
    with mysql_server.database() as url:
        engine = open_engine(url)
        run_sql(engine, FLOAT_TABLES)
        engine.dispose()
        yield Site(tmp_path, url)


def test_float_tables_are_refused_until_they_are_widened_and_then_keep_every_code(
    old_site: Site,
) -> None:
    refused = old_site.here("tune", "FT")

    assert refused.status == 1
    assert re.fullmatch(r"Error: TB_\w+\.OPEN_P in .* is FLOAT, .*--widen.*\n", refused.stderr)

    widened = old_site.here("init-db", "--widen")
    again = old_site.here("init-db", "--widen")

    assert "TB_HYPERPARAMETER.LEARNING_RATE: FLOAT is now DOUBLE\n" in widened.stdout
    assert "No column had to be widened.\n" in again.stdout
    first = old_site.here("tune", "FT", "--workers", "0")
    second = old_site.here("tune", "FT", "--workers", "0")
    assert (first.status, second.status) == (0, 0), first.stderr + second.stderr
    assert "4 cells to train" in first.stderr
    assert "0 cells to train" in second.stderr
    rates = {row["CODE_TASK"]: row["LEARNING_RATE"] for row in old_site.rows("TB_HYPERPARAMETER")}
    assert rates == {
        "FT-0001": 0.001,
        "FT-0002": 0.01,
        "FT-0009": 0.5,
        "FT-0010": 0.0012345678,
        "FT-0011": 0.00123456781,
    }
