from __future__ import annotations

import pytest

from mailstore.model.errors import LimitReached
from mailstore.model.flags import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN, FlagChange, FlagMode
from mailstore.store.ports import MailboxStore, UserStore
from tests.contract.mail import ALL, append, append_many, flags_of, mod_seqs, store_flags

ADD, REMOVE, REPLACE = FlagMode.ADD, FlagMode.REMOVE, FlagMode.REPLACE


def test_add_leaves_other_flags(user_store: UserStore, inbox: MailboxStore) -> None:
    uid = append(user_store, inbox, flags=SEEN, keywords=(b"one",))
    store_flags(inbox, [uid], ADD, FLAGGED | DELETED, b"two")
    assert flags_of(inbox) == {uid: (SEEN | FLAGGED | DELETED, {b"one", b"two"})}


def test_remove_leaves_other_flags(user_store: UserStore, inbox: MailboxStore) -> None:
    uid = append(user_store, inbox, flags=SEEN | DRAFT, keywords=(b"one", b"two"))
    store_flags(inbox, [uid], REMOVE, SEEN | ANSWERED, b"one")
    assert flags_of(inbox) == {uid: (DRAFT, {b"two"})}


def test_replace_leaves_nothing_else(user_store: UserStore, inbox: MailboxStore) -> None:
    uid = append(user_store, inbox, flags=SEEN, keywords=(b"one",))
    store_flags(inbox, [uid], REPLACE, ANSWERED, b"two")
    assert flags_of(inbox) == {uid: (ANSWERED, {b"two"})}
    store_flags(inbox, [uid], REPLACE)
    assert flags_of(inbox) == {uid: (0, set())}


def test_every_combination_of_system_flags_is_kept(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 32)
    for flags, uid in enumerate(uids):
        store_flags(inbox, [uid], REPLACE, flags)
    assert flags_of(inbox) == {uid: (flags, set()) for flags, uid in enumerate(uids)}


def test_keywords_are_compared_without_case_and_keep_the_first_spelling(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    first = append(user_store, inbox, keywords=(b"$Forwarded",))
    second = append(user_store, inbox, keywords=(b"$FORWARDED",))
    store_flags(inbox, [first], ADD, 0, b"$forwarded")
    assert flags_of(inbox) == {first: (0, {b"$Forwarded"}), second: (0, {b"$Forwarded"})}
    store_flags(inbox, [first, second], REMOVE, 0, b"$fOrwarded")
    assert flags_of(inbox) == {first: (0, set()), second: (0, set())}
    assert inbox.keywords() == (b"$Forwarded",)


def test_keywords_are_in_the_order_in_which_the_mailbox_learnt_them(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uid = append(user_store, inbox, keywords=(b"zebra",))
    store_flags(inbox, [uid], ADD, 0, b"apple", b"mango")
    result = store_flags(inbox, [uid], REPLACE, 0, b"mango", b"apple", b"zebra")
    assert result.rows[0].keywords == b"zebra apple mango"
    assert inbox.keywords() == (b"zebra", b"apple", b"mango")


def test_more_keywords_than_there_are_letters_are_kept(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uid = append(user_store, inbox)
    names = tuple(b"keyword%d" % n for n in range(40))
    store_flags(inbox, [uid], ADD, 0, *names)
    assert flags_of(inbox) == {uid: (0, set(names))}
    store_flags(inbox, [uid], REMOVE, 0, *names[:35])
    assert flags_of(inbox) == {uid: (0, set(names[35:]))}


def test_too_many_keywords_change_nothing(user_store: UserStore, inbox: MailboxStore) -> None:
    uid = append(user_store, inbox)
    before = inbox.state()
    change = FlagChange(ADD, SEEN, tuple(b"k%d" % n for n in range(100_000)))
    with pytest.raises(LimitReached):
        inbox.store_flags(ALL, change)
    assert inbox.state() == before
    assert flags_of(inbox) == {uid: (0, set())}


def test_removing_an_unknown_keyword_does_not_teach_it(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uid = append(user_store, inbox)
    before = inbox.state()
    store_flags(inbox, [uid], REMOVE, 0, b"never")
    assert inbox.keywords() == ()
    assert inbox.state() == before


def test_changed_messages_get_one_new_mod_sequence(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 4)
    before = inbox.state().highest_mod_seq
    result = store_flags(inbox, uids[:3], ADD, SEEN)
    after = inbox.state().highest_mod_seq
    assert after > before
    assert [row.mod_seq for row in result.rows] == [after] * 3
    assert mod_seqs(inbox) == {**dict.fromkeys(uids[:3], after), uids[3]: before}


def test_a_message_that_has_the_flag_already_keeps_its_mod_sequence(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 2)
    store_flags(inbox, uids[:1], ADD, SEEN)
    before = mod_seqs(inbox)
    result = store_flags(inbox, uids, ADD, SEEN)
    assert [row.uid for row in result.rows] == uids
    assert result.rows[0].mod_seq == before[uids[0]]
    assert result.rows[1].mod_seq > before[uids[0]]


def test_a_change_of_nothing_leaves_the_highest_mod_sequence(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uid = append(user_store, inbox, flags=SEEN, keywords=(b"one",))
    before = inbox.state()
    store_flags(inbox, [uid], ADD, SEEN, b"ONE")
    store_flags(inbox, [uid], REPLACE, SEEN, b"one")
    store_flags(inbox, [uid], REMOVE, DELETED)
    assert inbox.state() == before


def test_rows_of_the_result_are_as_after_the_change(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 2)
    rows = store_flags(inbox, uids, ADD, FLAGGED, b"one").rows
    assert [(row.uid, row.flags, row.keywords) for row in rows] == [
        (uid, FLAGGED, b"one") for uid in uids
    ]


def test_messages_that_do_not_exist_are_left_out(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 3)
    inbox.expunge([(uids[1], uids[1])], only_deleted=False)
    result = inbox.store_flags(ALL, FlagChange(ADD, SEEN, ()))
    assert [row.uid for row in result.rows] == [uids[0], uids[2]]
    assert inbox.store_flags([(5_000, 6_000)], FlagChange(ADD, SEEN, ())) == ([], [])


def test_unchanged_since_leaves_messages_that_changed_later(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 3)
    point = inbox.state().highest_mod_seq
    store_flags(inbox, uids[1:2], ADD, FLAGGED)
    result = store_flags(inbox, uids, ADD, SEEN, unchanged_since=point)
    assert result.modified == [uids[1]]
    assert [row.uid for row in result.rows] == [uids[0], uids[2]]
    assert [flags for flags, _ in flags_of(inbox).values()] == [SEEN, FLAGGED, SEEN]


def test_unchanged_since_zero_changes_no_message(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 2)
    before = inbox.state()
    result = store_flags(inbox, uids, ADD, SEEN, b"new", unchanged_since=0)
    assert result == ([], uids)
    assert inbox.state() == before


def test_flags_and_keywords_survive_reopening(user_store: UserStore, inbox: MailboxStore) -> None:
    uid = append(user_store, inbox)
    store_flags(inbox, [uid], ADD, SEEN, *(b"k%d" % n for n in range(30)))
    again = user_store.open("INBOX")
    assert flags_of(again) == {uid: (SEEN, {b"k%d" % n for n in range(30)})}
    again.close()
