"""How a tick of a sensor fails: with one line, as a command does."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import TypeAlias

import dagster as dg

from lstm_assets.errors import LstmAssetsError
from lstm_assets.graph.instance import storage_refusals

Told: TypeAlias = Iterator[dg.RunRequest | dg.SkipReason]
Tick: TypeAlias = Callable[[dg.SensorEvaluationContext], Told]


def in_one_line(tick: Tick) -> Tick:
    """Turn an error meant for people into the tick's skip reason; the next tick tries again."""

    @functools.wraps(tick)
    def wrapped(context: dg.SensorEvaluationContext) -> Told:
        try:
            with storage_refusals():
                yield from tick(context)
        except LstmAssetsError as error:
            yield dg.SkipReason(f"the next tick tries again: {error}")

    return wrapped
