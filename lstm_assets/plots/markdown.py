"""Text of people's own inside Markdown, as Dagster's descriptions and Markdown metadata are."""

import re

# What means something within a line, and what does at its start; the rest of ASCII's punctuation
# stays as it is, since lists of assets show descriptions as plain text, backslashes and all.
_WITHIN = re.compile(r"[\\`*_\[\]<>|~&!#]")
_AT_START = re.compile(r"^(\s*(?:\d{1,9}(?=[.)]))?)([-+=.):])")
_SPACES = re.compile(r"^ +| +$|(?<= ) +|[\t\n\r]+")


def literal(text: str) -> str:
    r"""Escape printable text so that CommonMark, raw HTML allowed, shows it as it stands.

    It may stand anywhere in a line but inside code. A renderer that makes links of bare addresses
    still does.

    >>> print(literal("<b>*x*</b>"))
    \<b\>\*x\*\</b\>

    Source: CommonMark 0.31.2, sections 2.4 and 2.5
    """
    escaped = _AT_START.sub(r"\1\\\2", _WITHIN.sub(r"\\\g<0>", text))
    return _SPACES.sub(lambda match: "".join(f"&#{ord(c)};" for c in match[0]), escaped)
