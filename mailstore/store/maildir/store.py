"""All mail of one user in a Maildir: ``mailstore.store.ports.UserStore``."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from mailstore.model.errors import (
    InUse,
    InvalidMailboxName,
    LimitReached,
    OverQuota,
    ReadOnly,
    Unavailable,
)
from mailstore.model.mailbox import (
    INBOX,
    SEPARATOR,
    SPECIAL_USES,
    MailboxInfo,
    MailboxStatus,
)
from mailstore.model.metadata import (
    SERVER,
    SPECIAL_USE_ENTRY,
    changed,
    within_limits,
)
from mailstore.store.index import mailboxes
from mailstore.store.maildir import hierarchy, metadata, special_use, subscriptions
from mailstore.store.maildir.folder import TRUSTED, Folder, trust_after_reading
from mailstore.store.maildir.home import Home, guarded
from mailstore.store.maildir.mailbox import MaildirMailbox
from mailstore.store.maildir.names import folder_of, normalize
from mailstore.store.maildir.spool import MaildirSpool
from mailstore.store.maildir.standing import Standing

_KEPT: Final = 4
"""Mailboxes that nobody has open and whose UIDs stay in memory, for each user."""

_LOCK: Final = b"mailstore-maildrop.lock"


class MaildirStore:
    """See :class:`mailstore.store.ports.UserStore`.

    ``standard`` are names of mailboxes and their uses, for folders that have none recorded.
    """

    def __init__(self, home: Home, standard: Mapping[str, bytes | None]) -> None:
        self.home = home
        self._standard = {name: use for name, use in standard.items() if use is not None}
        self._open: dict[str, MaildirMailbox] = {}
        self._left: deque[Standing] = deque()
        self._selectable: tuple[int, frozenset[str]] | None = None

    # Names

    @guarded
    def mailboxes(self) -> list[MailboxInfo]:
        folders = self.home.names()
        self._forget_others(folders.values())
        names = {INBOX, *folders}
        for name in folders:
            while SEPARATOR in name:
                name = name.rpartition(SEPARATOR)[0]
                names.add(name)
        uses = special_use.effective(self.home.root, folders, self._standard)
        ordered = sorted(names, key=lambda name: (name != INBOX, name.split(SEPARATOR)))
        return [
            MailboxInfo(name, name == INBOX or name in folders, uses.get(name)) for name in ordered
        ]

    @guarded
    def selectable(self) -> frozenset[str]:
        modified = os.stat(self.home.root).st_mtime_ns
        if self._selectable is None or self._selectable[0] != modified:
            began = time.time_ns()
            names = frozenset((INBOX, *self.home.names()))
            if trust_after_reading(modified, began) != TRUSTED:
                return names
            self._selectable = modified, names
        return self._selectable[1]

    def watch_paths(self) -> tuple[Path, ...]:
        return (Path(os.fsdecode(self.home.root)),)

    def _forget_others(self, folders: Iterable[str]) -> None:
        """Folders that another program removed or renamed are no mailboxes any more."""
        known = mailboxes.folders(self.home.database.connection)
        for folder in set(known).difference(folders, ("",)):
            # On a full or read-only disk the row stays, and is in nobody's way.
            with contextlib.suppress(OverQuota, ReadOnly, Unavailable):
                self._forget(folder)

    @guarded
    def _forget(self, folder: str) -> None:
        gone = Folder(self.home.root, folder)
        if not gone.exists():
            self.home.forget(gone)

    def _subscriptions_path(self) -> bytes:
        return os.path.join(self.home.root, os.fsencode(subscriptions.NAME))

    @guarded
    def subscriptions(self) -> list[str]:
        return sorted(subscriptions.read(self._subscriptions_path()).names)

    @guarded
    def set_subscribed(self, name: str, subscribed: bool) -> None:
        name = normalize(name)
        if subscribed:
            folder_of(name)
        path = self._subscriptions_path()
        # The write lock keeps two sessions from losing each other's change.
        with self.home.database.transaction():
            names = subscriptions.read(path).names
            if (name in names) == subscribed:
                return
            names = [*names, name] if subscribed else [other for other in names if other != name]
            subscriptions.write(path, names, self.home.inbox.tmp)

    # Annotations

    @guarded
    def metadata(self, name: str) -> dict[bytes, bytes]:
        if name == SERVER:
            return metadata.read(self._server_metadata())
        folder = self.home.find(name)
        entries = metadata.read(_metadata_of(folder))
        entries.pop(SPECIAL_USE_ENTRY, None)
        use = self._special_use(normalize(name), folder)
        return entries if use is None else {**entries, SPECIAL_USE_ENTRY: use}

    def _server_metadata(self) -> bytes:
        return os.path.join(self.home.root, metadata.SERVER_NAME)

    def _special_use(self, name: str, folder: Folder) -> bytes | None:
        def exists(other: str) -> bool:
            return Folder(self.home.root, other).exists()

        return special_use.use_of(self.home.root, name, folder.name, self._standard, exists)

    @guarded
    def set_metadata(self, name: str, changes: Mapping[bytes, bytes | None]) -> None:
        # The write lock keeps two sessions from losing each other's change.
        with self.home.database.transaction():
            if name == SERVER:
                self._write_metadata(self._server_metadata(), self.home.inbox, changes)
                return
            folder, changes = self.home.find(name), dict(changes)
            if SPECIAL_USE_ENTRY not in changes:
                self._write_metadata(_metadata_of(folder), folder, changes)
                return
            use = changes.pop(SPECIAL_USE_ENTRY)
            if use not in (None, *SPECIAL_USES) or not folder.name:
                raise ValueError("not a special use, or of INBOX")
            uses = special_use.read(self.home.root)
            special_use.write(self.home.root, {**uses, folder.name: use})
            try:
                self._write_metadata(_metadata_of(folder), folder, changes)
            except BaseException:
                special_use.write(self.home.root, uses)
                raise

    def _write_metadata(
        self, path: bytes, folder: Folder, changes: Mapping[bytes, bytes | None]
    ) -> None:
        if folder.read_only():
            raise ReadOnly("the mailbox is read-only")
        before = metadata.read(path)
        after = changed(before, changes)
        if after == before:
            return
        if not within_limits(after):
            raise LimitReached("there are too many annotations")
        metadata.write(path, after, folder.tmp)

    # The hierarchy

    @guarded
    def create(self, name: str, special_use: bytes | None = None) -> None:
        if special_use is not None and special_use not in SPECIAL_USES:
            raise ValueError("not a special use")
        hierarchy.create(self.home, name, special_use)

    @guarded
    def delete(self, name: str) -> None:
        if normalize(name) == INBOX:
            raise InvalidMailboxName("INBOX cannot be deleted")
        hierarchy.delete(self.home, name)

    @guarded
    def rename(self, name: str, new_name: str) -> None:
        if normalize(name) == INBOX:
            hierarchy.create(self.home, new_name)
            self._mailbox(INBOX).move(hierarchy.ALL, new_name)
        else:
            hierarchy.rename(self.home, name, new_name)

    # Mailboxes

    @guarded
    def status(self, name: str) -> MailboxStatus:
        mailbox = self._mailbox(name)
        mailbox.sync()
        return mailbox.status()

    @guarded
    def open(self, name: str) -> MaildirMailbox:
        mailbox = self._mailbox(name)
        mailbox.opened()
        return mailbox

    def _mailbox(self, name: str) -> MaildirMailbox:
        folder = self.home.find(name)
        mailbox = self._open.get(folder.name)
        if mailbox is not None and not mailbox.is_gone():
            return mailbox
        mailbox = MaildirMailbox(self.home, folder, normalize(name), self._closed)
        self._open[folder.name] = mailbox
        return mailbox

    def _closed(self, mailbox: Standing) -> None:
        """Clients go from mailbox to mailbox and back: the last few keep their UIDs."""
        with contextlib.suppress(ValueError):
            self._left.remove(mailbox)
        self._left.append(mailbox)
        if len(self._left) > _KEPT:
            longest = self._left.popleft()
            if not longest.in_use:
                longest.forget_uids()

    def spool(self) -> MaildirSpool:
        return MaildirSpool(self.home.inbox.tmp)

    @guarded
    def lock_maildrop(self) -> Callable[[], None]:
        descriptor = _open_lock(self.home.root)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise InUse("another session has the maildrop") from None
        except BaseException:
            os.close(descriptor)
            raise
        held = [descriptor]

        def release() -> None:
            if held:
                os.close(held.pop())

        return release

    def close(self) -> None:
        self._open.clear()
        self.home.close()


def _metadata_of(folder: Folder) -> bytes:
    return os.path.join(folder.path, metadata.NAME)


def _open_lock(root: bytes) -> int:
    """What to lock: a file, or where none can be made the Maildir itself."""
    try:
        path = os.path.join(root, _LOCK)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
