"""What a plot's markdown holds, read as Dagster's UI reads it: a helper of tests."""

import re
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import numpy as np
from markdown_it import MarkdownIt
from markdown_it.token import Token

Point = tuple[float, float]  # across and down, in points of the picture

GITHUB = MarkdownIt("commonmark").enable("table")
GITHUB.validateLink = lambda url: True  # type: ignore[method-assign]  # Dagster lets pictures in

_SVG = "{http://www.w3.org/2000/svg}"
_DATA = "data:image/svg+xml,"


@dataclass(frozen=True)
class Shown:
    """A caption and, below it, a picture."""

    caption: str  # as it is read, without markup
    svg: ET.Element

    @property
    def texts(self) -> list[str]:
        return [text.text or "" for text in self.svg.iter(f"{_SVG}text")]

    def lines(self, colour: str) -> list[list[Point]]:
        """The lines of a colour; a gap is nan."""
        return self._paths("stroke", colour)

    def areas(self, colour: str) -> list[list[Point]]:
        """The outlines of what is filled with a colour, the samples in a legend among them."""
        return self._paths("fill", colour)

    def _paths(self, style: str, colour: str) -> list[list[Point]]:
        sheet = self.svg.find(f".//{_SVG}style")
        assert sheet is not None
        names = re.findall(rf"\.(s\d+){{[^}}]*{style}:{colour}[;}}]", sheet.text or "")
        inside_defs = set(self.svg.findall(f".//{_SVG}defs//{_SVG}path"))
        return [
            _points(path.get("d", ""))
            for path in self.svg.iter(f"{_SVG}path")
            if path.get("class") in names and path not in inside_defs
        ]


def shown(markdown: str) -> Shown:
    """Parse a plot's markdown; it must be a paragraph and a picture."""
    assert markdown.isascii()
    _, caption, _, _, picture, _ = GITHUB.parse(markdown)
    assert picture.children is not None
    (image,) = picture.children
    return Shown(plain(caption), svg_of(image))


def svg_of(image: Token) -> ET.Element:
    source = str(image.attrs["src"])
    assert image.type == "image"
    assert source.startswith(_DATA)
    return ET.fromstring(unquote(source.removeprefix(_DATA)))


def plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or [])


def _points(path: str) -> list[Point]:
    """The points of a path of lines; between two of its parts stands nan."""
    points: list[Point] = []
    for part in path.removeprefix("M").split("M"):
        numbers = [float(n) for n in re.split("[L,]", part.replace("h0", "").rstrip("z"))]
        points += [*zip(numbers[::2], numbers[1::2], strict=True), (np.nan, np.nan)]
    return points[:-1]
