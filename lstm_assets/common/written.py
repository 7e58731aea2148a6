"""Words of a YAML file as numbers, in the way of YAML 1.2, which keep the text as it was written.

Whether a word is a number or a text is decided by the field that it is for: `000660` is a ticker,
and no number of epochs. Source: https://yaml.org/spec/1.2.2/, section 10.3.2.
"""

from __future__ import annotations

import math
import re

_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+")
_REAL = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"([-+]?)\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_TRUTHS = {"true": True, "false": False}
_NOTHING = {"", "~", "null", "Null", "NULL"}
_MOST_DIGITS = 1000  # of a number; Python itself refuses to read over 4300

# Numbers and truth values of YAML 1.1 that YAML 1.2 does not have.
_LEADING_ZERO = re.compile(r"([-+]?)0+([0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?)")
_UNDERSCORES = re.compile(r"[-+]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?")
_BASE_60 = re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?")
_BINARY = re.compile(r"[-+]?0b[01]+")
_YES = {"yes": "true", "on": "true", "no": "false", "off": "false"}


class _Written:
    """A number that shows itself as it was written."""

    text: str

    def __repr__(self) -> str:
        return self.text if any(map(str.isdigit, self.text)) else super().__repr__()


class WrittenInt(_Written, int):
    """A whole number whose text Python would write otherwise, such as 0x10."""

    @property
    def plain(self) -> int:
        """The number without its text."""
        return int(self)


class WrittenFloat(_Written, float):
    """A number whose text Python would write otherwise, such as 1e3."""

    @property
    def plain(self) -> float:
        """The number without its text."""
        return float(self)


def number(text: str) -> int | float | None:
    """Return the number that a word is in YAML 1.2; None if it is none.

    A decimal number that begins with 0, such as 010, is none: in YAML 1.1 it is 8.

    >>> number("1e3"), number("0x10"), number("010")
    (1000.0, 16, None)
    """
    if len(text) > _MOST_DIGITS:
        return None
    if _WHOLE.fullmatch(text):
        return int(text, 0)
    if _REAL.fullmatch(text):
        return float(text)
    if match := _NOT_FINITE.fullmatch(text):
        return float(f"{match[1]}inf") if match[2] else float("nan")
    return None


def is_lost(text: str, number: float) -> bool:
    """Return whether a text is a number that is too large or too close to 0 for a float.

    >>> is_lost("1e-400", 0.0), is_lost("0.0", 0.0), is_lost(".inf", math.inf)
    (True, False, False)
    """
    digits = text.lower().partition("e")[0]
    if number == 0:
        return any(each in digits for each in "123456789")
    return math.isinf(number) and digits[-1:].isdigit()


def word_value(text: str) -> object:
    """Return what a word without quotes is: a number, true, false, None, or else its text.

    Only the lower-case words are true and false: any other spelling may be a ticker, and a field
    for true or false takes it as well.
    """
    if text in _NOTHING:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    found = number(text)
    if found is None:
        return text
    if repr(found) == text:
        return found
    written = WrittenInt(found) if isinstance(found, int) else WrittenFloat(found)
    written.text = text
    return written


def as_written(value: object) -> object:
    """Return the text of a number, true or false as it was written; anything else as it is."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return getattr(value, "text", str(value))
    return value


def truth(value: object) -> object:
    """Return True or False for a word that YAML 1.2 takes for it; anything else as it is."""
    if isinstance(value, str) and value in (value.lower(), value.upper(), value.capitalize()):
        return _TRUTHS.get(value.lower(), value)
    return value


def number_to_write(text: str) -> str:
    """Return the sentence that says which number to write instead of a word; empty if none.

    >>> number_to_write("010")
    'A number has no 0 before it: write 10.'
    """
    if len(text) > _MOST_DIGITS:
        return ""
    if match := _LEADING_ZERO.fullmatch(text):
        return f"A number has no 0 before it: write {match[1]}{match[2]}."
    if _BASE_60.fullmatch(text):
        return f"A number has no colon: write {_in_base_60(text)}."
    if _BINARY.fullmatch(text):
        return f"A number is not binary: write {int(text, 2)}."
    if "_" in text and _UNDERSCORES.fullmatch(text):
        return f"A number has no _: write {text.replace('_', '')}."
    return ""


def truth_to_write(text: str) -> str:
    """Return the sentence that says which truth value to write instead of a word; empty if none.

    >>> truth_to_write("yes")
    'Write true.'
    """
    meant = _YES.get(text.lower())
    return f"Write {meant}." if meant else ""


def _in_base_60(text: str) -> float:
    total: float = 0
    for part in text.lstrip("+-").split(":"):
        total = total * 60 + (float(part) if "." in part else int(part))
    return -total if text.startswith("-") else total
