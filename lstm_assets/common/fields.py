"""The types of settings: numbers and dates as YAML and JSON hand them over, tuples of them.

`True` is no number here, and neither is a fraction where whole things are counted.
"""

import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, FiniteFloat


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a truth value is no number")
    return value


def _iso_date(value: object) -> object:
    if isinstance(value, str):
        return datetime.date.fromisoformat(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    raise ValueError("no date")


Date = Annotated[datetime.date, BeforeValidator(_iso_date)]
Whole = Annotated[int, BeforeValidator(_no_bool)]
Number = Annotated[FiniteFloat, BeforeValidator(_no_bool)]


class DeviceChoice(StrEnum):
    """What may be asked to train; members are named as people write them."""

    cpu = "cpu"
    cuda = "cuda"  # refused where there is no GPU that torch can use
    auto = "auto"  # cuda where there is one, else cpu
