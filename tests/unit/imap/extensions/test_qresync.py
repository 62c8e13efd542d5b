"""Message numbers and UIDs that a client says belong together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailstore.imap.extensions.qresync import _Known, _last_match
from mailstore.model.sequence_set import MAX_UID, ranges_of
from tests.unit.imap.test_view import view_of

uid_sets = st.sets(st.integers(1, 60), max_size=30).map(sorted)


@given(uid_sets, uid_sets, st.sets(st.integers(0, 29)))
def test_the_last_number_that_still_has_its_uid_is_found(
    before: list[int], now: list[int], places: set[int]
) -> None:
    pairs = [(place + 1, before[place]) for place in sorted(places) if place < len(before)]
    known = _Known(
        1, 1, None, ranges_of(number for number, _ in pairs), ranges_of(uid for _, uid in pairs)
    )
    right = [uid for number, uid in pairs if number <= len(now) and now[number - 1] == uid]
    assert _last_match(view_of(*now), known) == max(right, default=0)


def test_billions_of_pairs_are_not_looked_at_one_by_one() -> None:
    everything = [(1, MAX_UID)]
    assert _last_match(view_of(1, 2, 3, 9), _Known(1, 1, None, everything, everything)) == 3
