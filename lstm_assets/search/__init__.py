"""What to try next: the search space, and one file and one line here per search method."""

from collections.abc import Callable

from lstm_assets.search.grid import grid
from lstm_assets.search.space import Space
from lstm_assets.units import Tuple

METHODS: dict[str, Callable[[Space], list[Tuple]]] = {
    "grid": grid,
}

__all__ = ["METHODS", "Space"]
