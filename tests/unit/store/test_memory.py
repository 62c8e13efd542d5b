"""What the store in memory has beyond the contract: a clock, and being read-only."""

from __future__ import annotations

import pytest

from mailstore.model.errors import OverQuota, ReadOnly
from mailstore.model.flags import SEEN, FlagChange, FlagMode
from mailstore.model.sequence_set import MAX_UID
from mailstore.store.memory import MemoryStore
from mailstore.store.ports import Column, NewMessage

ALL = [(1, MAX_UID)]


def new(store: MemoryStore, octets: bytes) -> NewMessage:
    spool = store.spool()
    spool.write(octets)
    return NewMessage(spool)


def test_a_discarded_spool_is_no_message() -> None:
    store = MemoryStore()
    made = new(store, b"mail")
    made.spool.discard()
    with pytest.raises(OverQuota):
        store.open("INBOX").append([made])
    assert store.status("INBOX").messages == 0


def test_read_only_refuses_every_change() -> None:
    store = MemoryStore()
    inbox = store.open("INBOX")
    inbox.append([new(store, b"mail")])
    made = new(store, b"more")
    before = inbox.status()
    store.read_only = True
    assert inbox.read_only
    for call in (
        lambda: inbox.append([made]),
        lambda: inbox.copy(ALL, "INBOX"),
        lambda: inbox.move(ALL, "INBOX"),
        lambda: inbox.expunge(ALL, only_deleted=False),
        lambda: inbox.store_flags(ALL, FlagChange(FlagMode.ADD, SEEN, ())),
        lambda: store.create("Other"),
        lambda: store.delete("Other"),
        lambda: store.rename("INBOX", "Other"),
        lambda: store.set_subscribed("INBOX", True),
    ):
        with pytest.raises(ReadOnly):
            call()
    assert inbox.status() == before


def test_dates_and_uid_validity_come_from_the_clock() -> None:
    store = MemoryStore(clock=lambda: 1_000_000_000.5)
    inbox = store.open("INBOX")
    inbox.append([new(store, b"mail")])
    columns = (Column.INTERNAL_DATE, Column.SAVED_AT)
    assert inbox.rows(columns, ALL) == [(1_000_000_000, 1_000_000_000)]
    assert inbox.state().uid_validity == 1_000_000_000
    store.create("Other")
    assert store.status("Other").uid_validity == 1_000_000_001
