from __future__ import annotations

import pytest

from mailstore.model.errors import NoSuchMailbox, NotSelectable
from mailstore.model.flags import DELETED, SEEN, FlagMode
from mailstore.store.ports import MailboxStore, UserStore
from tests.contract.mail import (
    ALL,
    append,
    append_many,
    counts,
    message,
    only,
    recount,
    store_flags,
)


def test_an_empty_mailbox(user_store: UserStore, inbox: MailboxStore) -> None:
    status = user_store.status("INBOX")
    assert counts(status) == (0, 0, 0, 0, 0)
    assert status.recent == 0
    assert status.uid_next == 1
    assert 1 <= status.uid_validity <= 0xFFFFFFFF
    assert status.highest_mod_seq >= 1
    assert inbox.status() == status


def test_counters_follow_every_change(user_store: UserStore, inbox: MailboxStore) -> None:
    user_store.create("Other")
    other = user_store.open("Other")
    uids = append_many(user_store, inbox, 4)
    append(user_store, inbox, flags=SEEN | DELETED)
    for change in (
        lambda: store_flags(inbox, uids[:2], FlagMode.ADD, SEEN),
        lambda: store_flags(inbox, uids[1:3], FlagMode.ADD, DELETED),
        lambda: store_flags(inbox, uids[:2], FlagMode.REPLACE, DELETED),
        lambda: store_flags(inbox, uids[:1], FlagMode.REMOVE, DELETED | SEEN),
        lambda: inbox.copy(ALL, "Other"),
        lambda: inbox.copy(only(uids[0]), "INBOX"),
        lambda: inbox.move(only(uids[3]), "Other"),
        lambda: inbox.expunge(ALL),
        lambda: other.expunge(ALL, only_deleted=False),
    ):
        change()
        for mailbox in (inbox, other):
            assert counts(user_store.status(mailbox.name)) == recount(mailbox)
            assert mailbox.status() == user_store.status(mailbox.name)
    other.close()


def test_status_counts(user_store: UserStore, inbox: MailboxStore) -> None:
    append(user_store, inbox, message(1))
    append(user_store, inbox, message(2), flags=SEEN)
    append(user_store, inbox, message(3), flags=DELETED)
    size = len(message(1))
    assert counts(user_store.status("INBOX")) == (3, 2, 1, 3 * size, size)


def test_mailbox_ids_differ_and_stay(user_store: UserStore) -> None:
    user_store.create("One")
    user_store.create("Two")
    ids = {name: user_store.status(name).mailbox_id for name in ("INBOX", "One", "Two")}
    assert len(set(ids.values())) == 3
    # objectid = 1*255(ALPHA / DIGIT / "_" / "-"), RFC 8474, section 7
    for name, mailbox_id in ids.items():
        assert mailbox_id
        assert mailbox_id.replace(b"_", b"").replace(b"-", b"").isalnum()
        assert user_store.status(name).mailbox_id == mailbox_id


def test_status_needs_a_mailbox(user_store: UserStore) -> None:
    user_store.create("Parent/Child")
    with pytest.raises(NoSuchMailbox):
        user_store.status("Nowhere")
    with pytest.raises(NotSelectable):
        user_store.status("Parent")


def test_recent_messages_are_claimed_once(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 2)
    assert user_store.status("INBOX").recent == 2
    assert inbox.claim_recent() == uids[0]
    assert user_store.status("INBOX").recent == 0
    other = user_store.open("INBOX")
    assert other.claim_recent() == uids[-1] + 1
    third = append(user_store, inbox)
    assert user_store.status("INBOX").recent == 1
    assert other.claim_recent() == third
    other.close()


def test_claiming_recent_messages_changes_nothing_else(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    append_many(user_store, inbox, 2)
    before = inbox.state()
    inbox.claim_recent()
    inbox.sync()
    assert inbox.state() == before


def test_sync_finds_nothing_when_only_the_server_wrote(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    append_many(user_store, inbox, 2)
    before = inbox.state()
    inbox.sync()
    assert not inbox.sync()
    assert inbox.state() == before
