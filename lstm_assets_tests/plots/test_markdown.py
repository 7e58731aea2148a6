import html

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lstm_assets.plots.markdown import literal

MARKDOWN = MarkdownIt("commonmark", {"html": True})

printable = st.characters(exclude_categories=["C", "Z"]) | st.just(" ")
punctuation = st.sampled_from(list("<>&*_`[]()!#\\~|-+=.:;\"'/$@{}^%?, 1a"))
texts = st.text(printable, min_size=1, max_size=20) | st.text(punctuation, min_size=1, max_size=20)


def rendered(markdown: str) -> str:
    """The text inside the only paragraph that Markdown makes; no other tag is in it."""
    page = MARKDOWN.render(markdown)
    assert page.startswith("<p>")
    assert page.endswith("</p>\n")
    inside = page.removeprefix("<p>").removesuffix("</p>\n")
    assert "<" not in inside
    return html.unescape(inside)


@given(texts)
@example("<script>alert()</sc>")
@example("<img src=x onerror=1")
@example("[a](javascript:b)")
@example("![a](http://b.c/d)")
@example("<http://evil.com>")
@example("&lt;b&gt; &#60; &amp")
@example("`code` **b** ~~s~~")
@example("    code")
@example("- a")
@example("1. a")
@example("# a ")
@example("> a")
@example("---")
@example("| a | b |")
@example("\\*")
@example("a\\")
@example("a  b   c")
@example("[a]: /b")
def test_any_text_is_shown_as_it_stands_and_makes_no_tag(text: str) -> None:
    assert rendered(literal(text)) == text
    assert rendered(f"Bars of {literal(text)} as traded.") == f"Bars of {text} as traded."
    assert rendered(f"{literal(text)}: {literal(text)}") == f"{text}: {text}"


@given(st.lists(texts, min_size=2, max_size=4))
def test_texts_side_by_side_make_nothing_together(parts: list[str]) -> None:
    assert rendered("".join(map(literal, parts))) == "".join(parts)


@pytest.mark.parametrize("text", ["a\nb", "a\n\n# b", "a\r\nb", "\ta", "a\n"])
def test_lines_stay_in_their_paragraph(text: str) -> None:
    assert rendered(literal(text)) == text


def test_what_is_harmless_stays_readable() -> None:
    assert literal("BTC in EUR 2330") == "BTC in EUR 2330"
    assert literal("USD/KRW") == "USD/KRW"
