"""Which numbers and dates settings take, as YAML and JSON hand them over."""

import datetime
import math

import pytest
from pydantic import TypeAdapter, ValidationError

from lstm_assets.common.fields import Date, DeviceChoice, Number, Whole

JANUARY = datetime.date(2020, 1, 2)


@pytest.mark.parametrize("value", [3, 3.0, "3"])
def test_a_whole_number_may_be_written_in_several_ways(value: object) -> None:
    found = TypeAdapter(Whole).validate_python(value)

    assert (found, type(found)) == (3, int)


@pytest.mark.parametrize("value", [True, False, 2.5, "2.5", "two", math.nan, math.inf, None, [3]])
def test_what_is_no_whole_number_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Whole).validate_python(value)


@pytest.mark.parametrize("value", [0.001, "0.001", "1e-3"])
def test_a_number_may_be_written_as_text(value: object) -> None:
    assert TypeAdapter(Number).validate_python(value) == 0.001


@pytest.mark.parametrize("value", [True, False, "nan", math.nan, math.inf, "-inf", "x", None, [1]])
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Number).validate_python(value)


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
