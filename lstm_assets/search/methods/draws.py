"""Random draws without repeats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lstm_assets.cells.values import Values, identity
from lstm_assets.search.history import History
from lstm_assets.search.space.space import Box, Space

CODES_IN_REASON = 3  # of the existing cells that were drawn before a new one
# After so many draws, or repeats in a row, the rest of a space is listed if it can be listed.
DRAWS_A_COMBINATION = 50
MOST_REPEATS = 1000


@dataclass(frozen=True, slots=True)
class Drawn:
    """Different combinations, and the draws before each of them that were not new."""

    combinations: list[Values]
    before: list[list[Values]]  # one list per combination


def draw_new(
    space: Space,
    known: Iterable[Values],
    wanted: int,
    rng: np.random.Generator,
    box: Box | None = None,
) -> Drawn:
    """Return random combinations that are not known; fewer than wanted if no more are left.

    Args:
        space: the space to draw from.
        known: combinations that must not be drawn.
        wanted: number of combinations.
        rng: random generator.
        box: bounds of the draws; None: all of the space.
    """
    seen = {identity(space.model, each) for each in known}
    drawn = Drawn([], [])
    repeats: list[Values] = []
    for _ in range(DRAWS_A_COMBINATION * wanted):
        if len(drawn.combinations) == wanted:
            return drawn
        if len(repeats) == MOST_REPEATS:
            break
        cell = space.draw(rng, box)
        if cell is None:
            break
        key = identity(space.model, cell)
        if key in seen:
            repeats.append(cell)
            continue
        seen.add(key)
        _add(drawn, cell, repeats)
        repeats = []
    left = [each for each in space.every(box) or () if identity(space.model, each) not in seen]
    for at in rng.permutation(len(left))[: wanted - len(drawn.combinations)]:
        _add(drawn, left[at], repeats)
        repeats = []
    return drawn


def drawn_before(history: History, before: Sequence[Values]) -> str:
    """Return the end of a reason: the existing cells that were drawn before the new one."""
    if not before:
        return ""
    codes = list(dict.fromkeys(history.code_of(each) or "one drawn before" for each in before))
    more = f" and {len(codes) - CODES_IN_REASON} more" if len(codes) > CODES_IN_REASON else ""
    return f"; drawn again instead of {', '.join(codes[:CODES_IN_REASON])}{more}"


def _add(drawn: Drawn, cell: Values, repeats: Sequence[Values]) -> None:
    drawn.combinations.append(cell)
    drawn.before.append(list(repeats))
