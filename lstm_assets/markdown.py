"""Text of people's own inside Markdown, as Dagster's descriptions and Markdown metadata are."""

import re

_PUNCTUATION = re.compile(r"""[!-/:-@\[-`{-~]""")  # all of ASCII's, which may be escaped
_SPACES = re.compile(r"^ +| +$|(?<= ) +|[\t\n\r]+")


def literal(text: str) -> str:
    r"""Escape printable text so that CommonMark, raw HTML allowed, shows it as it stands.

    It may stand anywhere in a line but inside code. A renderer that makes links of bare addresses
    still does.

    >>> print(literal("<b>*x*</b>"))
    \<b\>\*x\*\<\/b\>

    Source: CommonMark 0.31.2, sections 2.4 and 2.5
    """
    escaped = _PUNCTUATION.sub(r"\\\g<0>", text)
    return _SPACES.sub(lambda match: "".join(f"&#{ord(c)};" for c in match[0]), escaped)
