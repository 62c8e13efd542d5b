"""Sets of message numbers and UIDs."""

from __future__ import annotations

import re
from typing import Final

from mailstore.imap.wire.cursor import MAX_NUMBER, Cursor
from mailstore.model.sequence_set import STAR, SequenceSet

_SET: Final = re.compile(
    rb"(?:\d++|\*)(?::(?:\d++|\*))?+(?:,(?:\d++|\*)(?::(?:\d++|\*))?+)*+(?:,\$)?+|\$",
)

FIRST: Final = frozenset(b"*$0123456789")
"""Octets that a set may begin with."""


def parse_sequence_set(cursor: Cursor) -> SequenceSet:
    """``sequence-set = (seq-number / seq-range) ["," sequence-set] / "$"``.

    ``seq-range = seq-number ":" seq-number``; ``seq-number = nz-number / "*"``. ``$`` is what
    SEARCH saved (RFC 5182, section 2.1; RFC 9051, section 9, seq-last-command).
    """
    start = cursor.position
    found = cursor.match(_SET)
    if found is None:
        raise cursor.bad("expected a set of numbers")
    words = found[0].split(b",")
    saved = words[-1] == b"$"
    if saved:
        words.pop()
    if len(words) > cursor.limits.sequence_ranges:
        raise cursor.bad("too many ranges before this")
    ranges = []
    for word in words:
        first, _, last = word.partition(b":")
        low = _number(first)
        high = _number(last) if last else low
        if low < 0 or high < 0:
            cursor.position = start
            raise cursor.bad("expected numbers from 1 to 4294967295")
        ranges.append((low, high))
    return SequenceSet(tuple(ranges), saved)


def _number(digits: bytes) -> int:
    """A number from 1 on, or STAR; negative if it is not in range."""
    if digits == b"*":
        return STAR
    number = int(digits) if len(digits) <= 20 else 0
    return number if 0 < number <= MAX_NUMBER else -1
