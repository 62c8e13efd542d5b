"""What holds for the text of every piece of HTML."""

from __future__ import annotations

from html import escape

from hypothesis import given
from hypothesis import strategies as st

from mailstore.mime.html import html_pieces, html_text

PIECES = (
    "<", ">", "/", "!", "?", "--", "&", "#", ";", "=", "'", '"', " ", "\n", "\xa0", "a", "é", "0",
    "<p>", "</p>", "<b>", "</b>", "<br/>", "<!--", "-->", "<style>", "</style>", "<script ", "x='>",
    "&amp;", "&#65;", "&#x110000;", "&nbsp", "<title>", "</TITLE>", "<![if x]>",
)  # fmt: skip
soup = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=12)


@given(soup)
def test_the_text_is_folded_and_no_longer_than_the_html(html: str) -> None:
    text = html_text(html)
    assert len(text) <= len(html)
    assert text == " ".join(text.split())
    assert text == " ".join("".join(html_pieces(html)).split())


@given(st.lists(words, max_size=10))
def test_text_that_was_escaped_comes_back(texts: list[str]) -> None:
    html = "<html><body>" + "".join(f"<p class='>'>{escape(text)}</p>" for text in texts)
    assert html_text(html) == " ".join(" ".join(texts).split())


@given(st.text(max_size=50).filter(lambda text: "<" not in text and "&" not in text), soup)
def test_what_stands_before_markup_is_kept(text: str, html: str) -> None:
    assert html_text(text + "<br>" + html) == " ".join(f"{text} {html_text(html)}".split())


@given(soup, st.sampled_from(["style", "SCRIPT", "title"]))
def test_nothing_of_a_style_is_seen(html: str, name: str) -> None:
    unseen = html.lower().replace("</", "")
    assert html_text(f"a<{name}>{unseen}</{name}>b") == "ab"
