from __future__ import annotations

from collections.abc import Callable

from mailstore.model.flags import DELETED, FLAGGED, SEEN, FlagMode
from mailstore.model.sequence_set import Ranges, contains
from mailstore.store.ports import Column, FlagsRow, MailboxStore, UserStore
from tests.contract.mail import (
    ALL,
    append_many,
    flags_of,
    mod_seqs,
    numbers_in,
    only,
    store_flags,
)

ADD, REMOVE = FlagMode.ADD, FlagMode.REMOVE
Known = dict[int, tuple[int, set[bytes]]]


def replay(known: Known, expunged: Ranges, changed: list[FlagsRow]) -> Known:
    """What a session knows once it was told."""
    after = {uid: value for uid, value in known.items() if not contains(expunged)(uid)}
    after.update({row.uid: (row.flags, set(row.keywords.split())) for row in changed})
    return dict(sorted(after.items()))


def test_changes_replay_every_earlier_point(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 6)
    points = [(0, {}), (inbox.state().highest_mod_seq, flags_of(inbox))]
    steps: list[Callable[[], object]] = [
        lambda: store_flags(inbox, uids[:3], ADD, SEEN, b"one"),
        lambda: inbox.expunge(only(uids[1]), only_deleted=False),
        lambda: append_many(user_store, inbox, 2),
        lambda: store_flags(inbox, uids[2:4], ADD, DELETED),
        lambda: inbox.expunge(ALL),
        lambda: store_flags(inbox, uids[:1], REMOVE, SEEN, b"one"),
    ]
    for step in steps:
        step()
        points.append((inbox.state().highest_mod_seq, flags_of(inbox)))
    for mod_seq, known in points:
        changes = inbox.changes(mod_seq)
        assert changes.state == inbox.state()
        assert replay(known, changes.expunged, changes.changed) == flags_of(inbox)
        assert inbox.expunged(mod_seq) == changes.expunged


def test_after_a_mod_sequence_of_the_future_everything_is_told(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    """It is of a history that was lost, with a clock that was ahead."""
    uids = append_many(user_store, inbox, 4)
    inbox.expunge(only(*uids[1:3]), only_deleted=False)
    future = inbox.state().highest_mod_seq + 1_000
    assert inbox.changes(future) == inbox.changes(0)
    assert inbox.expunged(future) == only(*uids[1:3])
    rows = inbox.rows((Column.UID,), ALL, changed_since=future)
    assert rows == [(uids[0],), (uids[3],)]


def test_nothing_changed_after_the_highest_mod_sequence(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 2)
    inbox.expunge(only(uids[0]), only_deleted=False)
    state = inbox.state()
    assert inbox.changes(state.highest_mod_seq) == (state, [], [])


def test_changes_are_only_those_after_the_point(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 5)
    inbox.expunge(only(uids[0]), only_deleted=False)
    point = inbox.state().highest_mod_seq
    store_flags(inbox, [uids[2]], ADD, FLAGGED)
    inbox.expunge(only(uids[4]), only_deleted=False)
    changes = inbox.changes(point)
    assert changes.expunged == only(uids[4])
    assert [row.uid for row in changes.changed] == [uids[2]]


def test_changes_ascend_by_uid(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 6)
    point = inbox.state().highest_mod_seq
    for place in (4, 0, 2):
        store_flags(inbox, [uids[place]], ADD, SEEN)
    for place in (5, 1, 3):
        inbox.expunge(only(uids[place]), only_deleted=False)
    changes = inbox.changes(point)
    assert changes.expunged == only(uids[1], uids[3], uids[5])
    assert [row.uid for row in changes.changed] == [uids[0], uids[2], uids[4]]


def test_a_message_that_came_and_went_is_no_change_of_flags(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    point = inbox.state().highest_mod_seq
    uids = append_many(user_store, inbox, 1)
    inbox.expunge(ALL, only_deleted=False)
    changes = inbox.changes(point)
    assert changes.changed == []
    assert set(numbers_in(changes.expunged)) <= set(uids)
    assert changes.state.uid_next == uids[0] + 1


def test_mod_sequences_of_changes_and_rows_agree(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 3)
    store_flags(inbox, uids[1:], ADD, SEEN)
    highest = inbox.state().highest_mod_seq
    changes = inbox.changes(0)
    assert {row.uid: row.mod_seq for row in changes.changed} == mod_seqs(inbox)
    assert max(row.mod_seq for row in changes.changed) == highest


def test_another_handle_sees_changes_at_once(user_store: UserStore, inbox: MailboxStore) -> None:
    other = user_store.open("INBOX")
    point = other.state()
    uids = append_many(user_store, inbox, 2)
    assert list(other.uids()) == uids
    changes = other.changes(point.highest_mod_seq)
    assert [row.uid for row in changes.changed] == uids
    other.close()
