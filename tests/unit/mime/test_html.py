from itertools import islice

import pytest

from mailstore.mime.html import html_pieces, html_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("plain text", "plain text"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("one<br>two<BR/>three", "one two three"),
        ("in<b>te</b>r<i>est</i>ing", "interesting"),
        ("<table><tr><td>a<td>b</table>", "a b"),
        (" many \r\n\t spaces&nbsp;\u2003here ", "many spaces here"),
        ("<o:p>namespaces</o:p>", "namespaces"),
        ("<p", ""),
        ("text<p class=x", "text"),
    ],
)
def test_elements_go_and_their_text_stays(html: str, text: str) -> None:
    assert html_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a title="x > y">link</a>', "link"),
        ("<a title='x > y'>link</a>", "link"),
        ('<a title = "x > y" >link</a>', "link"),
        ("<p don't>do</p>", "do"),
        ("<a b=it's>do</a>", "do"),
        ('<a title="never closed>text</a>', "text"),
        ("<a b==>text</a>", "text"),
    ],
)
def test_attributes_are_not_text(html: str, text: str) -> None:
    assert html_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<style>p { a: b }</style>text", "text"),
        ("<SCRIPT type=x>if (a < b) '<p>'</Script >text", "text"),
        ("<script>'</scripts>'</script>text", "text"),
        ("<title>Not shown</title>text", "text"),
        ("text<style>never ends <p>more</p>", "text"),
        ("</style>text", "text"),
        ("<styles>text</styles>", "text"),
    ],
)
def test_scripts_and_styles_are_not_text(html: str, text: str) -> None:
    assert html_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<!DOCTYPE html><p>text", "text"),
        ("a<!-- <p>no</p> > -- -->b", "ab"),
        ("a<!-->b", "ab"),
        ("a<!--->b", "ab"),
        ("a<!-- never ends", "a"),
        ("<!--[if mso]><p>no</p><![endif]-->yes", "yes"),
        ("<![if !mso]>yes<![endif]>", "yes"),
        ("<?xml version='1.0'?>yes", "yes"),
        ("a</ >b", "ab"),
        ("1 < 2 <3 <", "1 < 2 <3 <"),
        ("<>", "<>"),
        ("a<!no end", "a"),
    ],
)
def test_what_begins_like_a_tag(html: str, text: str) -> None:
    assert html_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("&lt;b&gt; &amp; &quot;", '<b> & "'),
        ("&eacute;&Eacute;&euro;&copy x", "éÉ€© x"),
        ("&#233;&#xE9;&#XE9&#8364;", "ééé€"),
        ("&#128;", "€"),
        ("&#0;&#xD800;&#x110000;", "\ufffd\ufffd\ufffd"),
        ("&#" + "9" * 5000 + ";", "\ufffd"),
        ("&amp;lt;", "&lt;"),
        ("AT&T &; &# &#x &nosuch;", "AT&T &; &# &#x &nosuch;"),
    ],
)
def test_references_become_characters(html: str, text: str) -> None:
    assert html_text(html) == text


def test_the_beginning_can_be_had_alone() -> None:
    assert list(islice(html_pieces("a<b>c</b>" + "<p>" * 1_000_000), 2)) == ["a", "c"]


N = 1_000_000


@pytest.mark.parametrize(
    "piece",
    [
        "<", "<a", "<a ", "<a b='", '<a b="', "<a b=", "<a>", "</", "</a>", "<!", "<!--", "<!-->",
        "<?", "&", "&#", "&#1", "&a", "&amp;", "<style>", "<style", "<script></style>", "<title/>",
        "=", "='", " ", "\x00", "<div>", "<p x=' \" ", "-->", "</script ", "a&#x",
    ],
)  # fmt: skip
def test_hostile_text_takes_no_longer(piece: str) -> None:
    html = piece * (N // len(piece))
    assert len(html_text(html)) <= len(html)
    assert len(html_text("<p x='" + html)) <= len(html)
