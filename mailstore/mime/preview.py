"""The first words of a message, as lists of messages show them (RFC 8970)."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from mailstore.mime.charset import decode_text
from mailstore.mime.html import html_pieces
from mailstore.mime.part import Part
from mailstore.mime.transfer import decode_transfer

__all__ = ["PREVIEW_CHARACTERS", "preview"]

PREVIEW_CHARACTERS: Final = 200
"""What RFC 8970, section 3.1, advises; 256 is the most it allows."""

_TRIED: Final = 5
"""Parts looked into when the first ones have no words."""

_PLAIN_OCTETS: Final = 16 * 1024
_HTML_OCTETS: Final = 128 * 1024
"""Octets of one part that are read. HTML may begin with much that is not seen."""

_ENOUGH: Final = 2_000
"""Characters of HTML, white space aside, among which are those of a preview."""

_USUAL: Final = 400
"""Characters among which those of a preview usually are."""

_SPACE: Final = r"\s\x00-\x1f\x7f-\x9f"
_RUN: Final = re.compile(rf"[{_SPACE}\xad\u034f\u061c\u200b-\u200f\u2060-\u2064\ufeff]+")
"""White space and controls, and what has no width: mailers fill up their previews with that."""

_HAS_SPACE: Final = re.compile(rf"[{_SPACE}]")
_QUOTATION: Final = re.compile(r"^[ ]?>[^\n]*+\n?+", re.MULTILINE)


def preview(message: bytes, root: Part) -> str:
    """Return at most ``PREVIEW_CHARACTERS`` of the first text, on one line. Never raises.

    ``root`` is the structure of ``message`` as parsed. Where there are alternatives plain
    text comes before HTML. Lines that quote another message are left out if there are others.
    Empty if there is no text.
    """
    for part in islice(_text_parts(root), _TRIED):
        text = _text(message, part)
        if text:
            return text[:PREVIEW_CHARACTERS].rstrip(" ")
    return ""


def _text_parts(root: Part) -> Iterator[Part]:
    """Plain text and HTML in the order in which a reader sees them, attachments aside."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.disposition is not None and part.disposition.upper() == b"ATTACHMENT":
            continue
        children = part.children
        if part.is_multipart and part.subtype == b"ALTERNATIVE":
            children = sorted(children, key=lambda child: not _is_plain(child))
        waiting += reversed(children)
        if _is_plain(part) or _is_html(part):
            yield part


def _is_plain(part: Part) -> bool:
    return part.media_type == b"TEXT" and part.subtype == b"PLAIN"


def _is_html(part: Part) -> bool:
    return part.media_type == b"TEXT" and part.subtype == b"HTML"


def _text(message: bytes, part: Part) -> str:
    if _is_html(part):
        return _fold(_beginning(_decode(message, part, _HTML_OCTETS)))
    text = _decode(message, part, _PLAIN_OCTETS)
    return (_fold(_QUOTATION.sub("", text)) if ">" in text else "") or _fold(text)


def _decode(message: bytes, part: Part, most: int) -> str:
    """The text of at most ``most`` octets; of whole lines, so that no character is cut."""
    octets = message[part.body_start : min(part.body_end, part.body_start + most)]
    octets = decode_transfer(octets, part.encoding) or octets
    charset = next((value for name, value in part.params if name.lower() == b"charset"), None)
    if part.size > most:
        octets = octets[: octets.rfind(b"\n") + 1] or octets
        charset = charset or b"utf-8"
    return decode_text(octets, charset)


def _beginning(html: str) -> str:
    pieces, size = [], 0
    for piece in html_pieces(html):
        pieces.append(piece)
        size += len(piece.strip())
        if size > _ENOUGH:
            break
    return "".join(pieces)


def _fold(text: str) -> str:
    """The text on one line; as soon as there is enough of it, no more is looked at."""
    for end in (_USUAL, len(text)):
        folded = " ".join(text[:end].split())
        if not folded.isprintable():
            folded = _RUN.sub(_shorten, folded).strip(" ")
        if end >= len(text) or len(folded) > PREVIEW_CHARACTERS:
            break
    return folded


def _shorten(run: re.Match[str]) -> str:
    if _HAS_SPACE.search(run[0]):
        return " "
    # One that joins or parts the letters around it, as Persian needs it.
    return run[0] if len(run[0]) == 1 else ""
