from __future__ import annotations

import pytest

from mailstore.model.errors import MessageGone
from mailstore.model.flags import DELETED, SEEN, FlagMode
from mailstore.store.ports import MailboxStore, UserStore
from tests.contract.mail import ALL, append, append_many, message, only, store_flags

ADD = FlagMode.ADD


def test_expunge_removes_what_is_flagged_deleted(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 5)
    store_flags(inbox, [uids[0], uids[3]], ADD, DELETED)
    store_flags(inbox, [uids[1]], ADD, SEEN)
    assert inbox.expunge(ALL) == [uids[0], uids[3]]
    assert list(inbox.uids()) == [uids[1], uids[2], uids[4]]


def test_expunge_keeps_to_its_ranges(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 4)
    store_flags(inbox, uids, ADD, DELETED)
    assert inbox.expunge(only(uids[1], uids[2])) == uids[1:3]
    assert list(inbox.uids()) == [uids[0], uids[3]]


def test_expunge_of_all_needs_no_flag(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 3)
    assert inbox.expunge(only(uids[1]), only_deleted=False) == [uids[1]]


def test_expunge_keeps_uid_next(user_store: UserStore, inbox: MailboxStore) -> None:
    append_many(user_store, inbox, 3)
    before = inbox.state().uid_next
    inbox.expunge(ALL, only_deleted=False)
    assert inbox.state().uid_next == before
    assert append(user_store, inbox) == before


def test_uids_are_never_used_again(user_store: UserStore, inbox: MailboxStore) -> None:
    seen: set[int] = set()
    for _ in range(5):
        uids = append_many(user_store, inbox, 3)
        assert not seen & set(uids)
        assert not seen or min(uids) > max(seen)
        seen.update(uids)
        inbox.expunge(only(uids[-1]), only_deleted=False)


def test_expunge_takes_one_new_mod_sequence(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 4)
    before = inbox.state().highest_mod_seq
    inbox.expunge(only(*uids[:3]), only_deleted=False)
    after = inbox.state().highest_mod_seq
    assert after > before
    assert inbox.changes(after - 1).expunged == only(*uids[:3])
    assert inbox.changes(after).expunged == []


def test_expunge_of_nothing_changes_nothing(user_store: UserStore, inbox: MailboxStore) -> None:
    append_many(user_store, inbox, 2)
    before = inbox.state()
    assert inbox.expunge(ALL) == []
    assert inbox.expunge([(1_000, 2_000)], only_deleted=False) == []
    assert inbox.state() == before


def test_an_expunged_message_is_gone(user_store: UserStore, inbox: MailboxStore) -> None:
    uid = append(user_store, inbox)
    inbox.expunge(ALL, only_deleted=False)
    with pytest.raises(MessageGone):
        inbox.read(uid)


def test_an_open_message_stays_readable_when_expunged(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    octets = message(1, b"x" * 200_000)
    stored = inbox.read(append(user_store, inbox, octets))
    inbox.expunge(ALL, only_deleted=False)
    assert stored.read(0, stored.size) == octets
    stored.close()


def test_uids_handed_out_before_do_not_change(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 3)
    before = inbox.uids()
    inbox.expunge(only(uids[0]), only_deleted=False)
    append(user_store, inbox)
    assert list(before) == uids
    assert before.typecode == "I"
