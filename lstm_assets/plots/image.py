"""Pictures that travel inside markdown.

Dagster's UI renders GitHub's markdown, drops raw HTML, and shows images of data URIs. Markdown of
up to 999 characters is shown on the page itself, longer markdown in a window behind a link.
"""

from urllib.parse import quote

from lstm_assets.plots.markdown import literal


def image(svg: str, alt: str) -> str:
    """Return markdown that shows an SVG picture; `alt` stands in where pictures are not shown."""
    # With its special characters escaped, SVG is shorter than as base64.
    data = quote(svg, safe="/:;=,'!~*$+@?-._")
    return f"![{literal(alt)}](data:image/svg+xml,{data})"
