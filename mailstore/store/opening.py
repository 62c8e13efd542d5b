"""Opening a user's mail: the Maildir and its index."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mailstore.model.errors import MailboxExists, Unavailable
from mailstore.store import durable
from mailstore.store.durable import DiskErrors
from mailstore.store.index.database import Database
from mailstore.store.maildir import rubbish
from mailstore.store.maildir.folder import is_directory
from mailstore.store.maildir.home import Home
from mailstore.store.maildir.store import MaildirStore

INDEX_NAME: Final = "mailstore-index"
"""The index's file, in the Maildir unless another place is given."""


def open_user(
    root: Path,
    *,
    index: Path | None = None,
    standard: Sequence[tuple[str, bytes | None]] = (),
) -> MaildirStore:
    """Open the mail of one user.

    Args:
        root: The Maildir. It is made if it is not there, with its parents.
        index: The index's file; its directory is made if need be.
        standard: Names and special uses of mailboxes. For a new user they are made and
            subscribed to; to old ones they say what the folders of these names are for.

    Raises:
        ReadOnly, OverQuota: There is no Maildir, and none can be made.
        Unavailable: The disk or the index cannot be reached, or something else is there.
    """
    path = os.path.abspath(os.fsencode(root))
    try:
        with DiskErrors():
            new = not is_directory(os.path.join(path, b"cur"))
            if new:
                _make_directories(path, b"tmp", b"new")
            index = index or Path(os.fsdecode(path)) / INDEX_NAME
            _make_directories(os.fsencode(index.parent))
            store = MaildirStore(Home(path, Database(index)), dict(standard))
    except OSError as error:
        raise Unavailable(f"the mail cannot be reached ({error.strerror})") from error
    try:
        if new:
            _make_standard(store, standard)
            # Last, so that a crash before leaves the user new.
            _make_directories(path, b"cur")
        rubbish.clear(store.home.inbox.tmp)
    except BaseException:
        store.close()
        raise
    return store


def _make_standard(store: MaildirStore, standard: Sequence[tuple[str, bytes | None]]) -> None:
    for name, use in standard:
        with contextlib.suppress(MailboxExists):
            store.create(name, use)
        store.set_subscribed(name, True)


def _make_directories(path: bytes, *parts: bytes) -> None:
    """Make a directory with its parents, and ``parts`` in it, whichever are missing."""
    missing = []
    while not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for directory in reversed(missing):
        durable.make_directory(directory, exist_ok=True)
        durable.sync_directory(os.path.dirname(directory))
        path = directory
    for part in parts:
        durable.make_directory(os.path.join(path, part), exist_ok=True)
    if parts:
        durable.sync_directory(path)
