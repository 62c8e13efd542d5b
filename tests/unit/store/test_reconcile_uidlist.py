"""UIDs are what ``dovecot-uidlist`` says, whatever happened to the index or to the list."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailstore.model.errors import MailboxGone
from mailstore.model.flags import FLAGGED, SEEN
from mailstore.store.maildir import uidlist
from mailstore.store.maildir.mailbox import MaildirMailbox
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.opening import open_user
from mailstore.store.ports import Column
from tests.contract.mail import append, append_many, flags_of, numbers_in, octets_of, only
from tests.unit.store.files import ALL, age, bases, column, deliver, forget_index, names

GUID = "0123456789abcdef0123456789abcdef"


def dovecot_maildir(root: Path, uidlist_text: str, *files: str, keywords: str = "") -> None:
    for part in ("cur", "new", "tmp"):
        (root / part).mkdir(parents=True)
    (root / "dovecot-uidlist").write_text(uidlist_text)
    if keywords:
        (root / "dovecot-keywords").write_text(keywords)
    for name in files:
        deliver(root, name, b"A: b\n\nx\n", place="cur" if ":" in name else "new")


def test_the_index_comes_back_as_it_was(root: Path, store: MaildirStore) -> None:
    inbox = store.open("INBOX")
    append_many(store, inbox, 3)
    append(store, inbox, flags=SEEN | FLAGGED, keywords=(b"one", b"$Two"), internal_date=86_400)
    inbox.expunge([(2, 2)], only_deleted=False)
    columns = (Column.UID, Column.FLAGS, Column.KEYWORDS, Column.SIZE, Column.INTERNAL_DATE)
    before, status = inbox.rows(columns, ALL), store.status("INBOX")
    store.close()
    forget_index(root)
    again = open_user(root)
    inbox = again.open("INBOX")
    assert inbox.rows(columns, ALL) == before
    after = again.status("INBOX")
    assert after.highest_mod_seq > status.highest_mod_seq
    assert after._replace(highest_mod_seq=0, recent=0) == status._replace(
        highest_mod_seq=0, recent=0
    )
    again.close()


def test_after_a_rebuild_everything_is_told_again(root: Path, store: MaildirStore) -> None:
    inbox = store.open("INBOX")
    uids = append_many(store, inbox, 4)
    told = inbox.state().highest_mod_seq
    inbox.expunge([(uids[1], uids[1]), (uids[3], uids[3])], only_deleted=False)
    store.close()
    forget_index(root)
    again = open_user(root)
    changes = again.open("INBOX").changes(told)
    assert changes.expunged == only(uids[1], uids[3])
    assert [row.uid for row in changes.changed] == [uids[0], uids[2]]
    again.close()


def test_a_uid_is_never_given_twice_though_the_last_message_is_gone(
    root: Path, store: MaildirStore
) -> None:
    inbox = store.open("INBOX")
    uids = append_many(store, inbox, 3)
    inbox.expunge(ALL, only_deleted=False)
    store.close()
    forget_index(root)
    again = open_user(root)
    assert append(again, again.open("INBOX")) == uids[-1] + 1
    again.close()


def test_a_maildir_of_dovecot_keeps_uids_flags_keywords_and_unique_ids(root: Path) -> None:
    dovecot_maildir(
        root,
        f"3 V1600000000 N12 G{GUID}\n"
        "3 Wx :never.there\n"
        "5 W11 :1.a.host\n"
        "7 P000000055f0e1d2 :2.b.host,S=8,W=11\n"
        "9 :3.c.host\n",
        "1.a.host:2,Sa",
        "2.b.host,S=8,W=11:2,b",
        "3.c.host:2,",
        keywords="0 $Forwarded\n1 NonJunk\n",
    )
    store = open_user(root)
    inbox = store.open("INBOX")
    assert flags_of(inbox) == {5: (SEEN, {b"$Forwarded"}), 7: (0, {b"NonJunk"}), 9: (0, set())}
    assert inbox.state()[:2] == (1_600_000_000, 12)
    assert column(inbox, Column.UNIQUE_ID) == [None, b"000000055f0e1d2", None]
    assert column(inbox, Column.SIZE) == [11, 11, 11]
    assert store.status("INBOX").mailbox_id == GUID.encode()
    assert append(store, inbox) == 12
    store.close()


@pytest.mark.parametrize("text", [b"", b"\x7f", b"x" * 71, "é".encode()])
def test_a_unique_id_that_pop3_cannot_say_is_none(root: Path, text: bytes) -> None:
    dovecot_maildir(root, "", "1.a.host:2,")
    (root / "dovecot-uidlist").write_bytes(
        b"3 V1600000000 N2 G%b\n1 P%b :1.a.host\n" % (GUID.encode(), text)
    )
    store = open_user(root)
    assert column(store.open("INBOX"), Column.UNIQUE_ID) == [None]
    store.close()


def test_a_list_of_version_1_keeps_its_uids(root: Path) -> None:
    dovecot_maildir(root, "1 1600000000 9\n4 1.a.host\n6 2.b.host\n", "1.a.host:2,", "2.b.host")
    store = open_user(root)
    inbox = store.open("INBOX")
    assert bases(inbox, root) == {4: b"1.a.host", 6: b"2.b.host"}
    assert inbox.state()[:2] == (1_600_000_000, 9)
    assert (root / "dovecot-uidlist").read_bytes().startswith(b"3 V1600000000 N9 G")
    store.close()


def test_lines_that_another_program_adds_give_the_uids(root: Path, inbox: MaildirMailbox) -> None:
    deliver(root, "2.b.host")
    deliver(root, "1.a.host")
    with (root / "dovecot-uidlist").open("a") as file:
        file.write("10 :2.b.host\n")
    inbox.sync()
    assert bases(inbox, root) == {10: b"2.b.host", 11: b"1.a.host"}


def test_an_append_gives_uids_above_those_another_program_gave(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    deliver(root, "1.a.host")
    with (root / "dovecot-uidlist").open("a") as file:
        file.write("10 :1.a.host\n")
    assert append(store, inbox) == 11
    assert list(inbox.uids()) == [10, 11]


def test_a_list_that_another_program_rewrote_keeps_its_uids(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    first, second = append_many(store, inbox, 2)
    known = bases(inbox, root)
    deliver(root, "5.new.host")
    path = root / "dovecot-uidlist"
    header = path.read_bytes().split(b"\n")[0]
    path.unlink()
    path.write_bytes(
        header + b"\n%d :%b\n%d :%b\n7 :5.new.host\n" % (first, known[first], second, known[second])
    )
    inbox.sync()
    assert list(inbox.uids()) == [first, second, 7]


def test_messages_whose_lines_another_program_lost_keep_their_uids(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    path = root / "dovecot-uidlist"
    old = path.read_bytes()
    uids = append_many(store, inbox, 3)
    path.unlink()
    path.write_bytes(old)
    deliver(root, "1.a.host")
    inbox.sync()
    assert list(inbox.uids()) == [*uids, uids[-1] + 1]
    store.close()
    forget_index(root)
    again = open_user(root)
    assert list(again.open("INBOX").uids()) == [*uids, uids[-1] + 1]
    again.close()


def test_a_lost_list_is_written_anew_from_the_index(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    append_many(store, inbox, 3)
    state, known = inbox.state(), bases(inbox, root)
    (root / "dovecot-uidlist").unlink()
    deliver(root, "1.a.host")
    inbox.sync()
    assert inbox.state().uid_validity == state.uid_validity
    assert bases(inbox, root) == {**known, 4: b"1.a.host"}


@pytest.mark.parametrize("garbage", [b"", b"\0" * 4096, b"5 what\n", b"3 V0 N0\n", b"3 V1"])
def test_garbage_in_place_of_the_list_is_replaced_from_the_index(
    root: Path, store: MaildirStore, inbox: MaildirMailbox, garbage: bytes
) -> None:
    append_many(store, inbox, 2)
    state, known = inbox.state(), bases(inbox, root)
    (root / "dovecot-uidlist").write_bytes(garbage)
    assert append(store, inbox) == 3
    assert inbox.state().uid_validity == state.uid_validity
    assert bases(inbox, root).items() >= known.items()


def test_without_list_and_index_the_mailbox_is_a_new_one(root: Path, store: MaildirStore) -> None:
    inbox = store.open("INBOX")
    append_many(store, inbox, 2)
    validity = inbox.state().uid_validity
    store.close()
    forget_index(root)
    (root / "dovecot-uidlist").unlink()
    again = open_user(root)
    assert again.open("INBOX").state().uid_validity > validity
    assert list(again.open("INBOX").uids()) == [1, 2]
    again.close()


def test_a_new_uid_validity_in_the_list_ends_open_mailboxes(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    append(store, inbox)
    [name] = names(root)
    base = name.partition("/")[2]
    (root / "dovecot-uidlist").write_text(f"3 V4000000000 N8 G{GUID}\n7 :{base}\n")
    with pytest.raises(MailboxGone):
        append(store, inbox)
    again = store.open("INBOX")
    assert again.state()[:2] == (4_000_000_000, 8)
    assert list(again.uids()) == [7]


def test_a_half_written_line_is_not_believed(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    append(store, inbox)
    deliver(root, "1.a.host")
    with (root / "dovecot-uidlist").open("a") as file:
        file.write("9 :1.a")
    inbox.sync()
    assert bases(inbox, root)[2] == b"1.a.host"
    assert (root / "dovecot-uidlist").read_bytes().endswith(b"\n2 W20 :1.a.host\n")


def test_a_message_with_another_uid_in_the_list_gets_that_one(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    # Another server saw the file go and come again, while we did not look.
    uid = append(store, inbox)
    base = bases(inbox, root)[uid]
    header = (root / "dovecot-uidlist").read_bytes().split(b"\n")[0]
    (root / "dovecot-uidlist").unlink()
    (root / "dovecot-uidlist").write_bytes(header + b"\n20 :" + base + b"\n")
    point = inbox.state().highest_mod_seq
    deliver(root, "1.a.host")
    inbox.sync()
    assert bases(inbox, root) == {20: base, 21: b"1.a.host"}
    assert uid in numbers_in(inbox.changes(point).expunged)


def test_when_uids_run_out_the_mailbox_gets_a_new_uid_validity(root: Path) -> None:
    dovecot_maildir(
        root, f"3 V1600000000 N4294967294 G{GUID}\n4294967293 :1.a.host\n", "1.a.host:2,S"
    )
    store = open_user(root)
    assert list(store.open("INBOX").uids()) == [4_294_967_293]
    for number in range(3):
        deliver(root, f"2.{number}.host")
    mailbox = store.open("INBOX")
    with pytest.raises(MailboxGone):
        mailbox.sync()
    again = store.open("INBOX")
    assert again.state().uid_validity > 1_600_000_000
    assert list(again.uids()) == [1, 2, 3, 4]
    store.close()


def test_a_long_dead_list_is_rewritten(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    for _ in range(3):
        append_many(store, inbox, 400)
        inbox.expunge(ALL, only_deleted=False)
    uid = append(store, inbox)
    assert uid == 1201
    assert (root / "dovecot-uidlist").read_bytes().count(b"\n") < 10
    assert uidlist.read(root / "dovecot-uidlist").uid_next == 1202


def test_a_link_in_place_of_the_list_is_not_followed(
    root: Path, tmp_path: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    append(store, inbox)
    other = tmp_path / "other"
    other.write_text(f"3 V5 N5 G{GUID}\n")
    (root / "dovecot-uidlist").unlink()
    (root / "dovecot-uidlist").symlink_to(other)
    append(store, inbox)
    assert list(inbox.uids()) == [1, 2]
    assert not (root / "dovecot-uidlist").is_symlink()
    assert other.read_text() == f"3 V5 N5 G{GUID}\n"


def test_new_mailboxes_never_get_an_old_uid_validity(root: Path, store: MaildirStore) -> None:
    seen = []
    for _ in range(3):
        store.create("Again")
        seen.append(store.open("Again").state().uid_validity)
        store.delete("Again")
    assert seen == sorted(set(seen))
    store.close()
    forget_index(root)
    again = open_user(root)
    again.create("Again")
    assert again.open("Again").state().uid_validity > seen[-1]
    again.close()


def test_the_last_uid_validity_is_kept_as_dovecot_keeps_it(root: Path, store: MaildirStore) -> None:
    (root / "dovecot-uidvalidity").write_bytes(b"fff00000")
    (root / "dovecot-uidvalidity.fff00000").touch()
    store.create("Next")
    assert store.open("Next").state().uid_validity == 0xFFF00001
    assert (root / "dovecot-uidvalidity").read_bytes() == b"fff00001"
    assert [p.name for p in root.glob("dovecot-uidvalidity.*")] == ["dovecot-uidvalidity.fff00001"]


def test_recent_messages_stay_recent_without_the_index(root: Path, store: MaildirStore) -> None:
    inbox = store.open("INBOX")
    append(store, inbox)
    inbox.claim_recent()
    deliver(root, "1.a.host")
    inbox.sync()
    store.close()
    forget_index(root)
    again = open_user(root)
    assert again.status("INBOX").recent == 1
    assert again.open("INBOX").claim_recent() == 2
    assert os.listdir(root / "new") == []
    again.close()


def test_the_same_file_is_not_read_twice_to_count_it(root: Path, inbox: MaildirMailbox) -> None:
    deliver(root, "1.a.host", b"A: b\n\nx\n")
    inbox.sync()
    age(root)
    assert b" W11 :1.a.host\n" in (root / "dovecot-uidlist").read_bytes()
    assert octets_of(inbox, 1) == b"A: b\r\n\r\nx\r\n"
