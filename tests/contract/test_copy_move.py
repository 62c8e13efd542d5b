from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailstore.model.errors import NoSuchMailbox, NotSelectable
from mailstore.model.flags import ANSWERED, FLAGGED, SEEN, FlagMode
from mailstore.store.ports import Column, MailboxStore, UserStore
from tests.contract.mail import (
    ALL,
    append,
    append_many,
    flags_of,
    message,
    mod_seqs,
    octets_of,
    only,
    store_flags,
)


@pytest.fixture
def archive(user_store: UserStore) -> Iterator[MailboxStore]:
    user_store.create("Archive")
    mailbox = user_store.open("Archive")
    yield mailbox
    mailbox.close()


def test_copy_keeps_octets_flags_keywords_and_internal_date(
    user_store: UserStore, inbox: MailboxStore, archive: MailboxStore
) -> None:
    octets = message(7)
    append(
        user_store,
        inbox,
        octets,
        flags=SEEN | ANSWERED,
        keywords=(b"$Label1", b"two"),
        internal_date=1_234_567_890,
    )
    copied = inbox.copy(ALL, "Archive")
    [uid] = copied.uids
    assert octets_of(archive, uid) == octets
    assert flags_of(archive) == {uid: (SEEN | ANSWERED, {b"$Label1", b"two"})}
    assert archive.rows((Column.INTERNAL_DATE,), ALL) == [(1_234_567_890,)]


def test_keywords_of_a_copy_are_learnt_anew(
    user_store: UserStore, inbox: MailboxStore, archive: MailboxStore
) -> None:
    append(user_store, archive, keywords=(b"zebra", b"APPLE"))
    append(user_store, inbox, keywords=(b"apple", b"mango"))
    [uid] = inbox.copy(ALL, "Archive").uids
    assert flags_of(archive)[uid] == (0, {b"APPLE", b"mango"})
    assert archive.keywords() == (b"zebra", b"APPLE", b"mango")


def test_copy_leaves_the_source_as_it_was(
    user_store: UserStore, inbox: MailboxStore, archive: MailboxStore
) -> None:
    append_many(user_store, inbox, 3)
    before, flags = inbox.state(), flags_of(inbox)
    inbox.copy(ALL, "Archive")
    assert (inbox.state(), flags_of(inbox)) == (before, flags)


def test_copy_tells_uids_in_the_order_of_the_source(
    user_store: UserStore, inbox: MailboxStore, archive: MailboxStore
) -> None:
    append(user_store, archive)
    uids = append_many(user_store, inbox, 5)
    first = archive.state().uid_next
    copied = inbox.copy(only(uids[0], uids[3], uids[4]), "Archive")
    assert copied.sources == [uids[0], uids[3], uids[4]]
    assert copied.uids == [first, first + 1, first + 2]
    assert copied.uid_validity == archive.state().uid_validity
    subjects = [octets_of(archive, uid).split(b"\r\n")[1] for uid in copied.uids]
    assert subjects == [b"Subject: message %d" % n for n in (0, 3, 4)]


def test_copies_share_one_new_mod_sequence(
    user_store: UserStore, inbox: MailboxStore, archive: MailboxStore
) -> None:
    append_many(user_store, inbox, 3)
    before = archive.state().highest_mod_seq
    inbox.copy(ALL, "Archive")
    assert archive.state().highest_mod_seq > before
    assert set(mod_seqs(archive).values()) == {archive.state().highest_mod_seq}


def test_copy_into_the_same_mailbox(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 2)
    copied = inbox.copy(ALL, "INBOX")
    assert copied.sources == uids
    assert list(inbox.uids()) == uids + copied.uids
    assert octets_of(inbox, copied.uids[1]) == octets_of(inbox, uids[1])


def test_a_copy_outlives_its_source(
    user_store: UserStore, inbox: MailboxStore, archive: MailboxStore
) -> None:
    append(user_store, inbox, message(3))
    [uid] = inbox.copy(ALL, "Archive").uids
    inbox.expunge(ALL, only_deleted=False)
    assert octets_of(archive, uid) == message(3)


def test_flags_of_a_copy_are_its_own(
    user_store: UserStore, inbox: MailboxStore, archive: MailboxStore
) -> None:
    source = append(user_store, inbox, flags=FLAGGED)
    [uid] = inbox.copy(ALL, "Archive").uids
    store_flags(archive, [uid], FlagMode.ADD, SEEN, b"copy")
    store_flags(inbox, [source], FlagMode.REPLACE, ANSWERED)
    assert flags_of(inbox) == {source: (ANSWERED, set())}
    assert flags_of(archive) == {uid: (FLAGGED | SEEN, {b"copy"})}


def test_expunged_messages_are_left_out_of_a_copy(
    user_store: UserStore, inbox: MailboxStore, archive: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 3)
    inbox.expunge(only(uids[1]), only_deleted=False)
    assert inbox.copy(only(*uids), "Archive").sources == [uids[0], uids[2]]


def test_copy_of_nothing_changes_nothing(inbox: MailboxStore, archive: MailboxStore) -> None:
    before = archive.state()
    copied = inbox.copy(ALL, "Archive")
    assert (copied.sources, copied.uids) == ([], [])
    assert archive.state() == before


@pytest.mark.parametrize("verb", ["copy", "move"])
def test_copy_and_move_need_a_mailbox_to_go_to(
    user_store: UserStore, inbox: MailboxStore, verb: str
) -> None:
    user_store.create("Parent/Child")
    append(user_store, inbox)
    before = inbox.state()
    with pytest.raises(NoSuchMailbox):
        getattr(inbox, verb)(ALL, "Nowhere")
    with pytest.raises(NotSelectable):
        getattr(inbox, verb)(ALL, "Parent")
    assert inbox.state() == before


def test_move_takes_messages_from_one_mailbox_to_the_other(
    user_store: UserStore, inbox: MailboxStore, archive: MailboxStore
) -> None:
    uids = [append(user_store, inbox, message(n), flags=SEEN, keywords=(b"one",)) for n in range(3)]
    moved = inbox.move(only(*uids[:2]), "Archive")
    assert moved.sources == uids[:2]
    assert list(inbox.uids()) == uids[2:]
    assert flags_of(archive) == {uid: (SEEN, {b"one"}) for uid in moved.uids}
    assert [octets_of(archive, uid) for uid in moved.uids] == [message(0), message(1)]


def test_move_leaves_tombstones_in_the_source(
    user_store: UserStore, inbox: MailboxStore, archive: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 3)
    before = inbox.state()
    inbox.move(only(uids[0], uids[2]), "Archive")
    changes = inbox.changes(before.highest_mod_seq)
    assert changes.expunged == only(uids[0], uids[2])
    assert changes.changed == []
    assert changes.state.highest_mod_seq > before.highest_mod_seq
    assert changes.state.uid_next == before.uid_next


def test_move_there_and_back_gives_new_uids(
    user_store: UserStore, inbox: MailboxStore, archive: MailboxStore
) -> None:
    uid = append(user_store, inbox, message(5))
    inbox.move(ALL, "Archive")
    [back] = archive.move(ALL, "INBOX").uids
    assert back > uid
    assert octets_of(inbox, back) == message(5)
    assert list(archive.uids()) == []


def test_move_within_a_mailbox_gives_new_uids(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 2)
    moved = inbox.move(only(uids[0]), "INBOX")
    assert list(inbox.uids()) == [uids[1], *moved.uids]
    assert octets_of(inbox, moved.uids[0]) == message(0)


def test_copies_are_recent_in_their_mailbox(
    user_store: UserStore, inbox: MailboxStore, archive: MailboxStore
) -> None:
    append_many(user_store, inbox, 2)
    inbox.claim_recent()
    inbox.copy(ALL, "Archive")
    assert user_store.status("Archive").recent == 2
