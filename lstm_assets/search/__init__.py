"""What to try next: the search space, and one file and one line here per search method."""

from lstm_assets.search.grid import Grid
from lstm_assets.search.method import Method
from lstm_assets.search.random import Random

METHODS: dict[str, type[Method]] = {each.name: each for each in (Grid, Random)}

__all__ = ["METHODS", "Method"]
