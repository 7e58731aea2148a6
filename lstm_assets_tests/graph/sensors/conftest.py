import dagster as dg
import pytest

from lstm_assets_tests.graph.assets.conftest import instance, site  # noqa: F401 - fixtures
from lstm_assets_tests.graph.assets.graph import Graph
from lstm_assets_tests.graph.sensors.ticks import Ticks
from lstm_assets_tests.site import Site


@pytest.fixture
def graph(site: Site, instance: dg.DagsterInstance) -> Graph:  # noqa: F811
    return Graph(site, instance)


@pytest.fixture
def ticks(site: Site, instance: dg.DagsterInstance) -> Ticks:  # noqa: F811
    return Ticks(site, instance)
