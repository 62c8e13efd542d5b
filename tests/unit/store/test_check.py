"""The check finds what is wrong, and the repair mends it and loses nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from mailstore.model.flags import DELETED, SEEN
from mailstore.store.check import check_user
from mailstore.store.opening import INDEX_NAME, open_user
from mailstore.store.ports import Column
from tests.contract.mail import append, append_many, flags_of, octets_of
from tests.unit.store.files import ALL, age, deliver


@pytest.fixture
def mail(root: Path) -> Path:
    """Three messages in INBOX, as after a quiet while, and one in Sent."""
    store = open_user(root, standard=[("Sent", b"\\Sent")])
    inbox = store.open("INBOX")
    append_many(store, inbox, 2)
    append(store, inbox, flags=SEEN | DELETED, keywords=(b"one",))
    inbox.expunge([(1, 1)], only_deleted=False)
    append(store, store.open("Sent"), flags=SEEN)
    inbox.claim_recent()
    age(root)
    inbox.sync()
    store.close()
    return root


def sql(root: Path, statement: str) -> None:
    connection = sqlite3.connect(root / INDEX_NAME)
    connection.execute(statement)
    connection.commit()
    connection.close()


def quietly(root: Path, change: Callable[[Path], object]) -> None:
    """Change cur/ so that nobody notices by its time."""
    times = os.stat(root / "cur")
    change(root / "cur")
    os.utime(root / "cur", ns=(times.st_atime_ns, times.st_mtime_ns))


def rename_seen(cur: Path) -> None:
    for name in os.listdir(cur):
        if name.endswith(":2,"):
            (cur / name).rename(cur / (name + "S"))


def remove_unseen(cur: Path) -> None:
    for path in cur.iterdir():
        if path.name.endswith(":2,"):
            path.unlink()


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "messages": (
        lambda root: sql(root, "UPDATE mailboxes SET messages = 9 WHERE folder = ''"),
        "counts 9 messages",
    ),
    "unseen": (
        lambda root: sql(root, "UPDATE mailboxes SET unseen = 7 WHERE folder = ''"),
        "counts 7 unseen",
    ),
    "deleted": (
        lambda root: sql(root, "UPDATE mailboxes SET deleted = 0 WHERE folder = ''"),
        "counts 0 deleted",
    ),
    "size": (
        lambda root: sql(root, "UPDATE mailboxes SET size = size + 1 WHERE folder = ''"),
        "octets, there are",
    ),
    "message size": (
        lambda root: sql(root, "UPDATE messages SET size = size + 1 WHERE uid = 2"),
        "octets in the index",
    ),
    "flags": (
        lambda root: sql(root, "UPDATE messages SET flags = 16 WHERE uid = 2"),
        "flags 16, and letters",
    ),
    "keywords": (
        lambda root: sql(root, "UPDATE messages SET keywords = x'' WHERE uid = 3"),
        "keywords b'', and letters b'STa'",
    ),
    "mod-sequence": (
        lambda root: sql(root, "UPDATE messages SET mod_seq = mod_seq * 2 WHERE uid = 2"),
        "above the highest",
    ),
    "uid_next": (
        lambda root: sql(root, "UPDATE mailboxes SET uid_next = 3 WHERE folder = ''"),
        "not below the next UID",
    ),
    "tombstones": (
        lambda root: sql(root, "UPDATE expunged SET last = 5"),
        "recorded as expunged",
    ),
    "content lost": (
        lambda root: sql(root, "DELETE FROM contents WHERE id = 2"),
        "contents that are missing",
    ),
    "content left": (
        lambda root: sql(root, "UPDATE messages SET content = NULL WHERE uid = 2"),
        "belong to no message",
    ),
    "sort keys lost": (
        lambda root: sql(root, "DELETE FROM sort_keys WHERE id = 2"),
        "rows of contents have none in sort_keys",
    ),
    "sort keys left": (
        lambda root: sql(root, "UPDATE sort_keys SET id = 77 WHERE id = 2"),
        "rows of sort_keys have none in contents",
    ),
    "rows of no mailbox": (
        lambda root: sql(root, "INSERT INTO expunged VALUES (77, 1, 1, 1)"),
        "belong to no mailbox",
    ),
    "row without a file": (
        lambda root: quietly(root, remove_unseen),
        "not on disk",
    ),
    "file without a row": (
        lambda root: quietly(root, lambda cur: deliver(cur.parent, "1.a.host:2,", place="cur")),
        "not in the index",
    ),
    "renamed file": (lambda root: quietly(root, rename_seen), "not on disk"),
    "list": (
        lambda root: (root / "dovecot-uidlist").write_bytes(
            b"\n".join((root / "dovecot-uidlist").read_bytes().split(b"\n")[:3]) + b"\n"
        ),
        "lacks UIDs",
    ),
    "damaged list": (
        lambda root: (root / "dovecot-uidlist").write_bytes(
            (root / "dovecot-uidlist").read_bytes() + b"what\n"
        ),
        "is not an entry",
    ),
    "no list": (lambda root: (root / "dovecot-uidlist").unlink(), "no dovecot-uidlist"),
}


def test_mail_in_order_has_no_faults(mail: Path) -> None:
    assert check_user(mail) == []


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_each_fault_is_found_and_mended(mail: Path, fault: str) -> None:
    break_it, words = FAULTS[fault]
    break_it(mail)
    found = check_user(mail)
    assert any(words in what for _, what in found), found
    assert check_user(mail, repair=True) == found
    assert check_user(mail) == []
    store = open_user(mail)
    inbox = store.open("INBOX")
    assert flags_of(inbox)[3] == (SEEN | DELETED, {b"one"})
    assert octets_of(inbox, 3).endswith(b"Hello\r\n")
    store.close()


def test_a_check_alone_changes_nothing(mail: Path) -> None:
    sql(mail, "UPDATE mailboxes SET messages = 9 WHERE folder = ''")
    assert check_user(mail) == check_user(mail) != []
    sql(mail, "UPDATE mailboxes SET messages = 2 WHERE folder = ''")


def test_what_other_programs_did_is_no_fault(mail: Path) -> None:
    deliver(mail, "1.a.host")
    rename_seen(mail / "cur")
    assert check_user(mail) == []


def test_a_folder_that_another_program_renamed_is_no_fault(mail: Path) -> None:
    (mail / ".Sent").rename(mail / ".Posted")
    assert check_user(mail) == []


def test_the_repair_keeps_uids_and_tells_clients_of_what_it_mended(mail: Path) -> None:
    sql(mail, "UPDATE messages SET flags = 16 WHERE uid = 2")
    store = open_user(mail)
    told = store.open("INBOX").state()
    store.close()
    check_user(mail, repair=True)
    again = open_user(mail)
    inbox = again.open("INBOX")
    assert inbox.state().uid_validity == told.uid_validity
    assert [row.uid for row in inbox.changes(told.highest_mod_seq).changed] == [2]
    assert [uid for (uid,) in inbox.rows((Column.UID,), ALL)] == [2, 3]
    again.close()
