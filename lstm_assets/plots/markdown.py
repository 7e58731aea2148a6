"""Users' text inside Markdown, such as Dagster's descriptions and Markdown metadata."""

import re

# Characters with a meaning inside a line, and at its start. Other ASCII punctuation is not escaped:
# lists of assets show descriptions as plain text, with the backslashes.
_WITHIN = re.compile(r"[\\`*_\[\]<>|~&!#]")
_AT_START = re.compile(r"^(\s*(?:\d{1,9}(?=[.)]))?)([-+=.):])")
_SPACES = re.compile(r"^ +| +$|(?<= ) +|[\t\n\r]+")


def literal(text: str) -> str:
    r"""Return printable text escaped: CommonMark, also with raw HTML, shows it unchanged.

    The result may be anywhere in a line except inside code. A renderer that turns bare addresses
    into links still does so.

    >>> print(literal("<b>*x*</b>"))
    \<b\>\*x\*\</b\>

    Source: CommonMark 0.31.2, sections 2.4 and 2.5
    """
    escaped = _AT_START.sub(r"\1\\\2", _WITHIN.sub(r"\\\g<0>", text))
    return _SPACES.sub(lambda match: "".join(f"&#{ord(c)};" for c in match[0]), escaped)
