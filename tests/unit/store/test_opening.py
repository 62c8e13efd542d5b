"""Opening a user's mail: who is new, what is made, what the folders are for."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from mailstore.model.errors import (
    InUse,
    MailboxExists,
    NoSuchMailbox,
    ReadOnly,
    Unavailable,
)
from mailstore.model.mailbox import MailboxInfo
from mailstore.store import durable
from mailstore.store.maildir.folder import Folder
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.opening import open_user
from mailstore.store.ports import Column
from tests.contract.mail import append, append_many, names, octets_of
from tests.unit.store.files import ALL, column, deliver, forget_index

STANDARD = (("Sent", b"\\Sent"), ("Trash", b"\\Trash"), ("Notes", None))


def uses(store: MaildirStore) -> dict[str, bytes]:
    return {info.name: info.special_use for info in store.mailboxes() if info.special_use}


def test_a_new_user_gets_the_standard_mailboxes_subscribed(root: Path) -> None:
    store = open_user(root, standard=STANDARD)
    assert store.mailboxes() == [
        MailboxInfo("INBOX", True, None),
        MailboxInfo("Notes", True, None),
        MailboxInfo("Sent", True, b"\\Sent"),
        MailboxInfo("Trash", True, b"\\Trash"),
    ]
    assert store.subscriptions() == ["Notes", "Sent", "Trash"]
    assert (root / ".Sent" / "maildirfolder").exists()
    store.close()


def test_mail_is_open_to_its_owner_only(root: Path) -> None:
    store = open_user(root, standard=STANDARD)
    append(store, store.open("Sent"))
    store.close()
    for path in (root, *root.rglob("*")):
        assert not stat.S_IMODE(path.lstat().st_mode) & 0o077, path


def test_an_old_user_gets_no_new_mailboxes_but_uses_for_those_there(root: Path) -> None:
    for folder in (".", ".Sent"):
        for part in ("cur", "new", "tmp"):
            (root / folder / part).mkdir(parents=True)
    store = open_user(root, standard=STANDARD)
    assert names(store) == ["INBOX", "Sent"]
    assert uses(store) == {"Sent": b"\\Sent"}
    store.close()


def test_a_deleted_standard_mailbox_stays_deleted(root: Path) -> None:
    store = open_user(root, standard=STANDARD)
    store.delete("Trash")
    store.close()
    again = open_user(root, standard=STANDARD)
    assert names(again) == ["INBOX", "Notes", "Sent"]
    again.close()


def test_a_crash_while_the_standard_mailboxes_are_made_leaves_the_user_new(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(step: str) -> None:
        if step == "rename-directory":
            raise KeyboardInterrupt

    monkeypatch.setattr(durable, "after_step", stop)
    with pytest.raises(KeyboardInterrupt):
        open_user(root, standard=STANDARD)
    monkeypatch.undo()
    store = open_user(root, standard=STANDARD)
    assert names(store) == ["INBOX", "Notes", "Sent", "Trash"]
    assert store.subscriptions() == ["Notes", "Sent", "Trash"]
    store.close()


def test_special_uses_outlive_the_index_and_go_with_a_renamed_mailbox(root: Path) -> None:
    store = open_user(root)
    store.create("Alt/Post", b"\\Archive")
    store.rename("Alt", "Neu")
    store.close()
    forget_index(root)
    again = open_user(root)
    assert uses(again) == {"Neu/Post": b"\\Archive"}
    again.delete("Neu/Post")
    again.create("Neu/Post")
    assert uses(again) == {}
    again.close()


def test_a_use_that_is_taken_is_nobody_elses_by_its_name(root: Path) -> None:
    store = open_user(root, standard=STANDARD)
    store.rename("Sent", "Gesendet")
    store.create("Sent")
    assert uses(store) == {"Gesendet": b"\\Sent", "Trash": b"\\Trash"}
    store.close()


@pytest.mark.parametrize(
    "garbage", [b"\xff\xfe\0\n", b"Sent\n", b"Nothing .Sent\n", b" .Sent\n", b"Sent  \n"]
)
def test_garbage_in_the_file_of_uses_is_no_use(root: Path, garbage: bytes) -> None:
    store = open_user(root)
    store.create("Sent")
    (root / "mailstore-special-use").write_bytes(garbage)
    assert uses(store) == {}
    store.close()


def test_a_linked_folder_is_no_mailbox(root: Path, tmp_path: Path) -> None:
    stranger = open_user(tmp_path / "stranger")
    append(stranger, stranger.open("INBOX"))
    stranger.close()
    store = open_user(root)
    (root / ".Link").symlink_to(tmp_path / "stranger")
    assert names(store) == ["INBOX"]
    with pytest.raises(NoSuchMailbox):
        store.open("Link")
    with pytest.raises(MailboxExists):
        store.create("Link")
    store.close()


def test_something_else_in_place_of_the_maildir_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable):
        open_user(tmp_path / "file" / "Maildir")


def test_one_session_at_a_time_has_the_maildrop(root: Path) -> None:
    first, second = open_user(root), open_user(root)
    release = first.lock_maildrop()
    with pytest.raises(InUse):
        second.lock_maildrop()
    release()
    release()
    second.lock_maildrop()()
    first.close()
    second.close()


def test_a_read_only_maildir_is_read_and_not_changed(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_user(root)
    append_many(store, store.open("INBOX"), 2)
    store.close()
    deliver(root, "1.a.host")
    before = sorted(path.name for path in root.rglob("*"))
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "read_only", lambda folder: True)
        store = open_user(root, index=tmp_path / "elsewhere" / "index")
        inbox = store.open("INBOX")
        assert inbox.read_only
        # The third has no UID yet, and none can be recorded.
        assert list(inbox.uids()) == [1, 2]
        assert octets_of(inbox, 2)
        assert inbox.claim_recent() == 1
        with pytest.raises(ReadOnly):
            inbox.expunge(ALL, only_deleted=False)
        with pytest.raises(ReadOnly):
            append(store, inbox)
        with pytest.raises(ReadOnly):
            inbox.copy(ALL, "INBOX")
        store.close()
    assert sorted(path.name for path in root.rglob("*")) == before


def test_a_failed_rename_leaves_every_mailbox_where_it_was(root: Path, store: MaildirStore) -> None:
    for name in ("A", "A/B", "A/C"):
        store.create(name)
    append(store, store.open("A/B"))
    # Not a mailbox, and in the way of the second.
    (root / ".New.C").mkdir()
    with pytest.raises(MailboxExists):
        store.rename("A", "New")
    assert names(store) == ["INBOX", "A", "A/B", "A/C"]
    assert store.status("A/B").messages == 1
    (root / ".New.C").rmdir()


def test_a_renamed_mailbox_keeps_uids_and_what_was_read(root: Path, store: MaildirStore) -> None:
    store.create("Old")
    append_many(store, store.open("Old"), 3)
    status = store.status("Old")
    store.rename("Old", "New")
    assert store.status("New") == status
    assert None not in column(store.open("New"), Column.ENVELOPE)


def test_a_deleted_mailbox_leaves_nothing_behind(root: Path, store: MaildirStore) -> None:
    before = sorted(os.listdir(root / "tmp"))
    store.create("Gone")
    append_many(store, store.open("Gone"), 3)
    store.delete("Gone")
    assert sorted(os.listdir(root / "tmp")) == before
    assert not (root / ".Gone").exists()
