"""Text of messages, and how it is compared.

Comparison follows RFC 5051 in spirit: without regard to case and with compatible
characters taken for one another, in decoded text. ASCII, most of all mail, takes
neither step.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

from mailstore.mime.charset import decode_text
from mailstore.mime.header import LINES, scan_fields
from mailstore.mime.limits import DEFAULT
from mailstore.mime.parameters import parse_content_type
from mailstore.mime.part import Part
from mailstore.mime.transfer import decode_transfer
from mailstore.mime.words import decode_words
from mailstore.store.ports import StoredMessage

LONGEST_HEADER: Final = DEFAULT.header_octets
"""Octets of a header that are searched."""

LONGEST_TEXT: Final = 16 * 1024 * 1024
"""Octets of one part that are searched."""

_WINDOW: Final = 256 * 1024

_CONTENT_TYPE: Final = frozenset((b"content-type",))
_HEADER_END: Final = re.compile(rb"\n\r?\n|\A\r?\n")
_HEADER_PIECE: Final = 16 * 1024


def fold(text: str) -> str:
    """The text as it is compared."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text.casefold())


def contains_text(text: str, folded: str) -> bool:
    """Whether ``text`` has ``folded`` in it, folding no more than a window at a time.

    A character folds to one or more, so what matches is no longer than ``folded`` in the text.
    """
    if len(text) <= _WINDOW:
        return folded in fold(text)
    return any(
        folded in fold(text[start : start + _WINDOW + len(folded)])
        for start in range(0, len(text), _WINDOW)
    )


def field_test(name: bytes, wanted: str) -> Callable[[bytes], bool]:
    """Whether a header has a field of that name with ``wanted`` in its text.

    An empty ``wanted`` is in every field (RFC 9051, section 6.4.4).
    """
    values = field_finder(name)
    folded = fold(wanted)

    def test(header: bytes) -> bool:
        return any(folded in fold(decode_words(value)) for value in values(header))

    return test


def field_finder(name: bytes) -> Callable[[bytes], list[bytes]]:
    """A function from a header to the raw values of its fields of that name."""
    pattern = re.compile(
        rb"^%b[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)" % re.escape(name), re.IGNORECASE | re.MULTILINE
    )
    return pattern.findall


def read_header(message: StoredMessage) -> bytes:
    """The header of a message, its empty line included; at most ``LONGEST_HEADER`` octets."""
    header = bytearray()
    while len(header) < LONGEST_HEADER:
        piece = message.read(len(header), len(header) + _HEADER_PIECE)
        searched = max(len(header) - 3, 0)
        header += piece
        end = _HEADER_END.search(header, searched)
        if end is not None:
            return bytes(header[: end.end()])
        if len(piece) < _HEADER_PIECE:
            break
    return bytes(header)


def message_texts(message: StoredMessage, root: Part, *, header: bool) -> Iterator[str]:
    """The texts of a message, part by part: headers of parts, and bodies that are text.

    ``header`` says whether the header of the message itself is among them.

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


def _body_text(message: StoredMessage, part: Part, head: bytes) -> str:
    body = message.read(part.body_start, min(part.body_end, part.body_start + LONGEST_TEXT))
    octets = decode_transfer(body, part.encoding)
    return decode_text(body if octets is None else octets, _charset(head))


def _charset(head: bytes) -> bytes | None:
    values = scan_fields(LINES.findall(head), _CONTENT_TYPE).get(b"content-type")
    parsed = parse_content_type(values[0], DEFAULT.params) if values else None
    if parsed is not None:
        for name, value in parsed[2]:
            if name.lower() == b"charset":
                return value
    return None
