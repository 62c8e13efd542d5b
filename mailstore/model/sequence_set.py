"""Sets of message numbers or UIDs that stay ranges (RFC 9051, sequence-set).

``1:4294967295`` is one range and costs nothing; sets are intersected with what a mailbox
holds, never expanded first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

STAR: Final = 0
"""``*``, the largest number in use. Zero is never a message number or a UID."""

MAX_UID: Final = 0xFFFFFFFF

Ranges = Sequence[tuple[int, int]]
"""Inclusive ``(low, high)`` pairs, ascending, disjoint, never adjacent."""


class SequenceSet(NamedTuple):
    """A set as the client wrote it; ends may be :data:`STAR`.

    ``saved`` stands for ``$``: what the last SEARCH saved belongs to it too (RFC 5182). The view
    that it was saved in puts it in; nobody else can.
    """

    ranges: tuple[tuple[int, int], ...]
    saved: bool = False

    def resolve(self, largest: int) -> list[tuple[int, int]]:
        """Ordinary ranges, with ``*`` replaced by ``largest``.

        ``n:*`` with n above ``largest`` contains ``largest`` (RFC 9051, section 9,
        seq-range). With ``largest`` 0, an empty mailbox, ``*`` matches nothing.
        """
        pairs = []
        for first, last in self.ranges:
            low = largest if first == STAR else first
            high = largest if last == STAR else last
            if STAR in (first, last) and largest == 0:
                continue
            pairs.append((low, high) if low <= high else (high, low))
        return normalize(pairs)


def normalize(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sort ranges and join those that overlap or touch."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(pairs):
        if joined and low <= joined[-1][1] + 1:
            if high > joined[-1][1]:
                joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return joined


def contains(ranges: Ranges) -> Callable[[int], bool]:
    """A test whether a number is in ``ranges``, in logarithmic time."""
    lows = [low for low, _ in ranges]
    highs = [high for _, high in ranges]

    def test(number: int) -> bool:
        place = bisect_right(lows, number) - 1
        return place >= 0 and number <= highs[place]

    return test


def intersect(left: Ranges, right: Ranges) -> list[tuple[int, int]]:
    """What is in both, in linear time."""
    common: list[tuple[int, int]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            common.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return common


def ranges_of(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The ranges that cover exactly ``numbers``, which ascend without repeats."""
    ranges: list[tuple[int, int]] = []
    iterator = iter(numbers)
    first = last = next(iterator, 0)
    if not first:
        return ranges
    for number in iterator:
        if number != last + 1:
            ranges.append((first, last))
            first = number
        last = number
    ranges.append((first, last))
    return ranges


def encode_ranges(ranges: Ranges) -> bytes:
    """``1,3:5`` for ``[(1, 1), (3, 5)]``."""
    return b",".join(b"%d" % low if low == high else b"%d:%d" % (low, high) for low, high in ranges)


def encode_numbers(numbers: Iterable[int]) -> bytes:
    """``1,3:5`` for numbers that ascend without repeats."""
    return encode_ranges(ranges_of(numbers))
