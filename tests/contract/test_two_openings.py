"""What one process of the server does, another one sees at its next call."""

from __future__ import annotations

import pytest

from mailstore.model.errors import MailboxGone, MessageGone, NoSuchMailbox
from mailstore.model.flags import DELETED, SEEN, FlagMode
from mailstore.store.ports import Column
from tests.contract.implementations import Opener
from tests.contract.mail import (
    ALL,
    append,
    append_many,
    flags_of,
    message,
    names,
    octets_of,
    only,
    store_flags,
)


def test_messages_flags_and_expunges_are_seen_by_the_other(open_store: Opener) -> None:
    here, there = open_store(), open_store()
    ours, theirs = here.open("INBOX"), there.open("INBOX")
    uids = append_many(here, ours, 3)
    assert list(theirs.uids()) == uids
    store_flags(ours, uids[:1], FlagMode.ADD, SEEN, b"work")
    assert flags_of(theirs)[uids[0]] == (SEEN, {b"work"})
    point = theirs.state().highest_mod_seq
    store_flags(theirs, uids[1:2], FlagMode.ADD, DELETED)
    assert ours.expunge(ALL) == [uids[1]]
    assert theirs.changes(point).expunged == only(uids[1])
    assert ours.state() == theirs.state()
    assert here.status("INBOX") == there.status("INBOX")
    with pytest.raises(MessageGone):
        theirs.read(uids[1])
    ours.close()
    theirs.close()


def test_both_append_and_no_uid_is_given_twice(open_store: Opener) -> None:
    stores = [open_store(), open_store()]
    mailboxes = [store.open("INBOX") for store in stores]
    given: dict[int, bytes] = {}
    for number in range(10):
        side = number % 2
        uid = append(stores[side], mailboxes[side], message(number))
        assert uid > max(given, default=0)
        given[uid] = message(number)
    for mailbox in mailboxes:
        assert {uid: octets_of(mailbox, uid) for uid in mailbox.uids()} == given
        mailbox.close()


def test_keywords_that_the_other_taught_keep_their_spelling(open_store: Opener) -> None:
    here, there = open_store(), open_store()
    ours, theirs = here.open("INBOX"), there.open("INBOX")
    uid = append(here, ours, keywords=(b"Work",))
    store_flags(theirs, [uid], FlagMode.ADD, 0, b"WORK", b"home")
    store_flags(ours, [uid], FlagMode.ADD, 0, b"HOME")
    assert ours.keywords() == theirs.keywords() == (b"Work", b"home")
    assert flags_of(ours) == {uid: (0, {b"Work", b"home"})}
    ours.close()
    theirs.close()


def test_mailboxes_and_subscriptions_are_seen_by_the_other(open_store: Opener) -> None:
    here, there = open_store(), open_store()
    here.create("Sent", b"\\Sent")
    here.set_subscribed("Sent", True)
    assert there.mailboxes() == here.mailboxes()
    assert there.subscriptions() == ["Sent"]
    there.rename("Sent", "Gesendet")
    there.set_subscribed("Sent", False)
    assert names(here) == ["INBOX", "Gesendet"]
    assert here.subscriptions() == []
    with pytest.raises(NoSuchMailbox):
        here.open("Sent")


@pytest.mark.parametrize("how", ["delete", "rename", "made anew"])
def test_a_mailbox_that_the_other_took_away_is_gone(open_store: Opener, how: str) -> None:
    here, there = open_store(), open_store()
    here.create("One")
    mailbox = here.open("One")
    append(here, mailbox)
    if how == "rename":
        there.rename("One", "Two")
    else:
        there.delete("One")
    if how == "made anew":
        there.create("One")
    for call in (
        mailbox.state,
        mailbox.uids,
        lambda: mailbox.rows((Column.UID,), ALL),
        lambda: append(here, mailbox),
    ):
        with pytest.raises(MailboxGone):
            call()
    mailbox.close()


def test_recent_messages_are_recent_for_one_of_them(open_store: Opener) -> None:
    here, there = open_store(), open_store()
    ours, theirs = here.open("INBOX"), there.open("INBOX")
    uids = append_many(here, ours, 2)
    assert theirs.claim_recent() == uids[0]
    assert ours.claim_recent() == uids[-1] + 1
    ours.close()
    theirs.close()


def test_a_copy_goes_into_a_mailbox_that_the_other_made(open_store: Opener) -> None:
    here, there = open_store(), open_store()
    there.create("Archive")
    inbox = here.open("INBOX")
    append(here, inbox, message(8), keywords=(b"one",))
    [uid] = inbox.move(ALL, "Archive").uids
    archive = there.open("Archive")
    assert octets_of(archive, uid) == message(8)
    assert flags_of(archive) == {uid: (0, {b"one"})}
    inbox.close()
    archive.close()
