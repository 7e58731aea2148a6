import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_assets.sources.quoting import quoted, without_user


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("ten", "'ten'"),
        (3, "3"),
        (None, "None"),
        ("\x1b[2J\n", r"'\x1b[2J\n'"),
        ("k" * 26, f"'{'k' * 24}' and 2 characters more"),
        ("https://me:secret@host/a", "'https://***@host/a'"),
        (["https://me:sec/r@et@host"], "['https://***@host']"),
        ({"key": "k" * 100}, "{'key': '" + "k" * 63 + "..."),
    ],
)
def test_a_value_is_quoted_short_printable_and_without_a_password(
    value: object, shown: str
) -> None:
    assert quoted(value) == shown


@given(st.text() | st.lists(st.text()) | st.dictionaries(st.text(), st.text()))
def test_whatever_the_value_it_takes_one_short_printable_line(value: object) -> None:
    text = quoted(value)

    assert text.isprintable()
    assert len(text) < 500


def test_text_without_a_user_stays_as_it_is() -> None:
    text = "HTTP status 503 of https://host/a"

    assert without_user(text) == text
