"""Links, pipes and directories in the places of messages and of folders; names too long."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailstore.model.errors import MessageGone, NoSuchMailbox, Unavailable
from mailstore.model.flags import DELETED, FLAGGED, SEEN, FlagChange, FlagMode
from mailstore.model.sequence_set import MAX_UID
from mailstore.store.check import check_store
from mailstore.store.maildir import rubbish
from mailstore.store.maildir.mailbox import MaildirMailbox
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.opening import open_user
from mailstore.store.ports import NewMessage

ALL = ((1, MAX_UID),)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MaildirStore]:
    opened = open_user(tmp_path / "mail", standard=[("Sent", None)])
    yield opened
    opened.close()


@pytest.fixture
def inbox(store: MaildirStore, tmp_path: Path) -> MaildirMailbox:
    """Two messages, the first of which was replaced by a link to a secret."""
    (tmp_path / "secret").write_bytes(b"Subject: secret\r\n\r\n")
    mailbox = store.open("INBOX")
    for _ in range(2):
        spool = store.spool()
        spool.write(b"Subject: good\r\n\r\n")
        mailbox.append([NewMessage(spool)])
    first = min((tmp_path / "mail/new").iterdir())
    first.unlink()
    first.symlink_to(tmp_path / "secret")
    return mailbox


def test_a_message_that_became_a_link_is_expunged_by_reading_it(
    store: MaildirStore, inbox: MaildirMailbox
) -> None:
    with pytest.raises(MessageGone):
        inbox.read(1)
    assert list(inbox.uids()) == [2]
    assert check_store(store) == []


def test_a_message_that_became_a_link_is_expunged_by_filling_it(
    store: MaildirStore, inbox: MaildirMailbox
) -> None:
    store.home.database.connection.execute("UPDATE messages SET content = NULL")
    store.home.database.connection.execute("DELETE FROM contents")
    inbox.fill([1, 2])
    assert list(inbox.uids()) == [2]


@pytest.mark.parametrize("way", ["copy", "move"])
def test_a_message_that_became_a_link_is_not_copied(
    store: MaildirStore, inbox: MaildirMailbox, tmp_path: Path, way: str
) -> None:
    copied = getattr(inbox, way)(ALL, "Sent")
    assert copied.sources == [2]
    target = tmp_path / "mail/.Sent"
    assert not any(path.is_symlink() for path in target.rglob("*"))
    assert check_store(store) == []


def test_a_message_that_cannot_be_opened_is_not_expunged(
    store: MaildirStore, inbox: MaildirMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **more: object) -> int:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fail)
        with pytest.raises((MessageGone, Unavailable)):
            inbox.read(2)
    assert list(inbox.uids()) == [1, 2]


@pytest.mark.parametrize("part", ["cur", "new", "tmp"])
def test_a_folder_with_a_link_in_it_is_no_mailbox(
    store: MaildirStore, tmp_path: Path, part: str
) -> None:
    other = tmp_path / "other"
    for name in ("cur", "new", "tmp"):
        (other / name).mkdir(parents=True)
    folder = tmp_path / "mail/.Sent"
    (folder / part).rmdir()
    (folder / part).symlink_to(other / part)
    assert "Sent" not in [info.name for info in store.mailboxes()]
    with pytest.raises(NoSuchMailbox):
        store.open("Sent")


@pytest.mark.parametrize("part", ["cur", "new"])
def test_inbox_with_a_link_in_it_is_out_of_reach(
    store: MaildirStore, inbox: MaildirMailbox, tmp_path: Path, part: str
) -> None:
    folder = tmp_path / "mail" / part
    folder.rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/1.foreign").write_bytes(b"Subject: secret\r\n\r\n")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unavailable):
        inbox.sync()


def test_nothing_is_removed_from_behind_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    old = tmp_path / "other/1.mail"
    old.write_bytes(b"")
    os.utime(old, (0, 0))
    (tmp_path / "tmp").symlink_to(tmp_path / "other")
    monkeypatch.setattr(rubbish, "AGE_S", -10)
    rubbish.clear(os.fsencode(tmp_path / "tmp"))
    assert old.exists()
    rubbish.clear(os.fsencode(tmp_path / "other"))
    assert not old.exists()


@pytest.mark.parametrize(
    "name",
    ["n" * 255, "n" * 201, "n:2," + "abcdefghijklmnopqrstuvwxyz" * 9, "n:2," + "\u00e9" * 120],
)
def test_a_name_that_flags_could_not_be_added_to_is_changed(
    store: MaildirStore, tmp_path: Path, name: str
) -> None:
    place = "cur" if ":" in name else "new"
    (tmp_path / "mail" / place / name).write_bytes(b"Subject: good\r\n\r\n")
    mailbox = store.open("INBOX")
    mailbox.sync()
    keywords = tuple(b"keyword%d" % number for number in range(26))
    change = FlagChange(FlagMode.ADD, FLAGGED | SEEN | DELETED, keywords)
    [row] = mailbox.store_flags(ALL, change).rows
    assert row.flags & FLAGGED
    assert check_store(store) == []


def test_a_long_name_that_the_list_has_keeps_its_uid(tmp_path: Path) -> None:
    store = open_user(tmp_path / "mail")
    base = "n" * 210
    (tmp_path / "mail/cur" / (base + ":2,S")).write_bytes(b"Subject: good\r\n\r\n")
    (tmp_path / "mail/dovecot-uidlist").write_text(f"3 V1234 N8 G{'0' * 32}\n7 :{base}\n")
    mailbox = store.open("INBOX")
    mailbox.sync()
    assert list(mailbox.uids()) == [7]
    store.close()
