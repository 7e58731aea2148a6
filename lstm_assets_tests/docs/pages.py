"""The pages of the documentation, taken apart: headings, links, code blocks and tables."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
README, README_KO = ROOT / "README.md", ROOT / "README.ko.md"

_NOT_RUN = re.compile(r"<!-- not run: (\S.*?) -->")
_MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Block:
    """A fenced block of code."""

    page: str
    line: int  # of its fence, from 1
    language: str
    text: str
    not_run: str = ""  # why it is not run, as the page says

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}:{self.language}"


@dataclass(frozen=True)
class Table:
    """A table and the headings it stands under, the nearest last."""

    headings: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # cells as written


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        return (
            str(self.path.relative_to(ROOT)) if self.path.is_relative_to(ROOT) else str(self.path)
        )

    @cached_property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def tokens(self) -> Sequence[Token]:
        return _MARKDOWN.parse(self.text)

    @property
    def blocks(self) -> list[Block]:
        found = []
        reason = ""
        for token in self.tokens:
            if token.type == "fence":
                line = (token.map or [0])[0] + 1
                found.append(Block(self.name, line, token.info.strip(), token.content, reason))
            match = (
                _NOT_RUN.fullmatch(token.content.strip()) if token.type == "html_block" else None
            )
            reason = match[1] if match else ""
        return found

    @property
    def headings(self) -> list[tuple[int, str]]:
        """Level and text of each heading."""
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return [
            (int(opening.tag[1:]), inline.content)
            for opening, inline in pairs
            if opening.type == "heading_open"
        ]

    @property
    def anchors(self) -> set[str]:
        """What may stand behind # in a link to this page, as GitHub makes it of headings."""
        found: set[str] = set()
        for _, text in self.headings:
            anchor = first = slug(text)
            number = 0
            while anchor in found:
                number += 1
                anchor = f"{first}-{number}"
            found.add(anchor)
        return found

    @property
    def links(self) -> list[str]:
        """Where links and pictures lead, in their order."""
        return [
            str(child.attrGet("href") or child.attrGet("src"))
            for token in self.tokens
            for child in token.children or ()
            if child.type in ("link_open", "image")
        ]

    @property
    def tables(self) -> list[Table]:
        return list(_tables(self.tokens))


def pages() -> list[Page]:
    """Every page of the documentation."""
    beside = [README, README_KO, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    found = [each for each in beside if each.is_file()]
    return [Page(path) for path in [*found, *sorted((ROOT / "docs").glob("*.md"))]]


def slug(heading: str) -> str:
    """Return a heading as GitHub's anchor."""
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower())
    return kept.replace(" ", "-")


def _tables(tokens: Sequence[Token]) -> Iterator[Table]:
    headings: list[str] = []
    rows: list[list[str]] = []
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and after is not None:
            headings[int(token.tag[1:]) - 1 :] = [after.content]
        elif token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open") and after is not None:
            rows[-1].append(after.content)
        elif token.type == "table_close":
            first, *rest = map(tuple, rows)
            yield Table(tuple(headings), first, tuple(rest))
