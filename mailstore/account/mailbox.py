"""An open mailbox, as one session holds it."""

from __future__ import annotations

import time
from array import array
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from typing import Any, TypeVar

from mailstore.account.mail import Mail
from mailstore.model.errors import Busy, MessageGone
from mailstore.model.flags import FlagChange
from mailstore.model.mailbox import MailboxState, MailboxStatus
from mailstore.model.sequence_set import MAX_UID, Ranges
from mailstore.store.ports import (
    CONTENT_COLUMNS,
    Changes,
    Column,
    Copied,
    MailboxStore,
    StoredMessage,
    StoreResult,
)

T = TypeVar("T")

BATCH = 500
"""Rows read, formatted and written in one step: some milliseconds of work."""

SNAPSHOT_BATCH = 5000

SHORT_STORE = 32
"""Flag changes on so few messages run in place: one rename each, one small transaction."""


EXAMINE_S = 0.05
"""How long messages are read at a stretch before the user's other calls have their turn."""


class OpenMailbox:
    """Wraps a store's mailbox: decides where calls run, and publishes changes."""

    def __init__(self, mail: Mail, store: MailboxStore) -> None:
        self._mail = mail
        self._lane = mail.lane
        self._store = store
        self._cancel: list[Callable[[], None]] = [mail.watch(store)]

    @property
    def name(self) -> str:
        return self._store.name

    @property
    def read_only(self) -> bool:
        return self._store.read_only

    def subscribe(self, notice: Callable[[], None]) -> None:
        """Call ``notice`` after every change by anyone, until ``close``; see :mod:`hub`."""
        self._cancel.append(self._mail.hub.subscribe(self.name, notice))

    async def look(self) -> None:
        """Take in what other programs did. Cheap when they did nothing."""
        await self._mail.look(self._store)

    async def state(self) -> MailboxState:
        return await self._short(self._store.state)

    async def status(self) -> MailboxStatus:
        return await self._lane.run(self._store.status)

    async def first_unseen(self) -> int | None:
        return await self._lane.run(self._store.first_unseen)

    async def keywords(self) -> tuple[bytes, ...]:
        return await self._lane.run(self._store.keywords)

    async def uids(self) -> array[int]:
        """All UIDs, ascending; shared, not to be changed."""
        return await self._lane.run(self._store.uids)

    async def claim_recent(self) -> int:
        return await self._lane.run_long(self._store.claim_recent)

    async def changes(self, mod_seq: int) -> Changes:
        return await self._lane.run(lambda: self._store.changes(mod_seq))

    async def rows(
        self, columns: tuple[Column, ...], ranges: Ranges, *, changed_since: int = 0
    ) -> AsyncIterator[list[tuple[Any, ...]]]:
        """Batches of rows by UID; the first column must be UID.

        Content columns are always filled. Messages expunged meanwhile are missing.
        """
        if columns[0] is not Column.UID:
            raise ValueError("rows: the first column must be UID")
        content = [place for place, column in enumerate(columns) if column in CONTENT_COLUMNS]
        while ranges:
            batch = await self._rows(columns, ranges, changed_since)
            if not batch:
                return
            last = batch[-1][0]
            if content:
                probe = content[0]
                unread = [row[0] for row in batch if row[probe] is None]
                if unread:
                    await self.fill(unread)
                    # Reading may have expunged messages whose files were gone, and those
                    # that were read may be more than is given at once.
                    batch = await self._rows(columns, _clip(ranges, 1, last), changed_since)
                    last = batch[-1][0] if batch else last
                    batch = [row for row in batch if row[probe] is not None]
            ranges = _clip(ranges, last + 1, MAX_UID)
            if batch:
                yield batch

    async def snapshot(
        self, columns: tuple[Column, ...], make: Callable[[list[tuple[Any, ...]]], T]
    ) -> T:
        """What ``make`` makes of the rows of all messages; the first column must be UID.

        No content columns. Many rows are read in a thread, and ``make`` runs there too: each
        batch is short, but a hundred of them would keep everybody else waiting.
        """
        many = (await self.state()).messages > BATCH
        run = self._lane.run_long if many else self._lane.run
        return await run(lambda: make(self._all_rows(columns)))

    async def work(self, call: Callable[[], T], rows: int) -> T:
        """What ``call`` makes of so many rows that were read; many take a thread."""
        run = self._lane.run_long if rows > BATCH else self._lane.run
        return await run(call)

    def _all_rows(self, columns: tuple[Column, ...]) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        first = 1
        while batch := self._store.rows(columns, [(first, MAX_UID)], limit=SNAPSHOT_BATCH):
            found += batch
            first = batch[-1][0] + 1
        return found

    async def _rows(
        self, columns: tuple[Column, ...], ranges: Ranges, changed_since: int
    ) -> list[tuple[Any, ...]]:
        return await self._lane.run(
            lambda: self._store.rows(columns, ranges, changed_since=changed_since, limit=BATCH)
        )

    async def fill(self, uids: Sequence[int]) -> None:
        """Read and index the content of messages, so that ``rows`` need not wait."""
        await self._lane.run_long(lambda: self._store.fill(uids))

    async def store_flags(
        self, ranges: Ranges, change: FlagChange, unchanged_since: int | None = None
    ) -> StoreResult:
        def call() -> StoreResult:
            return self._store.store_flags(ranges, change, unchanged_since)

        span = sum(high - low + 1 for low, high in ranges)
        run = self._short if span <= SHORT_STORE else self._lane.run_long
        result = await run(call)
        self._mail.hub.publish(self.name)
        return result

    async def copy(self, ranges: Ranges, destination: str) -> Copied:
        copied = await self._lane.run_long(lambda: self._store.copy(ranges, destination))
        self._mail.hub.publish(destination)
        return copied

    async def move(self, ranges: Ranges, destination: str) -> Copied:
        copied = await self._lane.run_long(lambda: self._store.move(ranges, destination))
        self._mail.hub.publish(destination)
        self._mail.hub.publish(self.name)
        return copied

    async def expunge(self, ranges: Ranges, *, only_deleted: bool = True) -> list[int]:
        uids = await self._lane.run_long(
            lambda: self._store.expunge(ranges, only_deleted=only_deleted)
        )
        self._mail.hub.publish(self.name)
        return uids

    async def read(self, uid: int) -> StoredMessage:
        return await self._short(lambda: self._store.read(uid))

    async def _short(self, call: Callable[[], T]) -> T:
        """A short call that may write: it must not keep everybody waiting for a lock."""

        def at_once() -> T:
            with self._store.at_once():
                return call()

        try:
            return await self._lane.run(at_once)
        except Busy:
            return await self._lane.run_long(call)

    async def examine(
        self, uids: Sequence[int], look: Callable[[int, StoredMessage], T]
    ) -> dict[int, T]:
        """What ``look`` says of each message; those that are gone are left out.

        ``look`` reads what it needs, in a worker thread. The user's other sessions have
        their turn every :data:`EXAMINE_S` seconds.
        """
        found: dict[int, T] = {}
        place = 0

        def call() -> int:
            end = time.monotonic() + EXAMINE_S
            for at in range(place, len(uids)):
                try:
                    message = self._store.read(uids[at])
                    with closing(message):
                        found[uids[at]] = look(uids[at], message)
                except MessageGone:
                    continue
                if time.monotonic() > end:
                    return at + 1
            return len(uids)

        while place < len(uids):
            place = await self._lane.run_long(call)
        return found

    def close(self) -> None:
        """End notices and watches. Safe to call twice."""
        cancel, self._cancel = self._cancel, []
        for stop in cancel:
            stop()
        if cancel:
            self._store.close()


def _clip(ranges: Ranges, low: int, high: int) -> list[tuple[int, int]]:
    """The part of ``ranges`` from ``low`` to ``high``, both included."""
    return [
        (max(first, low), min(last, high))
        for first, last in ranges
        if first <= high and last >= low
    ]
