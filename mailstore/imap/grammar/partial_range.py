"""Ranges of results, counted from either end (RFC 9394)."""

from __future__ import annotations

from typing import NamedTuple

from mailstore.imap.wire.cursor import Cursor


class PartialRange(NamedTuple):
    """Both ends included: positive from the first result on, negative from the last back.

    ``-1:-100`` are the last hundred. Which end comes first makes no difference.
    """

    first: int
    last: int

    def places(self, count: int) -> range:
        """Which of ``count`` results, counted from 0, are in the range."""
        low, high = sorted((self.first, self.last))
        if low < 0:
            low, high = low + count + 1, high + count + 1
        low, high = max(low, 1), min(high, count)
        return range(low - 1, max(low - 1, high))

    def encode(self) -> bytes:
        return b"%d:%d" % self


def parse_partial_range(cursor: Cursor) -> PartialRange:
    """``partial-range = partial-range-first / partial-range-last`` (RFC 9394, section 5).

    ``partial-range-first = nz-number ":" nz-number``;
    ``partial-range-last = "-" nz-number ":-" nz-number``.
    """
    from_last = cursor.take(b"-")
    first = cursor.nz_number()
    cursor.expect(b":-" if from_last else b":")
    last = cursor.nz_number()
    return PartialRange(-first, -last) if from_last else PartialRange(first, last)
