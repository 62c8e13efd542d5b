"""HTML -> the text that a reader sees, for previews and searches.

This is a scanner, not a parser: elements are not matched with one another, so nesting
costs nothing. It goes from one ``<`` to the next. What it looks at it passes over: no octet is
looked at more than a few times, whatever is in it.
"""

import re
from collections.abc import Iterator
from html import unescape

__all__ = ["html_pieces", "html_text"]

_TAG = re.compile(
    r"</?+([A-Za-z][^\s/>]*+)(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')|=)*+>?+",
)
"""A tag, to the end of the text if it is never closed. A ``>`` in quotes does not end it."""

_REFERENCE = re.compile(r"&(?:#(?:[0-9]++|[xX][0-9A-Fa-f]++)|[A-Za-z][A-Za-z0-9]{0,31}+);?+")
_LONGEST_REFERENCE = 40

_APART = frozenset(
    """
    address article aside blockquote body br button caption center col colgroup dd details dialog
    dir div dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head
    header hgroup hr html img input legend li main menu nav ol optgroup option p pre search section
    select summary table tbody td textarea tfoot th thead tr ul video
    """.split()
)
"""Elements that are not part of a line of text: words before and after them stay two."""

_UNSEEN = {
    name: re.compile(rf"</{name}(?![^\s/>])", re.IGNORECASE)
    for name in ("iframe", "noembed", "noframes", "script", "style", "title")
}
"""Elements whose content is no text, with what ends them; nothing else does."""


def html_text(html: str) -> str:
    """Return the visible text on one line, with single spaces. Never raises.

    Time and memory are in proportion to the length of ``html``; the caller bounds that.
    """
    return " ".join("".join(html_pieces(html)).split())


def html_pieces(html: str) -> Iterator[str]:
    """Yield the same text piece by piece, white space as it comes.

    For who needs the beginning only. A word may be in several pieces.
    """
    position = 0
    while True:
        start = html.find("<", position)
        if start < 0:
            yield _decode(html[position:])
            return
        if start > position:
            yield _decode(html[position:start])
        tag = _TAG.match(html, start)
        if tag is None:
            position = _end_of_markup(html, start)
            if position == start:
                yield "<"
                position += 1
            continue
        name = tag[1].lower()
        if name in _APART:
            yield " "
        position = tag.end()
        if name in _UNSEEN and html[start + 1] != "/":
            end = _UNSEEN[name].search(html, position)
            if end is None:
                return
            position = end.start()


def _end_of_markup(html: str, start: int) -> int:
    """The end of what begins with ``<`` and is no tag; ``start`` if it is just text.

    Comments end with ``-->``; declarations, instructions and what is like them with ``>``.
    """
    if html.startswith("<!--", start):
        # "<!-->" is a whole comment.
        end = html.find("-->", start + 2)
        return len(html) if end < 0 else end + 3
    if html.startswith(("<!", "<?", "</"), start):
        end = html.find(">", start)
        return len(html) if end < 0 else end + 1
    return start


def _decode(text: str) -> str:
    """Put characters in the place of their names and numbers."""
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(reference: re.Match[str]) -> str:
    # A number of many digits is no character, and takes long to become a number.
    return unescape(reference[0]) if len(reference[0]) <= _LONGEST_REFERENCE else "\ufffd"
