"""Column types that read any stored value: SQLite stores whatever another program writes.

What is no number, or no time, is read as NULL. Other databases refuse such values themselves.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Double, Integer
from sqlalchemy.dialects.sqlite import DATETIME
from sqlalchemy.types import TypeEngine

Read = Callable[[Any], Any]

_UNREADABLE = (TypeError, ValueError, OverflowError)  # what int, float and fromisoformat raise


def lenient(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type that reads any value of an SQLite column; other types stay as they are."""
    if isinstance(kind, Integer):
        return _AnyInteger()
    if isinstance(kind, Double):
        return _AnyDouble()
    return _AnyDateTime() if isinstance(kind, DateTime) else kind  # type: ignore[no-untyped-call]


class _AnyInteger(Integer):
    def result_processor(self, dialect: Dialect, coltype: object) -> Read:
        return _whole


class _AnyDouble(Double[float]):
    def result_processor(self, dialect: Dialect, coltype: object) -> Read:
        return _real


class _AnyDateTime(DATETIME):
    def result_processor(self, dialect: Dialect, coltype: object) -> Read:
        return _moment


def _whole(value: Any) -> int | None:
    if isinstance(value, int):
        return value  # a float would round a large one
    number = _real(value)
    return int(number) if number is not None and number.is_integer() else None


def _real(value: Any) -> float | None:
    with contextlib.suppress(*_UNREADABLE):  # a text or bytes that are no number
        number = float(value)
        return number if math.isfinite(number) else None
    return None


def _moment(value: Any) -> datetime | None:
    with contextlib.suppress(*_UNREADABLE):  # a number, or a text in another format
        moment = datetime.fromisoformat(value)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None)
    return None
