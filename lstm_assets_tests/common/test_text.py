"""Text that people read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_assets.common.text import close_words, did_you_mean, one_line

KEYS = ["epoch", "batch_size", "learning_rate"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        (" \n\t ", ""),
        ("one", "one"),
        ("two\n lines\r\n", "two lines"),
        ("a\x00b\x1b[31mc", "a b [31mc"),
        ("a\u2028b\u200bc", "a b c"),
        ("환율 %", "환율 %"),
        (ValueError("an\nerror"), "an error"),
        (None, "None"),
    ],
)
def test_a_text_becomes_one_line(text: object, line: str) -> None:
    assert one_line(text) == line


@given(st.text())
def test_any_text_becomes_one_printable_line_that_stays_itself(text: str) -> None:
    line = one_line(text)

    assert line.isprintable()
    assert "  " not in line
    assert line == line.strip() == one_line(line)
    assert [c for c in line if c != " "] == [c for c in text if c.isprintable() and c != " "]


def test_the_closest_words_come_first_and_no_more_than_asked_for() -> None:
    allowed = ["epochs", "epoch", "batch_size"]

    assert close_words("epoch", allowed, most=2) == ["epoch", "epochs"]
    assert close_words("epoch", allowed) == ["epoch"]


def test_a_word_that_is_like_none_has_no_close_one() -> None:
    assert close_words("dropout", KEYS) == []
    assert close_words("epic", KEYS, cutoff=0.9) == []


def test_what_is_no_text_is_like_no_word_and_no_key_of_another_type_is_suggested() -> None:
    assert close_words(7, ["7"]) == []
    assert close_words("7", [7, None, "77"]) == ["77"]


def test_the_spelling_that_was_likely_meant_is_suggested() -> None:
    assert did_you_mean("batch_siez", KEYS) == " Did you mean `batch_size`?"
    assert did_you_mean("EPOCH", KEYS) == did_you_mean("Epochs", KEYS) == " Did you mean `epoch`?"
    assert did_you_mean("k", ["K", "k"]) == " Did you mean `K`?"
    assert did_you_mean("dropout", KEYS) == did_you_mean(None, KEYS) == ""
