from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailstore.store.check import check_user
from mailstore.store.maildir.mailbox import MaildirMailbox
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.opening import open_user


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A place for a Maildir; at the end of the test nothing is wrong with what lies there."""
    path = tmp_path / "Maildir"
    yield path
    if path.exists():
        assert check_user(path) == []


@pytest.fixture
def store(root: Path) -> Iterator[MaildirStore]:
    opened = open_user(root)
    yield opened
    opened.close()


@pytest.fixture
def inbox(store: MaildirStore) -> Iterator[MaildirMailbox]:
    mailbox = store.open("INBOX")
    mailbox.sync()
    yield mailbox
    mailbox.close()
