"""The texts of a message: what a search looks into."""

import re
from collections.abc import Iterator
from typing import Protocol

from mailstore.mime.charset import decode_text
from mailstore.mime.fold import fold_pieces
from mailstore.mime.header import field_values
from mailstore.mime.html import html_text
from mailstore.mime.limits import DEFAULT
from mailstore.mime.parameters import (
    Params,
    decode_extended,
    parse_content_type,
    parse_disposition,
)
from mailstore.mime.part import Part
from mailstore.mime.transfer import decode_transfer
from mailstore.mime.words import decode_words

__all__ = [
    "LONGEST_HEADER",
    "LONGEST_TEXT",
    "Octets",
    "field_texts",
    "folded_texts",
    "message_texts",
    "single_spaced",
]

LONGEST_HEADER = DEFAULT.header_octets
"""Octets of a header that are searched."""

LONGEST_TEXT = 16 * 1024 * 1024
"""Octets of one part that are searched."""

_WITH_PARAMETERS = (b"content-type", b"content-disposition")
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)


class Octets(Protocol):
    """A message that is read piece by piece."""

    def read(self, start: int, end: int) -> bytes:
        """Octets ``start`` up to but not including ``end``; short past the message's end."""


def message_texts(message: Octets, root: Part, *, header: bool) -> Iterator[str]:
    """Yield the texts of a message, part by part: headers of parts, and bodies that are text.

    ``header`` says whether the header of the message itself is among them. Of HTML it is
    what a reader sees, on one line.

    Deviation: what is no text (pictures, archives) is not searched but for its header,
    which has the file's name, nor are more than ``LONGEST_TEXT`` octets of a part.
    """
    waiting = [root]
    while waiting:
        part = waiting.pop()
        head = message.read(
            part.header_start, min(part.header_end, part.header_start + LONGEST_HEADER)
        )
        if header or part is not root:
            yield from _header_texts(head)
        waiting.extend(reversed(part.children))
        if not part.children and part.media_type in (b"TEXT", b"MESSAGE"):
            yield _body_text(message, part, head)


def folded_texts(message: Octets, root: Part, most: int) -> str | None:
    """Return all texts of a message, folded as they are compared, on lines of their own.

    ``None`` if they have more than ``most`` characters.
    """
    found: list[str] = []
    size = 0
    for text in message_texts(message, root, header=True):
        for piece in fold_pieces(text):
            found.append(piece)
            size += len(piece)
            if size > most:
                return None
        found.append("\n")
    return "".join(found)


def field_texts(name: bytes, value: bytes) -> Iterator[str]:
    """Yield the text of one field, whose name is lower case, with single spaces.

    And, where those differ, the text without the backslashes of quoted-pairs, and the
    parameters that RFC 2231 encodes.
    """
    text = single_spaced(decode_words(value))
    yield text
    if "\\" in text:
        yield _QUOTED_PAIR.sub(r"\1", text)
    if name in _WITH_PARAMETERS and b"*" in value:
        yield from _parameter_texts(name, value)


def single_spaced(text: str) -> str:
    """Return the text with one space in the place of spaces and tabs, as folds have them."""
    text = text.replace("\t", " ")
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def _header_texts(head: bytes) -> Iterator[str]:
    text = decode_words(head.replace(b"\r\n\t", b"\r\n "))
    yield text
    if "\\" in text:
        yield _QUOTED_PAIR.sub(r"\1", text)
    if b"*" in head:
        for name in _WITH_PARAMETERS:
            for value in field_values(head, name):
                yield from _parameter_texts(name, value)


def _parameter_texts(name: bytes, value: bytes) -> Iterator[str]:
    """Parameters of Content-Type or Content-Disposition that do not stand there in clear."""
    params: Params = ()
    if name == b"content-type":
        parsed = parse_content_type(value, DEFAULT.params)
        params = parsed[2] if parsed is not None else ()
    elif disposition := parse_disposition(value, DEFAULT.params):
        params = disposition[1]
    for key, octets in params:
        if key.endswith(b"*"):
            charset, decoded = decode_extended(octets)
            yield decode_text(decoded, charset or None)
        elif octets not in value:
            yield decode_words(octets)


def _body_text(message: Octets, part: Part, head: bytes) -> str:
    body = message.read(part.body_start, min(part.body_end, part.body_start + LONGEST_TEXT))
    octets = decode_transfer(body, part.encoding)
    text = decode_text(body if octets is None else octets, _charset(head))
    return html_text(text) if part.subtype == b"HTML" and part.media_type == b"TEXT" else text


def _charset(head: bytes) -> bytes | None:
    values = field_values(head, b"content-type")
    parsed = parse_content_type(values[0].strip(b" \t\r\n"), DEFAULT.params) if values else None
    if parsed is not None:
        for name, value in parsed[2]:
            if name.lower() == b"charset":
                return value
    return None
