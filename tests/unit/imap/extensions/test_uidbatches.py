"""Which batches of UIDs there are."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mailstore.imap.extensions.uidbatches import _batches
from tests.unit.imap.test_view import view_of


@given(st.sets(st.integers(1, 60), min_size=1), st.integers(1, 9))
def test_batches_are_full_touch_and_hold_every_message(uids: set[int], size: int) -> None:
    batches = list(_batches(view_of(*sorted(uids)), size))
    counts = [sum(low <= uid <= high for uid in uids) for high, low in batches]
    assert counts[:-1] == [size] * (len(batches) - 1)
    assert sum(counts) == len(uids)
    assert all(later[0] == low - 1 for (_, low), later in pairwise(batches))
    assert batches[0][0] == max(uids)
    assert batches[-1][1] == 1


def test_an_empty_mailbox_has_no_batch() -> None:
    assert list(_batches(view_of(uid_next=9), 2)) == []
