"""Sets of messages as search keys."""

from __future__ import annotations

from mailstore.imap.search.key import Moment, RowKey, Test
from mailstore.imap.view import View
from mailstore.model.sequence_set import Ranges, SequenceSet, contains, normalize
from mailstore.store.ports import Column


def set_key(messages: SequenceSet, *, by_uid: bool) -> RowKey:
    """``sequence-set`` or ``"UID" SP sequence-set``."""

    def within(view: View) -> Ranges:
        return view.ranges(messages, by_uid=True) if by_uid else _by_number(view, messages)

    def prepare(moment: Moment) -> Test:
        return contains(within(moment.view))

    return RowKey((Column.UID,), prepare, within=within)


def _by_number(view: View, messages: SequenceSet) -> Ranges:
    """Numbers beyond the last message match nothing; unlike in FETCH, they do no harm."""
    exists = view.exists
    return normalize(
        (view.uids[low - 1], view.uids[min(high, exists) - 1])
        for low, high in messages.resolve(exists)
        if low <= exists
    )
