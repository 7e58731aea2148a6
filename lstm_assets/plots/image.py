"""Pictures inside markdown.

Dagster's UI renders GitHub's markdown, removes raw HTML, and shows images in data URIs. It shows
markdown of up to 999 characters on the page itself, and longer markdown in a window behind a link.
"""

from urllib.parse import quote

from lstm_assets.plots.markdown import literal


def image(svg: str, alt: str) -> str:
    """Return markdown that shows an SVG picture, or `alt` where pictures are not shown."""
    # Escaped SVG is shorter than base64.
    data = quote(svg, safe="/:;=,'!~*$+@?-._")
    return f"![{literal(alt)}](data:image/svg+xml,{data})"
