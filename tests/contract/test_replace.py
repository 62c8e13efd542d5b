from __future__ import annotations

import pytest

from mailstore.model.errors import MessageGone, NoSuchMailbox, NotSelectable
from mailstore.model.flags import DRAFT, SEEN
from mailstore.store.ports import MailboxStore, UserStore
from tests.contract.mail import append, append_many, flags_of, message, new, octets_of


def test_the_new_message_takes_the_place_of_the_old_one(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 3)
    before = inbox.state()
    replaced = inbox.replace(
        uids[1], "INBOX", new(user_store, message(9), flags=DRAFT, keywords=(b"$draft",))
    )
    assert replaced == (before.uid_validity, [before.uid_next])
    assert list(inbox.uids()) == [uids[0], uids[2], before.uid_next]
    assert octets_of(inbox, before.uid_next) == message(9)
    assert flags_of(inbox)[before.uid_next] == (DRAFT, {b"$draft"})
    changes = inbox.changes(before.highest_mod_seq)
    assert changes.expunged == [uids[1]]
    assert [row.uid for row in changes.changed] == [before.uid_next]


def test_the_new_message_may_go_elsewhere(user_store: UserStore, inbox: MailboxStore) -> None:
    [kept, old] = append_many(user_store, inbox, 2)
    user_store.create("Sent")
    sent = user_store.open("Sent")
    replaced = inbox.replace(old, "Sent", new(user_store, message(9), flags=SEEN))
    assert replaced.uid_validity == sent.state().uid_validity
    assert list(inbox.uids()) == [kept]
    assert list(sent.uids()) == replaced.uids
    assert octets_of(sent, replaced.uids[0]) == message(9)
    sent.close()


def test_what_is_gone_is_not_replaced(user_store: UserStore, inbox: MailboxStore) -> None:
    uid = append(user_store, inbox)
    inbox.expunge([(uid, uid)], only_deleted=False)
    before = inbox.state()
    made = new(user_store, message(9))
    with pytest.raises(MessageGone):
        inbox.replace(uid, "INBOX", made)
    made.spool.discard()
    assert inbox.state() == before


def test_without_its_destination_nothing_changes(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uid = append(user_store, inbox)
    user_store.create("Parent/Child")
    before = inbox.state()
    for name, error in (("Missing", NoSuchMailbox), ("Parent", NotSelectable)):
        made = new(user_store, message(9))
        with pytest.raises(error):
            inbox.replace(uid, name, made)
        made.spool.discard()
    assert inbox.state() == before
    assert octets_of(inbox, uid) == message()
