from lstm_assets_tests.graph.assets.conftest import graph, instance, site

__all__ = ["graph", "instance", "site"]  # fixtures
