import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import dagster as dg
import pytest

from lstm_assets.graph.instance import open_instance
from lstm_assets.settings import settings
from lstm_assets_tests.graph.assets.graph import Graph
from lstm_assets_tests.site import Site
from lstm_assets_tests.studies import write_study


@pytest.fixture
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Site:
    """The study TINY of 4 cells; its tables in SQLite, or in MySQL where the test is so marked."""
    write_study(tmp_path / "studies")
    url = request.getfixturevalue("mysql_url") if request.node.get_closest_marker("mysql") else ""
    return Site(tmp_path, url)


@pytest.fixture
def instance(site: Site) -> Iterator[dg.DagsterInstance]:
    with (
        patch.dict(os.environ, site.environment, clear=True),
        open_instance(settings()) as instance,
    ):
        yield instance


@pytest.fixture
def graph(site: Site, instance: dg.DagsterInstance) -> Graph:
    return Graph(site, instance)
