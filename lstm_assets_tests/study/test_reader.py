"""YAML 1.2 as studies and --set write it, and what is refused in one line."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_assets.common.written import as_written
from lstm_assets.errors import StudyError
from lstm_assets.study.reader import MOST_NODES, read_yaml


def refusal(text: str) -> str:
    with pytest.raises(StudyError) as error:
        read_yaml(text)
    message = str(error.value)
    assert len(message.splitlines()) == 1
    return message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1e3, 1e1, 1E-3, .5, +1, 0o17, 0xFF]", [1000, 10, 0.001, 0.5, 1, 15, 255]),
        ("[010, -010, 1_000, 1:30, 0b11]", ["010", "-010", "1_000", "1:30", "0b11"]),
        ("[yes, no, on, off, true, false]", ["yes", "no", "on", "off", True, False]),
        ("['010', \"1e3\", 'true', '']", ["010", "1e3", "true", ""]),
        ("[2020-01-01, 2020-01-01T00:00:00]", ["2020-01-01", "2020-01-01T00:00:00"]),
        ("{1: 2, null: 3, no: 4, 010: 5}", {"1": 2, "null": 3, "no": 4, "010": 5}),
        ("[~, null, , x]".replace(" ,", " '',"), [None, None, "", "x"]),
        ("{a: , b: ~}", {"a": None, "b": None}),
        ("[!!str 010, !!int 12, !!float 1e3, !!bool True, !!null x]",
         ["010", 12, 1000.0, True, None]),
        ("a: 한글", {"a": "한글"}),
        ("\ufeffa: 1\r\nb: 2  \r\n", {"a": 1, "b": 2}),
        ("", None),
        ("# nothing", None),
    ],
)  # fmt: skip
def test_words_are_those_of_yaml_1_2(text: str, value: object) -> None:
    assert read_yaml(text) == value


def test_merge_keys_and_anchors_work_and_an_own_key_wins() -> None:
    text = """\
    base: &base {epoch: [1], batch_size: [2]}
    deep: {other: &other {<<: *base, epoch: [3]}}
    space: {<<: *other, batch_size: [4]}
    list: {<<: [*base, {size: 5}]}
    """

    read = read_yaml(text)

    assert read["deep"]["other"] == {"epoch": [3], "batch_size": [2]}
    assert read["space"] == {"epoch": [3], "batch_size": [4]}
    assert read["list"] == {"epoch": [1], "batch_size": [2], "size": 5}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{low: 1, low: 2}", "line 1: key 'low' is repeated"),
        ("a: 1\n'a': 2", "line 2: key 'a' is repeated"),
        ("1: 1\n'1': 2", "line 2: key '1' is repeated"),
        ("? [a]\n: 1", "line 1: found unhashable key"),
        ("a: &a [*a]", "line 1: alias 'a' is a part of itself"),
        ("a: &a {b: *a}", "line 1: alias 'a' is a part of itself"),
        ("a: *b", "line 1: found undefined alias 'b'"),
        ("a: !!int 010", "line 1: '010' is not of the type int"),
        ("a: !!int 1.5", "line 1: '1.5' is not of the type int"),
        ("a: !!float x", "line 1: 'x' is not of the type float"),
        ("a: !!bool yes", "line 1: 'yes' is not of the type bool"),
        ("a: !!int [1]", "line 1: expected a scalar node, but found sequence"),
        ("a: !!null {}", "line 1: expected a scalar node, but found mapping"),
        ("a: !!map x", "line 1: expected a mapping"),
        ("a: !!seq x", "line 1: expected a sequence node, but found scalar"),
        ("a: !!str [1]", "line 1: expected a scalar node, but found sequence"),
        ("a: !!binary '*'", "line 1: could not determine a constructor for the tag "
         "'tag:yaml.org,2002:binary'"),
        ("a: !!timestamp 2020-13-01", "line 1: could not determine a constructor for the tag "
         "'tag:yaml.org,2002:timestamp'"),
        ("<<: 3", "line 1: expected a mapping or list of mappings for merging, but found scalar"),
        ("a: 1\n---\nb: 2", "line 2: but found another document"),
        ("a:\n\t- b", "line 2: found character '\\t' that cannot start any token"),
        ("a: \x07", "special characters are not allowed"),
        ("a: '", "line 1: found unexpected end of stream"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_line(text: str, message: str) -> None:
    assert refusal(text) == f"{message}. Correct the YAML there."


def test_aliases_that_repeat_too_much_are_refused_at_once() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")

    assert refusal("\n".join(lines)) == (
        f"line 5: over {MOST_NODES:,} values, aliases repeated. Correct the YAML there."
    )


def test_what_is_nested_too_deep_is_refused() -> None:
    assert refusal("[" * 5000) == "lists and mappings are nested too deep. Write fewer levels."


TEXTS = st.text(st.sampled_from("abc019_:-+.eE #{}[],&*!|>'\"%@`~\t\n"), max_size=20)


@given(TEXTS)
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    said = ""
    try:
        read_yaml(text)
    except StudyError as error:
        said = str(error)

    assert len(said.splitlines()) <= 1


WORDS = st.from_regex(r"[0-9A-Za-z.+][0-9A-Za-z.+_-]{0,11}", fullmatch=True)


@given(WORDS)
def test_a_word_keeps_its_text_and_a_quoted_one_is_never_a_number(word: str) -> None:
    plain, quoted = read_yaml(f"[{word}, '{word}']")

    assert plain is None or as_written(plain) == word
    assert quoted == word


def kinds(value: Any) -> set[type]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return {type(value)}.union(*map(kinds, inner))
    return {type(value)}


def test_numbers_that_python_writes_the_same_are_plain() -> None:
    assert kinds(read_yaml("{a: [1, -2, 0.5, x, true, null]}")) == {
        dict, list, int, float, str, bool, type(None)
    }  # fmt: skip
