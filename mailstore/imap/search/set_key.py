"""Sets of messages as search keys."""

from __future__ import annotations

from bisect import bisect_right

from mailstore.imap.search.key import Moment, RowKey, Test
from mailstore.imap.view import View
from mailstore.model.sequence_set import Ranges, SequenceSet
from mailstore.store.ports import Column


def set_key(messages: SequenceSet, *, by_uid: bool) -> RowKey:
    """``sequence-set`` or ``"UID" SP sequence-set``."""

    def within(view: View) -> Ranges:
        return view.ranges(messages, by_uid=by_uid)

    def prepare(moment: Moment) -> Test:
        return contains(within(moment.view))

    return RowKey((Column.UID,), prepare, within=within)


def contains(ranges: Ranges) -> Test:
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
