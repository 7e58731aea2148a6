"""Words become numbers as in YAML 1.2, and keep the text that they were written as."""

import json
import math
import pickle
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lstm_assets.common.written import (
    as_written,
    is_lost,
    number,
    number_to_write,
    truth,
    truth_to_write,
    word_value,
)

WHOLE = st.from_regex(r"[-+]?(0|[1-9][0-9]{0,30})", fullmatch=True)
REAL = st.from_regex(
    r"[-+]?(\.[0-9]{1,9}|(0|[1-9][0-9]{0,9})(\.[0-9]{0,9})?)([eE][-+]?[0-9]{1,3})?", fullmatch=True
).filter(lambda text: not re.fullmatch("[-+]?[0-9]+", text))
WORDS = st.text(st.sampled_from("0123456789_:.+-eExobnfaINFA~tTrRuUlsLyno"), min_size=1, max_size=9)


@given(WHOLE)
def test_a_whole_number_is_python_s(text: str) -> None:
    assert number(text) == int(text)
    assert type(number(text)) is int


@given(REAL)
def test_a_real_number_is_python_s(text: str) -> None:
    assert number(text) == float(text)
    assert type(number(text)) is float


@given(st.floats())
def test_every_float_that_yaml_dumps_is_read_as_itself(value: float) -> None:
    read = number(yaml.safe_dump(value).split()[0])

    assert isinstance(read, float)
    assert read == value or (math.isnan(read) and math.isnan(value))


@given(st.integers(0, 2**70))
def test_octal_and_hexadecimal_numbers_are_those_of_yaml_1_2(value: int) -> None:
    assert number(f"0x{value:x}") == number(f"0x{value:X}") == number(f"0o{value:o}") == value


@given(st.one_of(WHOLE, REAL, WORDS))
def test_a_word_keeps_its_text_whatever_it_is(text: str) -> None:
    value = word_value(text)

    assert value is None or as_written(value) == text


@given(st.one_of(WHOLE, REAL))
def test_a_number_with_its_text_is_stored_as_any_other(text: str) -> None:
    value = word_value(text)
    assert isinstance(value, int | float)
    plain = float(value) if isinstance(value, float) else int(value)

    assert value == plain
    assert json.dumps(value) == json.dumps(plain)
    assert as_written(pickle.loads(pickle.dumps(value))) == text


@pytest.mark.parametrize(
    ("text", "write"),
    [
        ("010", "A number has no 0 before it: write 10."),
        ("-010", "A number has no 0 before it: write -10."),
        ("000660", "A number has no 0 before it: write 660."),
        ("00.5", "A number has no 0 before it: write 0.5."),
        ("01e3", "A number has no 0 before it: write 1e3."),
        ("1:30", "A number has no colon: write 90."),
        ("-1:30", "A number has no colon: write -90."),
        ("1:30.5", "A number has no colon: write 90.5."),
        ("1_000", "A number has no _: write 1000."),
        ("1_0.5", "A number has no _: write 10.5."),
        ("0b11", "A number is not binary: write 3."),
        ("+0x10", ""),
        ("1,5", ""),
        ("\uff11\uff10", ""),
        ("1" * 5000, ""),
        ("0x", ""),
        ("1e", ""),
        (" 1", ""),
        ("", ""),
    ],
)
def test_what_is_no_number_says_which_number_was_meant(text: str, write: str) -> None:
    assert number(text) is None
    assert number_to_write(text) == write


@given(WORDS)
def test_what_to_write_is_a_number_or_none_is_suggested(text: str) -> None:
    sentence = number_to_write(text)

    assert not sentence or number(sentence.rpartition("write ")[2].removesuffix(".")) is not None


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_nothing(text: str) -> None:
    assert word_value(text) is None


@pytest.mark.parametrize("text", ["yes", "no", "on", "off", "Yes", "NO", "y", "2020-01-01", "1:30"])
def test_words_of_yaml_1_1_are_texts(text: str) -> None:
    assert word_value(text) == text
    assert truth(text) == text


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "false", "False", "FALSE"])
def test_true_and_false_are_words_of_three_cases(text: str) -> None:
    assert truth(text) is (text.lower() == "true")
    assert truth(truth(text)) is truth(text)


def test_a_word_of_mixed_case_is_no_truth_value() -> None:
    assert truth("tRue") == "tRue"


@pytest.mark.parametrize(("text", "write"), [("yes", "Write true."), ("Off", "Write false.")])
def test_a_truth_value_of_yaml_1_1_says_what_to_write(text: str, write: str) -> None:
    assert truth_to_write(text) == write
    assert truth_to_write(f"{text}?") == ""


@pytest.mark.parametrize("text", ["1e-400", "-1e-400", "1e400", "-1e400", "0.1e-323"])
def test_a_number_that_no_float_holds_is_lost(text: str) -> None:
    assert is_lost(text, float(text)) is (float(text) in (0, math.inf, -math.inf))


@pytest.mark.parametrize("text", ["0", "-0.0", "0e5", "5e-324", "1.79e308", ".inf"])
def test_other_numbers_are_not_lost(text: str) -> None:
    found = number(text)

    assert found is not None
    assert not is_lost(text, found)
