"""Markdown as Dagster's UI shows it: text taken literally, and pictures that travel inside it.

The UI renders GitHub's markdown, drops HTML, and shows images of data URIs. It shows markdown of
up to 999 characters on the page itself, longer markdown in a window behind a link.
"""

import re
from urllib.parse import quote

CHARACTERS_ON_PAGE = 999

_MARKUP = re.compile(r"([\\`*_\[\]<>|~&!#])")


def literal(text: str) -> str:
    r"""Return `text` as markdown that shows it as it is written, within a line or a table's cell.

    What looks like an address, e.g. www.example.com, is still made a link.

    >>> literal("<b>M&M</b>")
    '\\<b\\>M\\&M\\</b\\>'
    """
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def image(svg: str, alt: str) -> str:
    """Return markdown that shows an SVG picture; `alt` stands in where pictures are not shown."""
    # With its special characters escaped, SVG is shorter than as base64.
    data = quote(svg, safe="/:;=,'!~*$+@?-._")
    return f"![{literal(alt)}](data:image/svg+xml,{data})"
