"""The Dagster instance that commands open."""

import subprocess
import sys
from pathlib import Path

import pytest

from lstm_assets_tests.site import SECONDS, Site
from lstm_assets_tests.studies import write_study

OPENING = """
import sys
import dagster
from lstm_assets.graph.instance import open_instance
from lstm_assets.settings import settings
sys.stdin.readline()
with open_instance(settings()) as instance:
    print(len(instance.get_runs()))
"""


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)])
def test_commands_that_open_it_first_wait_for_each_other(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("mysql_url") if kind == "mysql" else ""
    environment = Site(tmp_path, dagster_mysql_url=url).environment
    opening = [
        subprocess.Popen(
            [sys.executable, "-c", OPENING],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]

    ends = [process.communicate("\n", timeout=SECONDS) for process in opening]

    assert ends == [("0\n", "")] * 3


def test_a_url_of_dagsters_storage_that_is_none_is_named(tmp_path: Path) -> None:
    write_study(tmp_path / "studies")

    done = Site(tmp_path, dagster_mysql_url="mysql://root@127.0.0.1/x").here("tune", "TINY")

    assert done.status == 1
    assert done.stderr.startswith("Error: DAGSTER_MYSQL_URL: the database URL starts with mysql://")
