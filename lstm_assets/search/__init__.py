"""What to try next: the search space, and one file and one line here per search method."""

from lstm_assets.search.bayesian import Bayesian
from lstm_assets.search.coarse_to_fine import CoarseToFine
from lstm_assets.search.grid import Grid
from lstm_assets.search.halving import Halving
from lstm_assets.search.method import Method
from lstm_assets.search.random import Random

METHODS: dict[str, type[Method]] = {
    each.name: each for each in (Bayesian, CoarseToFine, Grid, Halving, Random)
}

__all__ = ["METHODS", "Method"]
