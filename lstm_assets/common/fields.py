"""The types of settings: numbers, texts and dates as YAML and JSON give them.

They do not accept `True` as a number, nor a fraction where a whole number is needed, and read a
number that is a text in the way of YAML 1.2. A whole number fits an INT column of the tables.
"""

import datetime
import math
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, FiniteFloat

from lstm_assets.common import written

INT_MAX = 2_147_483_647  # of the INT columns of the tables
LARGEST = 2**63 - 1  # of a whole number that no INT column stores


class NotWrittenSoError(ValueError):
    """A word is no value of its field; the message says what to write, or is empty."""


def number_of(value: object) -> object:
    """Return the number that a text is; a number as it is, and anything else, too.

    Raises:
        ValueError: it is a truth value.
        NotWrittenSoError: it is a text that is no number in YAML 1.2, or a number that a DOUBLE
            cannot hold.
    """
    if isinstance(value, bool):
        raise ValueError("a truth value is not a number")
    found = written.number(value.strip()) if isinstance(value, str) else value
    if found is None and isinstance(value, str):
        raise NotWrittenSoError(written.number_to_write(value.strip()))
    if isinstance(found, float) and written.is_lost(str(written.as_written(value)), found):
        raise NotWrittenSoError("A number is 0, or from 5e-324 to 1.79e308.")
    return found


def _at_most(largest: int) -> Callable[[object], object]:
    """Return number_of with a bound, which is not named with each field: every one has it."""

    def number_within(value: object) -> object:
        found = number_of(value)
        if isinstance(found, int | float) and largest < abs(found) < math.inf:
            raise NotWrittenSoError(f"The largest is {largest}.")
        return found

    return number_within


def what_to_write(lines: Iterable[Mapping[str, Any]]) -> str:
    """Return the sentence, after a space, that says what to write instead of a refused value.

    Args:
        lines: of a ValidationError, about one value.

    Returns:
        An empty text if what is expected says enough.
    """
    for line in lines:
        error = line.get("ctx", {}).get("error")
        if isinstance(error, NotWrittenSoError) and str(error):
            return f" {error}"
    return ""


def truth_of(value: object) -> bool:
    """Return the truth value that a value is.

    Raises:
        NotWrittenSoError: it is none in YAML 1.2, such as yes and on.
    """
    found = written.truth(value)
    if not isinstance(found, bool):
        raise NotWrittenSoError(written.truth_to_write(value) if isinstance(value, str) else "")
    return found


def _iso_date(value: object) -> object:
    if isinstance(value, str):
        return datetime.date.fromisoformat(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    raise ValueError("not a date")


Date = Annotated[datetime.date, BeforeValidator(_iso_date)]
Whole = Annotated[int, BeforeValidator(_at_most(INT_MAX))]
LargeWhole = Annotated[int, BeforeValidator(_at_most(LARGEST))]
Number = Annotated[FiniteFloat, BeforeValidator(number_of)]
Truth = Annotated[bool, BeforeValidator(truth_of)]
Text = Annotated[str, BeforeValidator(written.as_written)]  # a number is the text it was written as


class DeviceChoice(StrEnum):
    """The devices that a user may choose for training, named as users write them."""

    cpu = "cpu"
    cuda = "cuda"  # an error without a GPU that torch can use
    auto = "auto"  # cuda if torch can use a GPU, else cpu
