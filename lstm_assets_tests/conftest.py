"""Databases and a browser for tests.

What asks for `database_url` or `engine` runs on SQLite and on MySQL.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import hypothesis
import pytest
from sqlalchemy import Engine

from lstm_assets.store.engine import open_engine
from lstm_assets.store.migrations import migrate
from lstm_assets_tests.mariadb import NoServerError, Server, open_server
from lstm_assets_tests.ui.browser import NoBrowserError, open_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

# A loaded machine is no reason for a property to fail.
hypothesis.settings.register_profile("lstm_assets", deadline=None)
hypothesis.settings.load_profile("lstm_assets")

# Set where a test that is skipped for want of it is a failure.
MYSQL_REQUIRED = "LSTM_ASSETS_TEST_MYSQL_REQUIRED"
BROWSER_REQUIRED = "LSTM_ASSETS_TEST_BROWSER_REQUIRED"

SHARE_A_TUNE = (  # files of cli/
    "test_foreign_rows",
    "test_report",
    "test_show",
    "test_tune",
    "test_tune_again",
)
LONGEST = ("runs", "ui", "cli")  # folders


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests on one process, with those that share its fixtures; the longest first."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: _order(item.path.parent.name))


def _group(item: pytest.Item) -> str:
    if item.path.stem in SHARE_A_TUNE:
        return "tuned"
    alone = item.path.parent.name == "runs"  # each has a service of its own
    return item.nodeid if alone else str(item.path)


def _order(folder: str) -> int:
    return LONGEST.index(folder) if folder in LONGEST else len(LONGEST)


@pytest.fixture(scope="session")
def mysql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    try:
        with open_server(tmp_path_factory.mktemp("mariadb")) as server:
            yield server
    except NoServerError as error:
        _do_without(error, MYSQL_REQUIRED)


@pytest.fixture(scope="module")
def page() -> Iterator["Page"]:
    """A page of a browser, for one module: tests beside it could run no event loop."""
    try:
        with open_page() as page:
            yield page
    except NoBrowserError as error:
        _do_without(error, BROWSER_REQUIRED)


def _do_without(error: Exception, required: str) -> NoReturn:
    if os.environ.get(required):
        pytest.fail(f"{required} is set, but {error}")
    pytest.skip(str(error))


@pytest.fixture
def mysql_url(mysql_server: Server) -> Iterator[str]:
    with mysql_server.database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture(params=["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a database without tables."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def empty_engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(empty_engine: Engine) -> Engine:
    """A database with every table, none of them filled."""
    migrate(empty_engine)
    return empty_engine
