"""Which numbers and dates settings take, as YAML and JSON hand them over."""

import datetime
import math
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from lstm_assets.common.fields import (
    INT_MAX,
    LARGEST,
    Date,
    DeviceChoice,
    LargeWhole,
    Number,
    Text,
    Truth,
    Whole,
    what_to_write,
)

JANUARY = datetime.date(2020, 1, 2)


def refusal(kind: Any, value: object) -> str:
    """What is said to write instead of a value."""
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    return what_to_write(refused.value.errors())


@pytest.mark.parametrize("value", [3, 3.0, "3", "0x3", "3e0", " 3"])
def test_a_whole_number_may_be_written_in_several_ways(value: object) -> None:
    found = TypeAdapter(Whole).validate_python(value)

    assert (found, type(found)) == (3, int)


@pytest.mark.parametrize("value", [True, False, 2.5, "2.5", "two", math.nan, math.inf, None, [3]])
def test_what_is_no_whole_number_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Whole).validate_python(value)


@pytest.mark.parametrize("value", [0.001, "0.001", "1e-3", " 1E-03 "])
def test_a_number_may_be_written_as_text(value: object) -> None:
    assert TypeAdapter(Number).validate_python(value) == 0.001


@pytest.mark.parametrize("value", [True, False, "nan", math.nan, math.inf, "-inf", "x", None, [1]])
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Number).validate_python(value)


@pytest.mark.parametrize(
    ("kind", "value", "write"),
    [
        (Whole, INT_MAX + 1, " The largest is 2147483647."),
        (Whole, 1e300, " The largest is 2147483647."),
        (LargeWhole, LARGEST + 1, " The largest is 9223372036854775807."),
        (Whole | None, "010", " A number has no 0 before it: write 10."),
        (Number, "1_0.5", " A number has no _: write 10.5."),
        (Number, "1e400", " A number is 0, or from 5e-324 to 1.79e308."),
        (Number, "-1e-400", " A number is 0, or from 5e-324 to 1.79e308."),
        (Truth, "on", " Write true."),
        (Truth, 1, ""),
        (Whole, "\uff11\uff10", ""),
        (Whole, True, ""),
        (Number, math.nan, ""),
    ],
)
def test_a_value_that_is_refused_may_say_what_to_write(
    kind: Any, value: object, write: str
) -> None:
    assert refusal(kind, value) == write


@pytest.mark.parametrize("value", [INT_MAX, -INT_MAX])
def test_a_whole_number_fits_its_column(value: int) -> None:
    assert TypeAdapter(Whole).validate_python(value) == value
    assert TypeAdapter(LargeWhole).validate_python(LARGEST) == LARGEST


@pytest.mark.parametrize(("value", "text"), [(2330, "2330"), (True, "true"), ("x", "x")])
def test_a_text_may_be_a_number(value: object, text: str) -> None:
    assert TypeAdapter(Text).validate_python(value) == text


@pytest.mark.parametrize("value", [JANUARY, "2020-01-02"])
def test_a_date_may_be_one_or_its_text(value: object) -> None:
    assert TypeAdapter(Date).validate_python(value) == JANUARY


@pytest.mark.parametrize(
    "value",
    ["2020-02-30", "02.01.2020", "2020-01-02T03:04", "", 20200102, 1.5, True, None,
     datetime.datetime(2020, 1, 2)],  # noqa: DTZ001
)  # fmt: skip
def test_what_is_no_date_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Date).validate_python(value)


@pytest.mark.parametrize("word", ["cpu", "cuda", "auto"])
def test_a_device_is_chosen_by_the_word_that_people_write(word: str) -> None:
    assert TypeAdapter(DeviceChoice).validate_python(word) == word == str(DeviceChoice(word))


def test_another_device_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValidationError, match="'cpu', 'cuda' or 'auto'"):
        TypeAdapter(DeviceChoice).validate_python("tpu")
