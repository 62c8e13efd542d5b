"""What other programs do to a Maildir is taken in, and never is an error."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailstore.model.errors import MailboxGone, MessageGone
from mailstore.model.flags import ANSWERED, DELETED, FLAGGED, SEEN, FlagChange, FlagMode
from mailstore.store.maildir.mailbox import MaildirMailbox
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.opening import open_user
from mailstore.store.ports import Column
from tests.contract.mail import append, append_many, flags_of, message, octets_of, only, store_flags
from tests.unit.store.files import ALL, OLD, age, bases, column, deliver, forget_index, names


def test_a_delivered_file_gets_the_next_uid(root: Path, inbox: MaildirMailbox) -> None:
    before = inbox.state()
    deliver(root, "1700000000.a.host", b"A: b\r\n\r\nx\r\n")
    assert inbox.sync() is True
    assert list(inbox.uids()) == [before.uid_next]
    assert inbox.state().highest_mod_seq > before.highest_mod_seq
    assert octets_of(inbox, before.uid_next) == b"A: b\r\n\r\nx\r\n"
    assert column(inbox, Column.INTERNAL_DATE) == [OLD]


def test_nothing_new_changes_nothing(root: Path, inbox: MaildirMailbox) -> None:
    deliver(root, "1.a.host")
    inbox.sync()
    state = inbox.state()
    assert inbox.sync() is False
    assert inbox.state() == state


def test_an_old_directory_that_was_read_needs_no_second_look(
    root: Path, inbox: MaildirMailbox
) -> None:
    deliver(root, "1.a.host")
    age(root)
    inbox.sync()
    assert inbox.sync_is_short()


def test_a_directory_that_changed_just_now_is_looked_at_again(
    root: Path, inbox: MaildirMailbox
) -> None:
    # A second file may come within the same tick of the clock that stamps directories.
    deliver(root, "1.a.host")
    inbox.sync()
    stamp = os.stat(root / "new").st_mtime_ns
    deliver(root, "2.b.host")
    os.utime(root / "new", ns=(stamp, stamp))
    assert not inbox.sync_is_short()
    assert inbox.sync() is True
    assert inbox.state().messages == 2


def test_messages_are_numbered_in_the_order_of_delivery(root: Path, inbox: MaildirMailbox) -> None:
    for name in ("30.c.host", "200.d.host", "10.a.host", "10.b.host"):
        deliver(root, name)
    inbox.sync()
    assert list(bases(inbox, root).values()) == [
        b"10.a.host",
        b"10.b.host",
        b"30.c.host",
        b"200.d.host",
    ]


def test_letters_of_a_new_file_are_its_flags(root: Path, inbox: MaildirMailbox) -> None:
    deliver(root, "1.a.host:2,FRST", place="cur")
    inbox.sync()
    assert flags_of(inbox) == {1: (FLAGGED | ANSWERED | SEEN | DELETED, set())}


def test_a_renamed_file_keeps_its_uid_and_changes_its_flags(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    uid = append(store, inbox)
    before = inbox.state()
    [name] = names(root)
    (root / name).rename(root / "cur" / (name.partition("/")[2] + ":2,S"))
    assert inbox.sync() is True
    assert flags_of(inbox) == {uid: (SEEN, set())}
    changes = inbox.changes(before.highest_mod_seq)
    assert [row.uid for row in changes.changed] == [uid]
    assert changes.expunged == []


def test_a_move_from_new_to_cur_is_no_change(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    append(store, inbox)
    before = inbox.state()
    [name] = names(root)
    (root / name).rename(root / "cur" / (name.partition("/")[2] + ":2,"))
    assert inbox.sync() is False
    assert inbox.state() == before


def test_a_removed_file_is_expunged(root: Path, store: MaildirStore, inbox: MaildirMailbox) -> None:
    uids = append_many(store, inbox, 3)
    before = inbox.state()
    os.unlink(root / "new" / os.fsdecode(bases(inbox, root)[uids[1]]))
    assert inbox.sync() is True
    assert list(inbox.uids()) == [uids[0], uids[2]]
    assert inbox.changes(before.highest_mod_seq).expunged == only(uids[1])
    assert inbox.state().uid_next == before.uid_next


def test_a_file_that_comes_back_gets_a_new_uid(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    uid = append(store, inbox, b"A: b\r\n\r\nkept\r\n")
    [name] = names(root)
    (root / name).rename(root / "away")
    inbox.sync()
    assert list(inbox.uids()) == []
    (root / "away").rename(root / name)
    inbox.sync()
    assert list(inbox.uids()) == [uid + 1]
    assert octets_of(inbox, uid + 1) == b"A: b\r\n\r\nkept\r\n"


def test_a_file_that_came_back_keeps_its_new_uid_without_the_index(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    append(store, inbox)
    [name] = names(root)
    (root / name).rename(root / "away")
    inbox.sync()
    (root / "away").rename(root / name)
    inbox.sync()
    uids = list(inbox.uids())
    store.close()
    forget_index(root)
    again = open_user(root)
    assert list(again.open("INBOX").uids()) == uids
    again.close()


def test_what_is_no_file_is_no_message(root: Path, tmp_path: Path, inbox: MaildirMailbox) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (root / "new" / "1.link.host").symlink_to(secret)
    os.mkfifo(root / "new" / "2.pipe.host")
    (root / "cur" / "3.directory.host").mkdir()
    deliver(root, ".hidden")
    inbox.sync()
    assert list(inbox.uids()) == []


def test_a_message_that_turns_into_a_link_is_gone(
    root: Path, tmp_path: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    uid = append(store, inbox)
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    [name] = names(root)
    (root / name).unlink()
    (root / name).symlink_to(secret)
    with pytest.raises(MessageGone):
        inbox.read(uid)
    (root / name).unlink()


def test_the_same_base_name_twice_is_two_messages(root: Path, inbox: MaildirMailbox) -> None:
    deliver(root, "1.a.host:2,S", b"first", place="cur")
    deliver(root, "1.a.host", b"second")
    inbox.sync()
    assert {octets_of(inbox, uid) for uid in inbox.uids()} == {b"first", b"second"}
    assert len(set(bases(inbox, root).values())) == 2
    assert len(names(root)) == 2


def test_a_copy_made_by_hand_in_cur_is_another_message(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    uid = append(store, inbox, flags=SEEN)
    [name] = names(root)
    (root / (name + "F")).write_bytes((root / name).read_bytes())
    inbox.sync()
    assert flags_of(inbox)[uid] == (SEEN, set())
    assert len(inbox.uids()) == 2


def test_a_file_under_two_names_is_waited_for(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    # Another program moves it by link and unlink, and we look in between.
    uid = append(store, inbox)
    [name] = names(root)
    moved = root / "cur" / (name.partition("/")[2] + ":2,S")
    os.link(root / name, moved)
    inbox.sync()
    assert list(inbox.uids()) == [uid]
    assert len(names(root)) == 2
    (root / name).unlink()
    inbox.sync()
    assert flags_of(inbox) == {uid: (SEEN, set())}


def test_names_that_cannot_be_listed_are_renamed(root: Path, inbox: MaildirMailbox) -> None:
    (root / "cur" / "1.a\nb.host:2,S").write_bytes(b"x")
    (root / "cur" / ":2,F").write_bytes(b"y")
    inbox.sync()
    assert sorted(flags for flags, _ in flags_of(inbox).values()) == [SEEN, FLAGGED]
    assert len(names(root)) == 2


def test_names_of_any_octets_are_messages(root: Path, inbox: MaildirMailbox) -> None:
    (root / "cur" / os.fsdecode(b"1.\xff\xfe\x01.host:2,S")).write_bytes(b"x")
    inbox.sync()
    assert flags_of(inbox) == {1: (SEEN, set())}
    store_flags(inbox, [1], FlagMode.ADD, FLAGGED)
    assert os.listdir(os.fsencode(root / "cur")) == [b"1.\xff\xfe\x01.host:2,FS"]


def test_letters_that_mean_nothing_here_are_kept(root: Path, inbox: MaildirMailbox) -> None:
    deliver(root, "1.a.host:2,PSx,more", place="cur")
    inbox.sync()
    store_flags(inbox, [1], FlagMode.ADD, FLAGGED)
    store_flags(inbox, [1], FlagMode.REMOVE, SEEN)
    assert names(root) == ["cur/1.a.host:2,FPx,more"]


def test_a_letter_gets_its_keyword_when_the_file_of_keywords_names_it(
    root: Path, inbox: MaildirMailbox
) -> None:
    deliver(root, "1.a.host:2,Sb", place="cur")
    inbox.sync()
    assert flags_of(inbox) == {1: (SEEN, set())}
    (root / "dovecot-keywords").write_bytes(b"0 one\n1 two\n")
    deliver(root, "2.a.host:2,a", place="cur")
    inbox.sync()
    assert flags_of(inbox) == {1: (SEEN, {b"two"}), 2: (0, {b"one"})}


def test_a_keyword_that_takes_a_letter_in_use_is_told(root: Path, inbox: MaildirMailbox) -> None:
    deliver(root, "1.a.host:2,a", place="cur")
    deliver(root, "2.b.host")
    inbox.sync()
    point = inbox.state().highest_mod_seq
    store_flags(inbox, [2], FlagMode.ADD, 0, b"first")
    assert flags_of(inbox) == {1: (0, {b"first"}), 2: (0, {b"first"})}
    changed = inbox.changes(point).changed
    assert [row.uid for row in changed] == [1, 2]
    assert changed[0].mod_seq != changed[1].mod_seq


def test_flags_are_stored_on_a_file_that_another_program_renamed(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    uid = append(store, inbox)
    [name] = names(root)
    (root / name).rename(root / "cur" / (name.partition("/")[2] + ":2,F"))
    result = store_flags(inbox, [uid], FlagMode.ADD, SEEN)
    assert [(row.uid, row.flags) for row in result.rows] == [(uid, SEEN | FLAGGED)]
    assert flags_of(inbox) == {uid: (SEEN | FLAGGED, set())}


def test_flags_of_a_file_that_is_gone_expunge_it(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    first, second = append_many(store, inbox, 2)
    os.unlink(root / "new" / os.fsdecode(bases(inbox, root)[first]))
    result = store_flags(inbox, [first, second], FlagMode.ADD, SEEN)
    assert [row.uid for row in result.rows] == [second]
    assert list(inbox.uids()) == [second]


def test_expunge_finds_a_renamed_file(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    uid = append(store, inbox, flags=DELETED)
    [name] = names(root)
    (root / name).rename(root / (name + "S").replace("TS", "ST"))
    assert inbox.expunge(ALL) == [uid]
    assert names(root) == []


def test_expunge_spares_a_message_that_another_program_undeleted(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    uid = append(store, inbox, flags=DELETED)
    [name] = names(root)
    (root / name).rename(root / name.replace("T", ""))
    assert inbox.expunge(ALL) == []
    assert flags_of(inbox) == {uid: (0, set())}


@pytest.mark.parametrize("moves", [False, True])
def test_copy_and_move_leave_out_what_is_gone_and_find_what_was_renamed(
    root: Path, store: MaildirStore, inbox: MaildirMailbox, moves: bool
) -> None:
    store.create("Target")
    gone, renamed, still = append_many(store, inbox, 3)
    known = bases(inbox, root)
    os.unlink(root / "new" / os.fsdecode(known[gone]))
    base = os.fsdecode(known[renamed])
    (root / "new" / base).rename(root / "cur" / (base + ":2,S"))
    done = inbox.move(ALL, "Target") if moves else inbox.copy(ALL, "Target")
    assert done.sources == [renamed, still]
    assert [flags for flags, _ in flags_of(store.open("Target")).values()] == [SEEN, 0]
    assert list(inbox.uids()) == ([] if moves else [renamed, still])


def test_read_finds_a_renamed_file_and_misses_a_removed_one(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    uid = append(store, inbox, message(1))
    [name] = names(root)
    moved = root / "cur" / (name.partition("/")[2] + ":2,R")
    (root / name).rename(moved)
    assert octets_of(inbox, uid) == message(1)
    moved.unlink()
    with pytest.raises(MessageGone):
        inbox.read(uid)
    assert list(inbox.uids()) == []


def test_fill_reads_what_was_delivered_and_passes_over_what_is_gone(
    root: Path, inbox: MaildirMailbox
) -> None:
    deliver(root, "1.a.host", b"Subject: one\n\nx\n")
    deliver(root, "2.b.host", b"Subject: two\n\nx\n")
    inbox.sync()
    (root / "new" / "1.a.host").unlink()
    inbox.fill([1, 2])
    [(uid, envelope)] = inbox.rows((Column.UID, Column.ENVELOPE), ALL)
    assert uid == 2
    assert b'"two"' in envelope


def test_files_with_bare_line_feeds_have_the_size_that_is_sent(
    root: Path, inbox: MaildirMailbox
) -> None:
    deliver(root, "1.a.host", b"A: b\n\nx\n")
    inbox.sync()
    assert column(inbox, Column.SIZE) == [11]
    assert octets_of(inbox, 1) == b"A: b\r\n\r\nx\r\n"


@pytest.mark.parametrize(
    "name", ["1.a,S=8,W=11", "1.a,S=9,W=12", "1.a,S=8", "1.a,W=99", "1.a,S=8,W=99", "1.a,W=7"]
)
def test_sizes_in_names_are_right_or_not_believed(
    root: Path, inbox: MaildirMailbox, name: str
) -> None:
    deliver(root, name, b"A: b\n\nx\n")
    inbox.sync()
    assert column(inbox, Column.SIZE) == [11]


@pytest.mark.parametrize("claim", [8, 12, 16])
def test_a_size_that_was_wrongly_claimed_is_put_right_when_the_message_is_read(
    root: Path, inbox: MaildirMailbox, claim: int
) -> None:
    deliver(root, f"1.a,S=8,W={claim}", b"A: b\n\nx\n")
    inbox.sync()
    assert octets_of(inbox, 1) == b"A: b\r\n\r\nx\r\n"
    assert column(inbox, Column.SIZE) == [11]


def test_a_file_that_another_program_rewrote_is_served_as_it_is(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    uid = append(store, inbox, b"A: b\r\n\r\nlong text\r\n")
    [name] = names(root)
    (root / name).write_bytes(b"A: c\n\nx\n")
    assert octets_of(inbox, uid) == b"A: c\r\n\r\nx\r\n"
    assert column(inbox, Column.SIZE) == [11]
    inbox.fill([uid])
    assert column(inbox, Column.SIZE) == [11]


def test_a_folder_that_another_program_made_is_a_mailbox(root: Path, store: MaildirStore) -> None:
    for part in ("cur", "new", "tmp"):
        (root / ".Made.By hand" / part).mkdir(parents=True)
    (root / ".no-mailbox").mkdir()
    deliver(root / ".Made.By hand", "1.a.host")
    assert [info.name for info in store.mailboxes()] == ["INBOX", "Made", "Made/By hand"]
    assert store.status("Made/By hand").messages == 1


def test_a_folder_that_another_program_removed_is_gone(root: Path, store: MaildirStore) -> None:
    store.create("Away")
    mailbox = store.open("Away")
    (root / ".Away").rename(root / "tmp" / "away")
    with pytest.raises(MailboxGone):
        mailbox.sync()
    assert [info.name for info in store.mailboxes()] == ["INBOX"]


def test_missing_directories_are_made_again(root: Path, inbox: MaildirMailbox) -> None:
    (root / "new").rmdir()
    inbox.sync()
    deliver(root, "1.a.host")
    inbox.sync()
    assert inbox.state().messages == 1


def test_a_hundred_messages_renamed_at_once_all_keep_their_uids(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    uids = append_many(store, inbox, 100)
    inbox.claim_recent()
    for name in os.listdir(root / "cur"):
        (root / "cur" / name).rename(root / "cur" / (name + "S"))
    inbox.sync()
    assert flags_of(inbox) == {uid: (SEEN, set()) for uid in uids}


def test_the_own_change_hides_no_other_for_ever(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    # Another program's rename in the same instant as ours leaves one time of modification.
    first, second = append_many(store, inbox, 2)
    inbox.claim_recent()
    age(root)
    inbox.sync()
    inbox.store_flags([(first, first)], FlagChange(FlagMode.ADD, SEEN, ()))
    stamp = os.stat(root / "cur").st_mtime_ns
    other = os.fsdecode(bases(inbox, root)[second])
    (root / "cur" / (other + ":2,")).rename(root / "cur" / (other + ":2,F"))
    os.utime(root / "cur", ns=(stamp, stamp))
    with inbox.home.database.transaction() as connection:
        connection.execute("UPDATE mailboxes SET cur_mtime = ?", (OLD * 10**9,))
    os.utime(root / "cur", (OLD, OLD))
    assert inbox.sync() is True
    assert flags_of(inbox) == {first: (SEEN, set()), second: (FLAGGED, set())}
