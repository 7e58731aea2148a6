from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lstm_assets_tests.cli.copies import copied
from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.site import Done, Site
from lstm_assets_tests.studies import write_study

EVERYWHERE = ["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A home that nothing was run in yet, beside the study TINY of 4 cells."""
    write_study(tmp_path / "studies")
    return Site(tmp_path)


@pytest.fixture(scope="session", params=EVERYWHERE)
def first_tune(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Site, Done]]:
    """TINY, tuned by the command in a process of its own, and what it said. Not to be changed.

    Its tables, and Dagster's own storage, are in SQLite files or in databases of a server.
    """
    folder = tmp_path_factory.mktemp("tuned")
    write_study(folder / "studies")
    with ExitStack() as databases:
        urls = []
        if request.param == "mysql":
            server: Server = request.getfixturevalue("mysql_server")
            urls = [databases.enter_context(server.database()) for _ in range(2)]
        site = Site(folder, *urls)
        yield site, site.run("tune", "TINY", "--workers", "2")


@pytest.fixture
def tuned(first_tune: tuple[Site, Done]) -> Site:
    """See first_tune."""
    return first_tune[0]


@pytest.fixture
def said(first_tune: tuple[Site, Done]) -> Done:
    """See first_tune."""
    return first_tune[1]


@pytest.fixture
def copy(tuned: Site, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A copy of the tuned site, to be changed."""
    server = request.getfixturevalue("mysql_server") if tuned.database_url else None
    with copied(tuned, tmp_path / "copy", server) as site:
        yield site
