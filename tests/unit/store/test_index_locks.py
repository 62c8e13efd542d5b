"""Another process holds the index: what is waited for, by whom, and how it goes on."""

from __future__ import annotations

import fcntl
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from mailstore.model.errors import Busy
from mailstore.model.flags import SEEN, FlagChange, FlagMode
from mailstore.store.index import database
from mailstore.store.index.database import IndexLost
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.opening import open_user
from mailstore.store.ports import NewMessage

ALL = ((1, 100),)
MARK_SEEN = FlagChange(FlagMode.ADD, SEEN, ())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MaildirStore]:
    opened = open_user(tmp_path / "mail")
    spool = opened.spool()
    spool.write(b"Subject: x\r\n\r\n")
    opened.open("INBOX").append([NewMessage(spool)])
    yield opened
    opened.close()


@contextmanager
def locked(store: MaildirStore) -> Iterator[None]:
    path = store.home.database.path
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_at_once_nothing_is_waited_for_and_nothing_changes(store: MaildirStore) -> None:
    inbox = store.open("INBOX")
    with locked(store):
        began = time.monotonic()
        with inbox.at_once(), pytest.raises(Busy):
            inbox.store_flags(ALL, MARK_SEEN)
        assert time.monotonic() - began < database.BUSY_TIMEOUT_S / 2
    assert inbox.store_flags(ALL, MARK_SEEN).rows[0].flags == SEEN


def test_outside_of_it_a_lock_is_waited_for(
    store: MaildirStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = store.open("INBOX")
    store.home.database.connection.execute("PRAGMA busy_timeout = 20")
    with locked(store), pytest.raises(Busy):
        inbox.store_flags(ALL, MARK_SEEN)


def test_an_index_that_cannot_be_made_anew_yet_is_made_later(
    store: MaildirStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    inbox = store.open("INBOX")
    before = inbox.state()
    path = store.home.database.path
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path.unlink()
        for _ in range(2):
            with pytest.raises(Busy):
                inbox.sync()
            with pytest.raises(IndexLost):
                assert store.home.database.connection
    inbox.sync()
    after = inbox.state()
    assert (after.uid_validity, after.messages) == (before.uid_validity, before.messages)
