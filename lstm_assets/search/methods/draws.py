"""Random draws without repeats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lstm_assets.cells.values import Values, identity
from lstm_assets.search.history import History
from lstm_assets.search.space.space import Box, Space

CODES_TOLD = 3  # of the cells that were drawn before one that is new
DRAWS_A_TUPLE = 50  # before what is left of a space that can be listed is listed
MOST_IN_VAIN = 1000  # draws in a row that are not new, likewise


@dataclass(frozen=True, slots=True)
class Drawn:
    """Tuples, each another, and what was drawn before each of them but was not new."""

    tuples: list[Values]
    before: list[list[Values]]  # of each tuple


def draw_new(
    space: Space,
    known: Iterable[Values],
    wanted: int,
    rng: np.random.Generator,
    box: Box | None = None,
) -> Drawn:
    """Draw tuples that are not known; fewer than wanted when no others are left.

    Args:
        space: where to draw.
        known: tuples that are not to be drawn.
        wanted: how many tuples.
        rng: what draws.
        box: bounds to keep to; None is all of the space.
    """
    seen = {identity(space.model, each) for each in known}
    drawn = Drawn([], [])
    refused: list[Values] = []
    for _ in range(DRAWS_A_TUPLE * wanted):
        if len(drawn.tuples) == wanted:
            return drawn
        if len(refused) == MOST_IN_VAIN:
            break
        cell = space.draw(rng, box)
        if cell is None:
            break
        key = identity(space.model, cell)
        if key in seen:
            refused.append(cell)
            continue
        seen.add(key)
        _add(drawn, cell, refused)
        refused = []
    left = [each for each in space.every(box) or () if identity(space.model, each) not in seen]
    for at in rng.permutation(len(left))[: wanted - len(drawn.tuples)]:
        _add(drawn, left[at], refused)
        refused = []
    return drawn


def drawn_before(history: History, before: Sequence[Values]) -> str:
    """Say what was drawn before a tuple but exists already: the end of its reason."""
    if not before:
        return ""
    told = list(dict.fromkeys(history.code_of(each) or "one drawn before" for each in before))
    more = f" and {len(told) - CODES_TOLD} more" if len(told) > CODES_TOLD else ""
    return f"; drawn again instead of {', '.join(told[:CODES_TOLD])}{more}"


def _add(drawn: Drawn, cell: Values, refused: Sequence[Values]) -> None:
    drawn.tuples.append(cell)
    drawn.before.append(list(refused))
