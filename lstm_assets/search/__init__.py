"""Search: the space, the rounds, and one file and one line here per search method."""

from lstm_assets.search.method import Method
from lstm_assets.search.methods.bayesian import Bayesian
from lstm_assets.search.methods.coarse_to_fine import CoarseToFine
from lstm_assets.search.methods.grid import Grid
from lstm_assets.search.methods.halving import Halving
from lstm_assets.search.methods.random import Random

METHODS: dict[str, type[Method]] = {
    each.name: each for each in (Bayesian, CoarseToFine, Grid, Halving, Random)
}

DEFAULT_METHOD = Grid.name  # of a study without `method`

__all__ = ["DEFAULT_METHOD", "METHODS", "Method"]
