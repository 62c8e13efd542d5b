"""Sets of messages as search keys."""

from __future__ import annotations

from mailstore.imap.search.key import Moment, RowKey, Test
from mailstore.imap.view import View
from mailstore.model.sequence_set import STAR, Ranges, SequenceSet, contains
from mailstore.store.ports import Column


def set_key(messages: SequenceSet, *, by_uid: bool) -> RowKey:
    """``sequence-set`` or ``"UID" SP sequence-set``; ``$`` is what was saved before."""

    def within(view: View) -> Ranges:
        # Numbers beyond the last message match nothing; unlike in FETCH, they do no harm.
        return view.ranges(messages, by_uid=True) if by_uid else view.existing_ranges(messages)

    def prepare(moment: Moment) -> Test:
        return contains(within(moment.view))

    positional = not by_uid or messages.saved or any(STAR in ends for ends in messages.ranges)
    return RowKey((Column.UID,), prepare, positional=positional, within=within)
