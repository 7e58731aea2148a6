from lstm_assets_tests.search.toy import toy

__all__ = ["toy"]  # a fixture
