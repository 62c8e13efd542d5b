from __future__ import annotations

from typing import Any

from mailstore.mime.content import describe
from mailstore.mime.sort_keys import SortKeys
from mailstore.model.flags import SEEN, FlagMode
from mailstore.model.sequence_set import MAX_UID
from mailstore.store.ports import CONTENT_COLUMNS, SORT_COLUMNS, Column, MailboxStore, UserStore
from tests.contract.mail import ALL, append, append_many, message, only, store_flags

UID = (Column.UID,)


def uids_of(rows: list[tuple[int, ...]]) -> list[int]:
    return [row[0] for row in rows]


def test_rows_come_by_uid_with_the_columns_asked_for(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 3)
    rows = inbox.rows((Column.SIZE, Column.UID, Column.FLAGS, Column.KEYWORDS), ALL)
    assert rows == [(len(message(n)), uid, 0, b"") for n, uid in enumerate(uids)]


def test_rows_keep_to_their_ranges(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 8)
    ranges = [(uids[1], uids[2]), (uids[4], uids[4]), (uids[6], MAX_UID)]
    assert uids_of(inbox.rows(UID, ranges)) == [uids[place] for place in (1, 2, 4, 6, 7)]
    assert inbox.rows(UID, []) == []
    assert inbox.rows(UID, [(uids[-1] + 1, MAX_UID)]) == []


def test_a_range_over_holes_gives_what_exists(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 5)
    inbox.expunge(only(uids[1], uids[3]), only_deleted=False)
    assert uids_of(inbox.rows(UID, [(uids[1], uids[3])])) == [uids[2]]


def test_very_many_ranges(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 5)
    ranges = [(n, n) for n in range(1, 40_000, 2)]
    assert uids_of(inbox.rows(UID, ranges)) == [uid for uid in uids if uid % 2]


def test_rows_stop_at_the_limit_and_go_on_after_it(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 7)
    first = uids_of(inbox.rows(UID, ALL, limit=3))
    second = uids_of(inbox.rows(UID, [(first[-1] + 1, MAX_UID)], limit=3))
    third = uids_of(inbox.rows(UID, [(second[-1] + 1, MAX_UID)], limit=3))
    assert [first, second, third] == [uids[:3], uids[3:6], uids[6:]]


def test_the_limit_counts_over_all_ranges(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 6)
    ranges = [(uids[0], uids[1]), (uids[3], uids[5])]
    assert uids_of(inbox.rows(UID, ranges, limit=3)) == [uids[0], uids[1], uids[3]]


def test_changed_since_leaves_out_what_is_older(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 4)
    point = inbox.state().highest_mod_seq
    store_flags(inbox, [uids[1], uids[3]], FlagMode.ADD, SEEN)
    columns = (Column.UID, Column.MOD_SEQ)
    highest = inbox.state().highest_mod_seq
    assert inbox.rows(columns, ALL, changed_since=point) == [(uids[1], highest), (uids[3], highest)]
    assert inbox.rows(columns, ALL, changed_since=point, limit=1) == [(uids[1], highest)]
    assert inbox.rows(columns, ALL, changed_since=highest) == []


def test_filled_content_is_what_the_message_says(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    octets = message(1, b"body\r\nof two lines\r\n")
    uid = append(user_store, inbox, octets)
    inbox.fill([uid])
    columns = (
        Column.ENVELOPE,
        Column.BODY,
        Column.BODY_STRUCTURE,
        Column.FIELDS,
        Column.PARTS,
    )
    content = describe(octets)
    assert inbox.rows(columns, ALL) == [
        (content.envelope, content.body, content.body_structure, content.fields, content.parts)
    ]


def test_fill_takes_many_and_leaves_out_what_is_gone(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 3)
    inbox.expunge(only(uids[1]), only_deleted=False)
    inbox.fill([*uids, 4_000_000])
    inbox.fill([])
    rows = inbox.rows((Column.UID, *sorted(CONTENT_COLUMNS)), ALL)
    assert uids_of(rows) == [uids[0], uids[2]]
    assert None not in (value for row in rows for value in row)


def test_content_of_a_message_without_a_header_is_known(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    inbox.fill([append(user_store, inbox, b""), append(user_store, inbox, b"\r\nonly a body")])
    rows = inbox.rows((Column.ENVELOPE, Column.FIELDS, Column.PARTS), ALL)
    assert len(rows) == 2
    assert None not in (value for row in rows for value in row)


def test_fill_changes_no_mod_sequence(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 2)
    before = inbox.state()
    inbox.fill(uids)
    assert inbox.state() == before


SORT_MESSAGE = (
    b"Date: Tue, 1 Jul 2025 10:20:30 +0200\r\nFrom: Ada L <ada@example.org>\r\n"
    b"To: team: bob@example.net;\r\nCc: cy@example.net\r\nSubject: Re: [x] Engines\r\n"
    b"Message-ID: <2@x>\r\nReferences: <0@x> <1@x>\r\n\r\nbody\r\n"
)


def sort_rows(mailbox: MailboxStore) -> list[tuple[Any, ...]]:
    return mailbox.rows(tuple(map(Column, SortKeys._fields)), ALL)


def test_sort_keys_are_what_the_message_says(user_store: UserStore, inbox: MailboxStore) -> None:
    assert set(SortKeys._fields) == SORT_COLUMNS
    inbox.fill([append(user_store, inbox, SORT_MESSAGE), append(user_store, inbox, b"")])
    keys = [describe(SORT_MESSAGE).sort_keys, describe(b"").sort_keys]
    assert sort_rows(inbox) == keys
    assert keys[0].base_subject == b"ENGINES"


def test_sort_keys_come_with_columns_of_any_kind(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uid = append(user_store, inbox, SORT_MESSAGE)
    inbox.fill([uid])
    content = describe(SORT_MESSAGE)
    columns = (Column.SENT_AT, Column.ENVELOPE, Column.SIZE, Column.IS_REPLY, Column.UID)
    assert inbox.rows(columns, ALL) == [
        (content.sort_keys.sent_at, content.envelope, len(SORT_MESSAGE), 1, uid)
    ]


def test_sort_keys_come_from_many_ranges(user_store: UserStore, inbox: MailboxStore) -> None:
    uids = append_many(user_store, inbox, 5)
    inbox.fill(uids)
    rows = inbox.rows((Column.UID, Column.BASE_SUBJECT), [(n, n) for n in range(1, 400, 2)])
    assert rows == [(uid, b"MESSAGE %d" % uids.index(uid)) for uid in uids if uid % 2]


def test_a_copy_has_the_sort_keys_of_its_source(user_store: UserStore, inbox: MailboxStore) -> None:
    uid = append(user_store, inbox, SORT_MESSAGE)
    inbox.fill([uid])
    [copy] = inbox.copy(ALL, "INBOX").uids
    inbox.fill([copy])
    first, second = sort_rows(inbox)
    assert first == second
    inbox.expunge(only(uid), only_deleted=False)
    assert sort_rows(inbox) == [second]


def test_a_copy_has_the_content_of_its_source(user_store: UserStore, inbox: MailboxStore) -> None:
    uid = append(user_store, inbox)
    inbox.fill([uid])
    [copy] = inbox.copy(ALL, "INBOX").uids
    inbox.fill([copy])
    columns = (Column.ENVELOPE, Column.BODY, Column.BODY_STRUCTURE, Column.FIELDS, Column.PARTS)
    first, second = inbox.rows(columns, ALL)
    assert first == second
