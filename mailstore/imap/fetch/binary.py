"""Items that are the content of a part, its transfer encoding undone: ``BINARY[1]``.

The size of what is sent has to be told first, so a part is decoded twice, in slices: once to
count, and once to send. Counting notes where the octets asked for begin, and sending goes on
from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Final, NamedTuple

from mailstore.imap.fetch.content import SLICE
from mailstore.imap.fetch.item import Octets
from mailstore.imap.grammar.section import Partial
from mailstore.imap.responses import Refused
from mailstore.mime.decoder import Decoder, decoder_of
from mailstore.mime.part import Part
from mailstore.mime.section import find_part
from mailstore.model.errors import MessageGone
from mailstore.store.ports import StoredMessage

_UNBOUND: Final = 1 << 63


@dataclass(frozen=True, slots=True)
class BinarySection:
    """The decoded content of a part, or as much of it as ``partial`` names.

    The whole message, and a multipart, are sent as they are: they have no encoding of
    their own (RFC 2045, section 6.4). Only octets with NULs are sent as a literal8.

    Attributes:
        numbers: Of the part; none is the whole message.
        partial: Of the decoded octets.
        counts: Tell how many octets there are, in place of them.
    """

    label: bytes
    numbers: tuple[int, ...]
    partial: Partial | None = None
    sets_seen: bool = False
    counts: bool = False

    @property
    def needs_parts(self) -> bool:
        """All but the whole message is found by its structure."""
        return bool(self.numbers)

    @property
    def may_refuse(self) -> bool:
        """A part may have an encoding that is not known."""
        return bool(self.numbers)

    def check(self, root: Part | None) -> None:
        """Raises Refused with UNKNOWN-CTE (RFC 3516, section 4.3)."""
        part = self._part(root)
        if part is not None and decoder_of(_encoding(part)) is None:
            raise Refused(b"The encoding of this part is not known", b"UNKNOWN-CTE")

    def takes_long(self, root: Part | None) -> bool:
        part = self._part(root)
        return part.size > SLICE if part is not None else not self.numbers

    def open(self, message: StoredMessage, root: Part | None) -> Octets | None:
        part = self._part(root)
        if part is None and self.numbers:
            return Octets(b"0", iter(())) if self.counts else None
        first, count = self.partial or (0, _UNBOUND)
        source = _Source(message, part)
        found = source.measure(first, first + count)
        if self.counts:
            return Octets(b"%d" % found.size, iter(()))
        head = b"~{%d}\r\n" if found.has_nul else b"{%d}\r\n"
        return Octets(head % found.size, source.pieces(found))

    def _part(self, root: Part | None) -> Part | None:
        return find_part(root, self.numbers) if root is not None and self.numbers else None


def _encoding(part: Part) -> bytes:
    return b"" if part.is_multipart else part.encoding


class _Place(NamedTuple):
    """Where decoding goes on: the next octet of the message, and the state before it."""

    start: int
    decoder: Decoder


class _Measured(NamedTuple):
    """How much is to be sent, from ``skipped`` octets behind ``place`` on."""

    size: int
    has_nul: bool
    place: _Place
    skipped: int


class _Source:
    """The encoded octets of a part, or all of a message."""

    def __init__(self, message: StoredMessage, part: Part | None) -> None:
        self._message = message
        self._start, self._end, self._encoding = 0, message.size, b""
        if part is not None:
            self._start, self._end = part.body_start, min(part.body_end, message.size)
            self._encoding = _encoding(part)

    def measure(self, first: int, end: int) -> _Measured:
        """Look at the decoded octets from ``first`` up to but not including ``end``."""
        decoder = decoder_of(self._encoding)
        if decoder is None:
            raise ValueError("check was not called")
        place, skipped = _Place(self._start, decoder), 0
        size = passed = 0
        has_nul = False
        for before, octets in self._decoded(place):
            wanted = octets[max(first - passed, 0) : max(end - passed, 0)]
            if wanted and not size:
                place, skipped = before, max(first - passed, 0)
            size += len(wanted)
            has_nul = has_nul or b"\0" in wanted
            passed += len(octets)
            if passed >= end:
                break
        return _Measured(size, has_nul, place, skipped)

    def pieces(self, found: _Measured) -> Iterator[bytes]:
        """The octets that were measured. Raises MessageGone if they are no longer so many."""
        left, skipped = found.size, found.skipped
        for _, octets in self._decoded(found.place) if left else ():
            wanted = octets[skipped : skipped + left]
            skipped, left = 0, left - len(wanted)
            yield wanted
            if not left:
                return
        if left:
            raise MessageGone(0)

    def _decoded(self, place: _Place) -> Iterator[tuple[_Place, bytes]]:
        """Decoded pieces, each with the place before it."""
        start, decoder = place.start, copy(place.decoder)
        while start < self._end:
            before = _Place(start, copy(decoder))
            stop = min(start + SLICE, self._end)
            octets = decoder.feed(self._message.read(start, stop))
            if stop == self._end:
                octets += decoder.end()
            yield before, octets
            start = stop
