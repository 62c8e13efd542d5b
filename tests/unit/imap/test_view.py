"""Message numbers and UIDs of one session."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailstore.account.lane import InPlaceLane
from mailstore.account.mail import Mail
from mailstore.account.mailbox import OpenMailbox
from mailstore.imap.responses import Unacceptable
from mailstore.imap.view import View, below
from mailstore.model.mailbox import MailboxState
from mailstore.model.sequence_set import MAX_UID, STAR, SequenceSet, normalize, ranges_of
from mailstore.store.memory import MemoryStore


def view_of(*uids: int, uid_next: int = 0) -> View:
    store = MemoryStore()
    mailbox = OpenMailbox(Mail(store, InPlaceLane(), None), store.open("INBOX"))
    state = MailboxState(1, uid_next or max(uids, default=0) + 1, 1, len(uids))
    return View(mailbox, state, array("I", uids), read_only=False)


def test_messages_that_came_after_the_state_are_not_in_the_view() -> None:
    view = view_of(1, 2, 7, 8, uid_next=7)
    assert list(view.uids) == [1, 2]


def test_below_shares_an_array_that_holds_nothing_more() -> None:
    uids = array("I", [1, 2])
    assert below(uids, 3) is uids
    assert list(below(uids, 2)) == [1]


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([(1, 1)], [(10, 10)]),
        ([(2, 4)], [(20, 40)]),
        ([(1, STAR)], [(10, 40)]),
        ([(STAR, STAR)], [(40, 40)]),
        ([(STAR, 2)], [(20, 40)]),
        ([(3, 1), (2, 4)], [(10, 40)]),
    ],
)
def test_message_numbers_become_ranges_of_uids(
    ranges: list[tuple[int, int]], expected: list[tuple[int, int]]
) -> None:
    view = view_of(10, 20, 30, 40)
    assert view.ranges(SequenceSet(tuple(ranges)), by_uid=False) == expected


@pytest.mark.parametrize("ranges", [[(5, 5)], [(1, 5)], [(1, 1), (9, 9)]])
def test_a_message_number_that_does_not_exist_is_bad(ranges: list[tuple[int, int]]) -> None:
    with pytest.raises(Unacceptable):
        view_of(10, 20, 30, 40).ranges(SequenceSet(tuple(ranges)), by_uid=False)


def test_a_star_in_an_empty_mailbox_is_nothing() -> None:
    everything = SequenceSet(((1, STAR),))
    assert view_of().ranges(everything, by_uid=False) == []
    assert view_of().ranges(everything, by_uid=True) == []


def test_a_range_from_beyond_the_end_to_star_is_the_last_message() -> None:
    view = view_of(10, 20)
    assert view.ranges(SequenceSet(((99, STAR),)), by_uid=True) == [(20, 20)]
    assert view.ranges(SequenceSet(((99, STAR),)), by_uid=False) == [(20, 20)]


def test_uids_beyond_what_was_told_are_cut_off() -> None:
    view = view_of(10, 20)
    assert view.ranges(SequenceSet(((1, 4_000_000_000),)), by_uid=True) == [(1, 20)]
    assert view.ranges(SequenceSet(((21, 4_000_000_000),)), by_uid=True) == []


def test_uids_that_do_not_exist_are_no_error() -> None:
    view = view_of(10, 20)
    assert view.ranges(SequenceSet(((11, 11),)), by_uid=True) == [(11, 11)]
    assert view.uids_in([(11, 11)]) == []


def test_a_number_is_known_only_of_messages_in_the_view() -> None:
    view = view_of(10, 20)
    assert view.number(20) == 2
    assert not view.knows(11)
    with pytest.raises(KeyError):
        view.number(11)


@given(st.sets(st.integers(1, 60), min_size=1), st.data())
def test_numbers_of_many_are_the_numbers_of_each(uids: set[int], data: st.DataObject) -> None:
    view = view_of(*sorted(uids))
    chosen = sorted(data.draw(st.sets(st.sampled_from(sorted(uids)))))
    assert list(view.numbers(chosen)) == [view.number(uid) for uid in chosen]


@given(
    st.sets(st.integers(1, 60), min_size=1),
    st.lists(st.tuples(st.integers(1, 70), st.integers(1, 70)), min_size=1, max_size=4),
)
def test_ranges_hold_exactly_the_messages_named(
    uids: set[int], pairs: list[tuple[int, int]]
) -> None:
    view = view_of(*sorted(uids))
    named = {uid for low, high in pairs for uid in range(min(low, high), max(low, high) + 1)}
    ranges = view.ranges(SequenceSet(tuple(pairs)), by_uid=True)
    assert set(view.uids_in(ranges)) == uids & named


@given(
    st.sets(st.integers(1, 30)),
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5)).map(lambda t: (t[0], sum(t)))),
)
def test_unknown_uids_stay_ranges(uids: set[int], pairs: list[tuple[int, int]]) -> None:
    view, ranges = view_of(*sorted(uids), uid_next=35), normalize(pairs)
    unknown = view.unknown(ranges)
    wanted = {uid for low, high in ranges for uid in range(low, high + 1) if uid < 35}
    assert unknown == ranges_of(sorted(wanted - uids))


def test_four_billion_unknown_uids_are_one_range() -> None:
    assert view_of(7, uid_next=4_000_000_000).unknown([(8, MAX_UID)]) == [(8, 3_999_999_999)]
