"""How the tick of a sensor fails: with one line, as a command does."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TypeAlias

import dagster as dg

from lstm_assets.errors import LstmAssetsError
from lstm_assets.graph.instance import storage_refusals

Requests: TypeAlias = Iterator[dg.RunRequest | dg.SkipReason]  # or why there are none
Tick: TypeAlias = Callable[[dg.SensorEvaluationContext], Requests]


def in_one_line(tick: Tick) -> Tick:
    """Return the tick with errors meant for people as skip reasons. The next tick tries again."""

    @functools.wraps(tick)
    def wrapped(context: dg.SensorEvaluationContext) -> Requests:
        try:
            with storage_refusals():
                yield from tick(context)
        except LstmAssetsError as error:
            yield dg.SkipReason(f"the next tick tries again: {error}")

    return wrapped
