from collections.abc import Iterator

import pytest

from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.site import Site
from lstm_assets_tests.studies import write_study
from lstm_assets_tests.ui.graphql import Ui
from lstm_assets_tests.ui.server import dagster_dev


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, mysql_server: Server) -> Iterator[Site]:
    """The study TINY; its tables and Dagster's share one database."""
    folder = tmp_path_factory.mktemp("ui")
    write_study(folder / "studies")
    with mysql_server.database() as url:
        yield Site(folder, url, url)


@pytest.fixture(scope="module")
def ui(site: Site) -> Iterator[Ui]:
    """`dagster dev` on the site."""
    with dagster_dev(site) as ui:
        yield ui
