"""Fields of a header as search keys see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from mailstore.imap.search.fuzzy import Wanted
from mailstore.mime.fold import fold
from mailstore.mime.header import field_values
from mailstore.mime.texts import LONGEST_HEADER, field_texts, single_spaced
from mailstore.store.ports import StoredMessage

__all__ = ["field_finder", "field_test", "fold", "read_header"]

_HEADER_END: Final = re.compile(rb"\n\r?\n|\A\r?\n")
_HEADER_PIECE: Final = 16 * 1024


def field_test(name: bytes, wanted: str) -> Callable[[bytes], bool]:
    """Whether a header has a field of that name with ``wanted`` in its text.

    An empty ``wanted`` is in every field (RFC 9051, section 6.4.4). Any white space is as good
    as any other, as a fold puts some between words.
    """
    name = name.lower()
    values = field_finder(name)
    folded = fold(single_spaced(wanted))

    def test(header: bytes) -> bool:
        return any(
            folded in fold(text) for value in values(header) for text in field_texts(name, value)
        )

    return test


def field_score(name: bytes, wanted: str) -> Callable[[bytes], int]:
    """How well the fields of that name match, for FUZZY; see :mod:`fuzzy`."""
    name = name.lower()
    values = field_finder(name)
    text = Wanted(single_spaced(wanted))

    def score(header: bytes) -> int:
        return text.score(each for value in values(header) for each in field_texts(name, value))

    return score


def field_finder(name: bytes) -> Callable[[bytes], list[bytes]]:
    """A function from a header to the raw values of its fields of that name."""
    return partial(field_values, name=name.lower())


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
