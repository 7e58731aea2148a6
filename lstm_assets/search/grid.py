"""Grid search: every tuple of the space."""

import itertools

from lstm_assets.search.space import Space
from lstm_assets.units import Tuple


def grid(space: Space) -> list[Tuple]:
    """Return the Cartesian product of the space's lists.

    The last name of the space varies fastest, so the order, and with it the numbering of new
    CODE_TASKs, is the order in which the study is written.

    >>> grid({"epoch": [20, 30], "batch_size": [10]})
    [{'epoch': 20, 'batch_size': 10}, {'epoch': 30, 'batch_size': 10}]
    """
    return [dict(zip(space, values, strict=True)) for values in itertools.product(*space.values())]
