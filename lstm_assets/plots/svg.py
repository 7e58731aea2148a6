"""SVG as matplotlib writes it, made short: a quarter of it looks the same."""

import re

_NOT_DRAWN = re.compile(
    r"^.*?(?=<svg)"
    r"|<!--.*?-->"
    r"|<metadata>.*?</metadata>"
    r"|<defs>\s*(?:<clipPath.*?</clipPath>\s*)+</defs>"  # the axes hold all that is drawn
    r"| clip-path=\"[^\"]*\""
    r"| transform=\"rotate\(-?0 [^)]*\)\"",
    re.DOTALL,
)
_GROUP = re.compile(r"<g>((?:(?!</?g[ >]).)*)</g>", re.DOTALL)
_FONTS = re.compile(r"font-family: [^;\"]*")
_STYLE = re.compile(r' style="([^"]*)"')
_ATTRIBUTE = re.compile(r' (?:d|x|y|transform)="[^"]*"')
_NUMBER = re.compile(r"-?\d+\.\d+")
_DOT = re.compile(r"M([-\d.,]+)L\1(?![-\d.,])")


def shortened(svg: str) -> str:
    """Return the same picture with round numbers, one font, and each style said once.

    Args:
        svg: as `Figure.savefig` writes it, with text as text and nothing that the axes cut off.
    """
    svg = _NOT_DRAWN.sub("", svg)
    svg = re.sub(r"<g id=\"[^\"]*\">", "<g>", svg)
    svg = re.sub(r">\s+<", "><", svg).strip()
    svg = _without_groups(svg)
    svg = _FONTS.sub("font-family:sans-serif", svg)
    svg = _ATTRIBUTE.sub(_rounded, svg)
    return _with_classes(svg)


def _without_groups(svg: str) -> str:
    """Take off groups that say nothing, the innermost first."""
    groups = 1
    while groups:
        svg, groups = _GROUP.subn(r"\1", svg)
    return svg


def _rounded(attribute: re.Match[str]) -> str:
    """To a tenth of a point, without spaces where a data URI escapes them."""
    name, value, _ = attribute[0].split('"')
    value = _NUMBER.sub(lambda number: f"{float(number[0]):.1f}", value.strip())
    if name == " d=":
        value = re.sub(r"\s*([A-Za-z])\s*", r"\1", value)
        value = _DOT.sub(r"M\1h0", re.sub(r"\s+", ",", value))
    return f'{name}"{value}"'


def _with_classes(svg: str) -> str:
    """Move what `style` attributes say to the picture's style sheet."""
    classes = {style: f"s{n}" for n, style in enumerate(dict.fromkeys(_STYLE.findall(svg)))}
    svg = _STYLE.sub(lambda style: f' class="{classes[style[1]]}"', svg)
    sheet = "".join(f".{name}{{{style}}}" for style, name in classes.items())
    return svg.replace("</style>", f"{sheet.replace('; ', ';').replace(': ', ':')}</style>", 1)
