from __future__ import annotations

import time

import pytest

from mailstore.model.errors import LimitReached, MessageGone
from mailstore.model.flags import FLAGGED, SEEN
from mailstore.store.ports import Column, MailboxStore, UserStore
from tests.contract.mail import (
    ALL,
    append,
    append_many,
    flags_of,
    message,
    mod_seqs,
    new,
    octets_of,
)


def test_append_gives_ascending_uids(user_store: UserStore, inbox: MailboxStore) -> None:
    before = inbox.state()
    appended = inbox.append([new(user_store, message(n)) for n in range(3)])
    first = before.uid_next
    assert appended.uids == [first, first + 1, first + 2]
    assert appended.uid_validity == before.uid_validity
    assert list(inbox.uids()) == appended.uids
    assert inbox.state().uid_next == first + 3


def test_append_keeps_the_octets(user_store: UserStore, inbox: MailboxStore) -> None:
    octets = message(1, bytes(range(14, 256)) + b"\0\r\n.\r\n")
    assert octets_of(inbox, append(user_store, inbox, octets)) == octets


def test_append_of_bare_line_feeds_is_read_with_crlf(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uid = append(user_store, inbox, b"A: b\n\nx\r\ny\rz\n")
    assert octets_of(inbox, uid) == b"A: b\r\n\r\nx\r\ny\rz\r\n"
    assert inbox.rows((Column.SIZE,), ALL) == [(16,)]


def test_spool_size_is_the_size_of_the_message(user_store: UserStore, inbox: MailboxStore) -> None:
    spool = user_store.spool()
    for piece in (b"A: b\r", b"\n\r\n", b"x" * 100_000, b"\r\n"):
        spool.write(piece)
    assert spool.size == 100_010
    spool.discard()
    spool.discard()


def test_a_message_split_between_cr_and_lf_stays_as_it_was(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    made = new(user_store, b"A: b\r")
    made.spool.write(b"\n\r\nbody\r\n")
    uid = inbox.append([made]).uids[0]
    assert octets_of(inbox, uid) == b"A: b\r\n\r\nbody\r\n"


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 1_500_000])
def test_messages_of_every_size_come_back(
    user_store: UserStore, inbox: MailboxStore, size: int
) -> None:
    octets = b"x" * size
    uid = append(user_store, inbox, octets)
    assert octets_of(inbox, uid) == octets
    assert inbox.rows((Column.SIZE,), ALL) == [(size,)]


def test_append_keeps_flags_and_keywords(user_store: UserStore, inbox: MailboxStore) -> None:
    uid = append(user_store, inbox, flags=SEEN | FLAGGED, keywords=(b"$Label1", b"Junk"))
    assert flags_of(inbox) == {uid: (SEEN | FLAGGED, {b"$Label1", b"Junk"})}
    assert inbox.keywords() == (b"$Label1", b"Junk")


def test_append_keeps_the_internal_date(user_store: UserStore, inbox: MailboxStore) -> None:
    append(user_store, inbox, internal_date=1_000_000_007)
    assert inbox.rows((Column.INTERNAL_DATE,), ALL) == [(1_000_000_007,)]


def test_append_without_a_date_is_now(user_store: UserStore, inbox: MailboxStore) -> None:
    before = int(time.time())
    append(user_store, inbox)
    [(date, saved_at)] = inbox.rows((Column.INTERNAL_DATE, Column.SAVED_AT), ALL)
    assert before <= date <= time.time() + 1
    assert before <= saved_at <= time.time() + 1


def test_saved_at_is_now_whatever_the_internal_date(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    before = int(time.time())
    append(user_store, inbox, internal_date=86_400)
    [(saved_at,)] = inbox.rows((Column.SAVED_AT,), ALL)
    assert before <= saved_at <= time.time() + 1


def test_append_gives_all_messages_one_later_mod_sequence(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    before = inbox.state().highest_mod_seq
    append_many(user_store, inbox, 3)
    assert before >= 1
    assert inbox.state().highest_mod_seq > before
    assert set(mod_seqs(inbox).values()) == {inbox.state().highest_mod_seq}


def test_append_is_all_or_none(user_store: UserStore, inbox: MailboxStore) -> None:
    append(user_store, inbox)
    before, status = inbox.state(), user_store.status("INBOX")
    too_many = tuple(b"k%d" % n for n in range(100_000))
    with pytest.raises(LimitReached):
        inbox.append([new(user_store, message(2)), new(user_store, message(3), keywords=too_many)])
    assert inbox.state() == before
    assert user_store.status("INBOX") == status
    assert len(inbox.uids()) == 1
    inbox.sync()
    assert inbox.state() == before


def test_a_refused_append_uses_up_no_uid_twice(user_store: UserStore, inbox: MailboxStore) -> None:
    too_many = tuple(b"k%d" % n for n in range(100_000))
    with pytest.raises(LimitReached):
        inbox.append([new(user_store, message(), keywords=too_many)])
    uid_next = inbox.state().uid_next
    assert append(user_store, inbox) >= uid_next


def test_append_of_nothing_changes_nothing(inbox: MailboxStore) -> None:
    before = inbox.state()
    assert inbox.append([]).uids == []
    assert inbox.state() == before


def test_discarding_a_spool_after_the_append_does_nothing(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    made = new(user_store, message(body=b"z" * 200_000))
    uid = inbox.append([made]).uids[0]
    made.spool.discard()
    assert octets_of(inbox, uid).endswith(b"zzz")


def test_unique_id_is_none_for_our_own_messages(user_store: UserStore, inbox: MailboxStore) -> None:
    append(user_store, inbox)
    assert inbox.rows((Column.UNIQUE_ID,), ALL) == [(None,)]


def test_read_of_an_unknown_uid_is_message_gone(inbox: MailboxStore) -> None:
    with pytest.raises(MessageGone):
        inbox.read(4_000_000)
