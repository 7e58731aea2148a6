"""Values as error messages may show them: short, printable, without a password.

A study may name any file and any address, so a message must not show all of its content.
"""

import re

CHARACTERS_QUOTED = 24  # room for any date and number

_USER_INFO = re.compile(r"//.*@", re.DOTALL)


def quoted(value: object) -> str:
    """Return the value as Python writes it, cut to `CHARACTERS_QUOTED`, without a password.

    >>> quoted("ftp://me:secret@example.com")
    "'ftp://***@example.com'"
    """
    shown = without_user(value) if isinstance(value, str) else value
    if isinstance(shown, str) and len(shown) > CHARACTERS_QUOTED:
        return f"{shown[:CHARACTERS_QUOTED]!r} and {len(shown) - CHARACTERS_QUOTED} characters more"
    text = without_user(repr(shown))
    return text if len(text) <= 3 * CHARACTERS_QUOTED else f"{text[: 3 * CHARACTERS_QUOTED]}..."


def without_user(text: str) -> str:
    """Return the text with the user and password of an address in it replaced by `***`."""
    return _USER_INFO.sub("//***@", text)
