"""The texts of a message: what a search looks into."""

from collections.abc import Iterator
from typing import Protocol

from mailstore.mime.charset import decode_text
from mailstore.mime.fold import fold_pieces
from mailstore.mime.header import field_values
from mailstore.mime.html import html_text
from mailstore.mime.limits import DEFAULT
from mailstore.mime.parameters import parse_content_type
from mailstore.mime.part import Part
from mailstore.mime.transfer import decode_transfer
from mailstore.mime.words import decode_words

__all__ = ["LONGEST_HEADER", "LONGEST_TEXT", "Octets", "folded_texts", "message_texts"]

LONGEST_HEADER = DEFAULT.header_octets
"""Octets of a header that are searched."""

LONGEST_TEXT = 16 * 1024 * 1024
"""Octets of one part that are searched."""


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
            yield decode_words(head)
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
