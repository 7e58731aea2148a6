"""The types of settings: numbers and dates as YAML and JSON give them.

They do not accept `True` as a number, nor a fraction where a whole number is needed.
"""

import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, FiniteFloat


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a truth value is not a number")
    return value


def _iso_date(value: object) -> object:
    if isinstance(value, str):
        return datetime.date.fromisoformat(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    raise ValueError("not a date")


Date = Annotated[datetime.date, BeforeValidator(_iso_date)]
Whole = Annotated[int, BeforeValidator(_no_bool)]
Number = Annotated[FiniteFloat, BeforeValidator(_no_bool)]


class DeviceChoice(StrEnum):
    """The devices that a user may choose for training, named as users write them."""

    cpu = "cpu"
    cuda = "cuda"  # an error without a GPU that torch can use
    auto = "auto"  # cuda if torch can use a GPU, else cpu
