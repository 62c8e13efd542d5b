from __future__ import annotations

from mailstore.mime.content import describe
from mailstore.model.flags import SEEN, FlagMode
from mailstore.model.sequence_set import MAX_UID
from mailstore.store.ports import CONTENT_COLUMNS, Column, MailboxStore, UserStore
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
    columns = tuple(sorted(CONTENT_COLUMNS))
    content = describe(octets)
    assert inbox.rows(columns, ALL) == [tuple(getattr(content, column) for column in columns)]


def test_fill_takes_many_and_leaves_out_what_is_gone(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = append_many(user_store, inbox, 3)
    inbox.expunge(only(uids[1]), only_deleted=False)
    inbox.fill([*uids, 4_000_000])
    inbox.fill([])
    rows = inbox.rows((Column.UID, *sorted(CONTENT_COLUMNS)), ALL)
    assert uids_of(rows) == [uids[0], uids[2]]
    assert all(isinstance(value, bytes) for row in rows for value in row[1:])


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


def test_a_copy_has_the_content_of_its_source(user_store: UserStore, inbox: MailboxStore) -> None:
    uid = append(user_store, inbox)
    inbox.fill([uid])
    [copy] = inbox.copy(ALL, "INBOX").uids
    inbox.fill([copy])
    columns = tuple(sorted(CONTENT_COLUMNS))
    first, second = inbox.rows(columns, ALL)
    assert first == second


def test_the_same_message_has_the_same_digest_and_no_other_has(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    append(user_store, inbox, message(1))
    append(user_store, inbox, message(2))
    append(user_store, inbox, message(1).replace(b"\r\n", b"\n"))
    inbox.fill(list(inbox.uids()))
    first, second, again = (digest for (digest,) in inbox.rows((Column.DIGEST,), ALL))
    assert first == again != second


def test_every_message_has_a_guid_of_its_own(user_store: UserStore, inbox: MailboxStore) -> None:
    append_many(user_store, inbox, 3)
    guids = [guid for (guid,) in inbox.rows((Column.GUID,), ALL)]
    assert all(guids)
    assert len(set(guids)) == 3
    store_flags(inbox, [1, 2], FlagMode.ADD, SEEN)
    assert [guid for (guid,) in inbox.rows((Column.GUID,), ALL)] == guids


def test_a_copy_and_what_was_moved_keep_the_guid(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    append_many(user_store, inbox, 2)
    guids = inbox.rows((Column.GUID,), ALL)
    user_store.create("Work")
    work = user_store.open("Work")
    inbox.copy(ALL, "Work")
    assert work.rows((Column.GUID,), ALL) == guids
    inbox.move(ALL, "Work")
    work.move([(1, 2)], "INBOX")
    assert work.rows((Column.GUID,), ALL) == inbox.rows((Column.GUID,), ALL) == guids
    work.close()
