"""What an open mailbox knows without asking."""

from __future__ import annotations

from pathlib import Path

from mailstore.store.index import mailboxes
from mailstore.store.opening import open_user


def test_the_paths_to_watch_are_told_without_the_index(tmp_path: Path) -> None:
    """They are asked for while a long call may have the index in another thread."""
    store = open_user(tmp_path / "mail")
    try:
        mailbox = store.open("INBOX")
        assert mailbox.watch_paths() == (tmp_path / "mail/new", tmp_path / "mail/cur")
        assert mailboxes.folders(store.home.database.connection) == []
    finally:
        store.close()
