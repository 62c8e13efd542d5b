"""The stores that the contract holds for, and what holds of them at every moment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mailstore.store import open_user
from mailstore.store.memory import MemoryStore
from mailstore.store.ports import UserStore
from tests.contract.mail import counts, recount

Opener = Callable[[], UserStore]
"""Opens one user's mail; every call is another process's view of the same mail."""


def memory_opener(directory: Path) -> Opener:
    store = MemoryStore()
    return lambda: store


def maildir_opener(directory: Path) -> Opener:
    root = directory / "Maildir"
    return lambda: open_user(root)


OPENERS: dict[str, Callable[[Path], Opener]] = {
    "maildir": maildir_opener,
    "memory": memory_opener,
}


def check_store(store: UserStore) -> None:
    """Counters equal a recount, UIDs ascend, and all ways to ask give one answer."""
    for info in store.mailboxes():
        if not info.selectable:
            continue
        mailbox = store.open(info.name)
        mailbox.sync()
        status = store.status(info.name)
        uids = list(mailbox.uids())
        assert counts(status) == recount(mailbox)
        assert uids == sorted(set(uids))
        assert status.uid_next > max(uids, default=0)
        assert mailbox.state() == (
            status.uid_validity,
            status.uid_next,
            status.highest_mod_seq,
            status.messages,
        )
        mailbox.close()
