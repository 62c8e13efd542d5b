"""What is left when replacing a message fails in the middle."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from mailstore.model.errors import Unavailable
from mailstore.store import durable
from mailstore.store.durable import AnyPath
from mailstore.store.maildir.mailbox import MaildirMailbox
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.maildir.writer import MailboxWriter
from tests.contract.mail import append, message, new, octets_of
from tests.unit.store.files import names


def test_if_the_old_one_cannot_go_the_new_one_does(
    root: Path, store: MaildirStore, inbox: MaildirMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = append(store, inbox)
    before = names(root), list(inbox.uids())

    def unlink(path: AnyPath) -> None:
        raise OSError(errno.EIO, "the disk is bad")

    made = new(store, message(9))
    with monkeypatch.context() as patch:
        patch.setattr(durable, "unlink", unlink)
        with pytest.raises(Unavailable):
            inbox.replace(uid, "INBOX", made)
    made.spool.discard()
    inbox.sync()
    assert (names(root), list(inbox.uids())) == before
    assert not list((root / "tmp").iterdir())


def test_once_the_old_one_is_gone_the_new_one_stays(
    root: Path, store: MaildirStore, inbox: MaildirMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = append(store, inbox)

    def save(self: MailboxWriter) -> None:
        raise OSError(errno.EIO, "the disk is bad")

    made = new(store, message(9))
    with monkeypatch.context() as patch:
        patch.setattr(MailboxWriter, "save", save)
        with pytest.raises(Unavailable):
            inbox.replace(uid, "INBOX", made)
    made.spool.discard()
    inbox.sync()
    assert list(inbox.uids()) == [uid + 1]
    assert octets_of(inbox, uid + 1) == message(9)
    assert len(names(root)) == 1
