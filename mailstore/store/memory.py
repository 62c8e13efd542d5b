"""A user's mail in memory, for tests of everything above the store.

It is held to the same contract as Maildir (``tests/contract``). Nothing is durable, and
nothing but its own methods changes it. One :class:`MemoryStore` may serve any number of
sessions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from mailstore.model.errors import (
    InUse,
    InvalidMailboxName,
    LimitReached,
    MailboxExists,
    MailboxHasChildren,
    NoSuchMailbox,
    NotSelectable,
    OverQuota,
    ReadOnly,
)
from mailstore.model.mailbox import INBOX, SEPARATOR, SPECIAL_USES, MailboxInfo, MailboxStatus
from mailstore.model.metadata import SERVER, SPECIAL_USE_ENTRY, changed, within_limits
from mailstore.model.sequence_set import MAX_UID
from mailstore.store.maildir.names import folder_of, normalize
from mailstore.store.memory_mailbox import MemoryMailbox, MemorySpool

__all__ = ["MemoryStore"]

_ALL: Final = ((1, MAX_UID),)


class MemoryStore:
    """``UserStore`` in memory.

    Args:
        quota: Octets of mail that may be kept; None is no bound.
        clock: Seconds since the epoch; dates of messages and UIDVALIDITY come from it.
        read_only: Refuse every change with ReadOnly; may be set at any time.
    """

    def __init__(
        self,
        *,
        quota: int | None = None,
        clock: Callable[[], float] = time.time,
        read_only: bool = False,
    ) -> None:
        self.read_only = read_only
        self._quota = quota
        self._clock = clock
        self._used = 0
        self._last_uid_validity = 0
        self._mailboxes: dict[str, MemoryMailbox] = {}
        self._special_uses: dict[str, bytes] = {}
        self._metadata: dict[str, dict[bytes, bytes]] = {}
        self._subscribed: set[str] = set()
        self._lock: object | None = None
        self._make(INBOX)

    def now(self) -> int:
        return int(self._clock())

    def charge(self, octets: int) -> None:
        if octets > 0 and self._quota is not None and self._used + octets > self._quota:
            raise OverQuota("the quota is used up")
        self._used += octets

    def destination(self, name: str) -> MemoryMailbox:
        name = normalize(name)
        mailbox = self._mailboxes.get(name)
        if mailbox is not None:
            return mailbox
        if self._has_inferiors(name):
            raise NotSelectable("the name is only the parent of others")
        raise NoSuchMailbox("no such mailbox")

    def _make(self, name: str) -> MemoryMailbox:
        self._last_uid_validity = max(self.now(), self._last_uid_validity + 1)
        mailbox_id = b"%032x" % self._last_uid_validity
        mailbox = MemoryMailbox(self, name, self._last_uid_validity, mailbox_id)
        self._mailboxes[name] = mailbox
        return mailbox

    def _inferiors(self, name: str) -> list[str]:
        return [other for other in self._mailboxes if other.startswith(name + SEPARATOR)]

    def _has_inferiors(self, name: str) -> bool:
        return bool(self._inferiors(name))

    def _check_writable(self) -> None:
        if self.read_only:
            raise ReadOnly("the mail is read-only")

    def mailboxes(self) -> list[MailboxInfo]:
        names = set(self._mailboxes)
        for name in self._mailboxes:
            while SEPARATOR in name:
                name = name.rpartition(SEPARATOR)[0]
                names.add(name)
        ordered = sorted(names, key=lambda name: (name != INBOX, name.split(SEPARATOR)))
        return [
            MailboxInfo(name, name in self._mailboxes, self._special_uses.get(name))
            for name in ordered
        ]

    def selectable(self) -> frozenset[str]:
        return frozenset(self._mailboxes)

    def watch_paths(self) -> tuple[Path, ...]:
        return ()

    def subscriptions(self) -> list[str]:
        return sorted(self._subscribed)

    def set_subscribed(self, name: str, subscribed: bool) -> None:
        self._check_writable()
        name = normalize(name)
        if subscribed:
            folder_of(name)
            self._subscribed.add(name)
        else:
            self._subscribed.discard(name)

    def metadata(self, name: str) -> dict[bytes, bytes]:
        if name != SERVER:
            name = self.destination(name).name
        use = self._special_uses.get(name)
        entries = self._metadata.get(name, {})
        return {**entries} if use is None else {**entries, SPECIAL_USE_ENTRY: use}

    def set_metadata(self, name: str, changes: Mapping[bytes, bytes | None]) -> None:
        self._check_writable()
        if name != SERVER:
            name = self.destination(name).name
        changes = dict(changes)
        uses = dict(self._special_uses)
        if name != SERVER and SPECIAL_USE_ENTRY in changes:
            use = changes.pop(SPECIAL_USE_ENTRY)
            if use not in (None, *SPECIAL_USES) or name == INBOX:
                raise ValueError("not a special use, or of INBOX")
            uses.pop(name, None)
            if use is not None:
                uses[name] = use
        after = changed(self._metadata.get(name, {}), changes)
        if not within_limits(after):
            raise LimitReached("there are too many annotations")
        self._metadata[name], self._special_uses = after, uses

    def create(self, name: str, special_use: bytes | None = None) -> None:
        self._check_writable()
        name = normalize(name)
        if name in self._mailboxes:
            raise MailboxExists("the mailbox is there already")
        folder_of(name)
        if special_use is not None and special_use not in SPECIAL_USES:
            raise ValueError("not a special use")
        self._make(name)
        if special_use is not None:
            self._special_uses[name] = special_use

    def delete(self, name: str) -> None:
        self._check_writable()
        name = normalize(name)
        if name == INBOX:
            raise InvalidMailboxName("INBOX cannot be deleted")
        mailbox = self._mailboxes.pop(name, None)
        if mailbox is None:
            if self._has_inferiors(name):
                raise MailboxHasChildren("the name is only the parent of others")
            raise NoSuchMailbox("no such mailbox")
        self._special_uses.pop(name, None)
        self._metadata.pop(name, None)
        mailbox.clear()

    def rename(self, name: str, new_name: str) -> None:
        self._check_writable()
        name, new_name = normalize(name), normalize(new_name)
        if name == INBOX:
            self._rename_inbox(new_name)
            return
        old_names = [name] if name in self._mailboxes else []
        old_names += self._inferiors(name)
        if not old_names:
            raise NoSuchMailbox("no such mailbox")
        new_names = [new_name + old[len(name) :] for old in old_names]
        if new_name in self._mailboxes or any(new in self._mailboxes for new in new_names):
            raise MailboxExists("the new name is in use")
        if new_name.startswith(name + SEPARATOR):
            raise InvalidMailboxName("a mailbox cannot become its own inferior")
        for new in new_names:
            folder_of(new)
        for old, new in zip(old_names, new_names, strict=True):
            self._mailboxes[new] = self._mailboxes.pop(old).moved_to(new)
            if old in self._special_uses:
                self._special_uses[new] = self._special_uses.pop(old)
            if old in self._metadata:
                self._metadata[new] = self._metadata.pop(old)

    def _rename_inbox(self, new_name: str) -> None:
        self.create(new_name)
        self._mailboxes[INBOX].move(_ALL, new_name)

    def status(self, name: str) -> MailboxStatus:
        return self.destination(name).status()

    def open(self, name: str) -> MemoryMailbox:
        return self.destination(name)

    def spool(self) -> MemorySpool:
        return MemorySpool()

    def lock_maildrop(self) -> Callable[[], None]:
        if self._lock is not None:
            raise InUse("another session has the maildrop")
        token = self._lock = object()

        def release() -> None:
            if self._lock is token:
                self._lock = None

        return release

    def close(self) -> None:
        return None
