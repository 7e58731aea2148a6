"""Every link and picture of the documentation leads somewhere."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from lstm_assets_tests.docs.pages import ROOT, Page, pages

_EXTERNAL = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[^\s<>()]*)?")


def broken(page: Page, link: str) -> str:
    """Say why a link leads nowhere, nothing if it does lead somewhere."""
    if re.match(r"[a-z]+:", link):
        return "" if _EXTERNAL.fullmatch(link) else "no https address"
    path, _, anchor = link.partition("#")
    target = (page.path.parent / path).resolve() if path else page.path
    if not target.exists():
        return "no such file"
    if not target.is_relative_to(ROOT) and page.path.is_relative_to(ROOT):
        return "outside the repository"
    if anchor and anchor not in Page(target).anchors:
        return "no such heading"
    return ""


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_and_picture_of_a_page_leads_somewhere(page: Page) -> None:
    wrong = {link: why for link in page.links if (why := broken(page, link))}

    assert wrong == {}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_page_has_one_title_and_skips_no_level(page: Page) -> None:
    levels = [level for level, _ in page.headings]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_page_and_picture_of_the_folder_is_linked_to() -> None:
    linked = {
        (page.path.parent / link.partition("#")[0]).resolve()
        for page in pages()
        for link in page.links
    }

    files = [each for each in (ROOT / "docs").iterdir() if each.suffix in (".md", ".png")]

    assert [each.name for each in files if each not in linked and each.name != "README.md"] == []


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("other.md", ""),
        ("other.md#two-words", ""),
        ("#here", ""),
        ("https://dagster.io/docs", ""),
        ("none.md", "no such file"),
        ("other.md#three-words", "no such heading"),
        ("#there", "no such heading"),
        ("picture.png", "no such file"),
        ("http://dagster.io", "no https address"),
        ("https://dagster", "no https address"),
    ],
)
def test_a_link_that_leads_nowhere_is_found(link: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Two `words`\n")
    (tmp_path / "page.md").write_text(f"# Here\n\n![it]({link})\n")
    page = Page(tmp_path / "page.md")

    assert [broken(page, each) for each in page.links] == [why]
