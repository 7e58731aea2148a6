"""Expressions are read as Python reads them, where they are allowed at all."""

import contextlib
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.errors import StudyError
from lstm_assets.search.space.expressions import ALLOWED, Expression, UncomputableError

VALUES = {"a": 3, "b": 0, "rate": 0.25, "word": "relu", "layers": [64, 32], "bias": True}

NUMBERS = st.recursive(
    st.sampled_from(["a", "b", "rate", "0", "2", "7", "0.5", "1e3"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner).map(
            lambda parts: f"({' '.join(parts)})"
        ),
        inner.map(lambda part: f"(- {part})"),
    ),
    max_leaves=4,
)
COMPARED = st.one_of(
    st.tuples(NUMBERS, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), NUMBERS).map(" ".join),
    st.tuples(NUMBERS, NUMBERS, NUMBERS).map(
        lambda parts: f"{parts[0]} < {parts[1]} <= {parts[2]}"
    ),
    NUMBERS.map(lambda part: f"{part} in [1, 3, 0.25]"),
    st.sampled_from(
        ["word == 'relu'", "word in ['relu', 'tanh']", "'el' in word", "layers == [64, 32]", "bias"]
    ),
)
TRUTHS = st.recursive(
    COMPARED,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map(
            lambda parts: f"({''.join(parts)})"
        ),
        inner.map(lambda part: f"not ({part})"),
    ),
    max_leaves=4,
).filter(lambda text: len(text) <= 300)


@settings(max_examples=400, deadline=None)
@given(TRUTHS)
def test_an_expression_holds_where_python_says_so(text: str) -> None:
    expression = Expression.parse(text)
    try:
        expected = bool(eval(text, {"__builtins__": {}}, dict(VALUES)))
    except ZeroDivisionError:
        with pytest.raises(UncomputableError, match="cannot be worked out"):
            expression.known(VALUES)
        return

    assert expression.known(VALUES) is expected


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__.__bases__",
        "word.upper() == 'RELU'",
        "layers[0] > 1",
        "2 ** 9 ** 9 > a",
        "a << 999999999 > 1",
        "(lambda: 1)() > 0",
        "(x := 3) > a",
        "f'{a}' == '3'",
        "[x for x in layers] == layers",
        "{x for x in layers} == layers",
        "[*layers] == layers",
        "a if b else a",
        "a is b",
        "b'x' == word",
        "1j == a",
        "... == a",
        "None == a",
        "await a",
        "yield",
        "a; b",
        "a = 3",
        "import os",
        "a >",
        "(" * 250,
        "a > 1)\n or (a",
        "\0",
        "a > 1 \\",
        "1if a else 2",
        "'\\d' == word",
        "-" * 290 + "a > 1",
        "not " * 70 + "a",
        "(" * 30 + "a" + ")+1" * 30,
        "a " * 501,
        "",
        " ",
        5,
        None,
        ["a > 1"],
        {"a": 1},
    ],
)
def test_what_is_no_short_boolean_expression_is_refused_in_one_line(text: object) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(StudyError) as refusal:
            Expression.parse(text)

    message = str(refusal.value)
    assert len(message.splitlines()) == 1
    assert len(message) < 1000
    assert ALLOWED in message or "expected" in message


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    with contextlib.suppress(StudyError):
        assert Expression.parse(text).known(VALUES) in (True, False, None)


@pytest.mark.parametrize(
    "text",
    [
        "'a' * 1000000000000000 == word",
        "[1] * 1000000000000000 == layers",
        "word * 1000000000000000 == 'a'",
        "'%1000000000000000d' % a == word",
        "layers + layers == layers",
        "*".join(["9" * 30] * 9) + " == a",
        "*".join(["huge"] * 19) + " == a",
        "1e308 * 1e308 > a and 1e308 * 1e308 - 1e308 * 1e308 == 0",
        "huge / 3 > a or huge * 1.5 > a",
    ],
)
def test_no_expression_makes_anything_large(text: str) -> None:
    expression = Expression.parse(text)
    message = ""
    try:
        found = expression.known(VALUES | {"huge": 10**4000})
    except UncomputableError as error:
        found, message = False, str(error)

    assert found is False
    assert len(message) < 2000
    assert len(message.splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("a == 3", True),
        ("missing == 3", None),
        ("missing == 3 or a == 3", True),
        ("a == 3 or missing == 3", True),
        ("missing == 3 and a == 4", False),
        ("missing == 3 and a == 3", None),
        ("not missing", None),
        ("a < 2 < missing", False),
        ("missing != 3 and 1 / b > 0", None),
        ("missing == 3 or word < 3 or a == 3", True),
        ("b == 0 or 1 / b > 0", True),
    ],
)
def test_the_truth_is_unknown_only_where_a_missing_name_decides_it(
    text: str, known: bool | None
) -> None:
    assert Expression.parse(text).known(VALUES) is known


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("word < 3", "'word < 3', which cannot be worked out for word 'relu': '<' not supported"),
        ("1 / b > 0", "'1 / b > 0', which cannot be worked out for b 0: division by zero."),
        ("a in 5", "'a in 5', which cannot be worked out for a 3: argument of type 'int'"),
        ("missing == 3 and a == 3 or 1 / b > 0", None),
    ],
)
def test_what_cannot_be_worked_out_is_told_and_is_not_false(text: str, message: str | None) -> None:
    if message is None:
        assert Expression.parse(text).known(VALUES) is None
        return
    with pytest.raises(UncomputableError) as refusal:
        Expression.parse(text).known(VALUES)

    assert str(refusal.value).startswith(message)
    assert len(str(refusal.value).splitlines()) == 1


def test_an_expression_may_have_several_lines_and_comments() -> None:
    text = "a >= 1  # at least one\r\n  and b == 0\n\tor word == 'two  blanks'\n"

    expression = Expression.parse(text)

    assert expression.text == "a >= 1 and b == 0 or word == 'two  blanks'"
    assert expression == Expression.parse(expression.text)
    assert expression.known(VALUES)


def test_an_expression_tells_its_names() -> None:
    assert Expression.parse("a % b == 0 and not c in [d, 'e']").names == {"a", "b", "c", "d"}


def test_expressions_of_one_text_are_equal() -> None:
    assert Expression.parse(" a > 1\n") == Expression.parse("a > 1")
    assert Expression.parse("a > 1") != Expression.parse("a > 2")
