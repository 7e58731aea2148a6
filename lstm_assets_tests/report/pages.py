"""A report's page, read strictly: a helper of tests."""

from html.parser import HTMLParser

# Elements that have no end, and all that would fetch or run something.
VOID = {"meta", "img", "br", "hr"}
FORBIDDEN = {"script", "link", "iframe", "object", "embed", "base", "form", "video", "audio"}


class Page(HTMLParser):
    """A page, read strictly: every element that begins ends, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.words, self.styles = text, "", ""
        self.open: list[str] = []
        self.pictures: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in FORBIDDEN
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names))
        assert not any(name.startswith("on") for name in names)
        for name, value in attrs:
            if name in ("src", "href", "srcset", "action", "data", "poster", "background"):
                assert (value or "").startswith("data:image/svg+xml,"), (tag, name, value)
        self.pictures += [value or "" for name, value in attrs if name == "src"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raise AssertionError(f"<{tag}/> is no HTML")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.styles += data
        else:
            self.words += f"{data} "

    @property
    def said(self) -> str:
        """Its words, with single spaces between them."""
        return " ".join(self.words.split())
