"""What is counted where the index does not know all mail, and where two processes add to it."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from mailstore.model.errors import OverQuota
from mailstore.model.quota import Quota, Usage
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.opening import open_user
from mailstore.store.ports import NewMessage
from tests.unit.store.files import deliver, forget_index

TEXT = b"Subject: x\r\n\r\nbody\r\n"
SIZE = len(TEXT)


def new(store: MaildirStore) -> NewMessage:
    spool = store.spool()
    spool.write(TEXT)
    return NewMessage(spool)


def test_a_new_index_counts_mailboxes_that_nobody_has_opened(root: Path) -> None:
    store = open_user(root)
    store.create("Other")
    store.open("Other").append([new(store), new(store)])
    store.close()
    forget_index(root)
    store = open_user(root)
    assert store.usage() == Usage(2, 2 * SIZE)
    store.close()


def test_what_other_programs_deliver_and_remove_is_counted(root: Path, store: MaildirStore) -> None:
    store.create("Other")
    file = deliver(root, "1.a", TEXT)
    deliver(root / ".Other", "2.b", TEXT)
    assert store.usage() == Usage(2, 2 * SIZE)
    file.unlink()
    assert store.usage() == Usage(1, SIZE)
    shutil.rmtree(root / ".Other")
    assert store.usage() == Usage(0, 0)


def test_sessions_are_still_told_of_what_was_found_by_counting(
    root: Path, store: MaildirStore
) -> None:
    inbox = store.open("INBOX")
    inbox.sync()
    deliver(root, "1.a", TEXT)
    assert store.usage() == Usage(1, SIZE)
    assert not inbox.sync_is_short()
    assert inbox.sync()
    assert not inbox.sync()


def test_what_is_taken_in_by_the_same_change_is_counted(root: Path, store: MaildirStore) -> None:
    inbox = store.open("INBOX")
    inbox.append([new(store)])
    other = open_user(root)
    # By another process, which has told the list but not this one.
    other.open("INBOX").append([new(other)])
    other.close()
    with pytest.raises(OverQuota):
        inbox.append([new(store)], Quota(messages=2))
    assert inbox.status().messages == 2


def test_two_processes_cannot_go_beyond_the_quota_together(root: Path) -> None:
    stores = [open_user(root) for _ in range(2)]
    stores[0].create("Other")
    refused: list[str] = []

    def fill(store: MaildirStore, name: str) -> None:
        mailbox = store.open(name)
        for _ in range(20):
            try:
                mailbox.append([new(store)], Quota(messages=11))
            except OverQuota:
                refused.append(name)

    threads = [
        threading.Thread(target=fill, args=each)
        for each in zip(stores, ("INBOX", "Other"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 29
    assert stores[0].usage() == Usage(11, 11 * SIZE)
    for store in stores:
        store.close()
