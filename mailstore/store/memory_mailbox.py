"""One mailbox of the fake in memory; see :mod:`mailstore.store.memory`."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, cast

from mailstore.mime.content import Content, describe
from mailstore.model.errors import LimitReached, MailboxGone, MessageGone, OverQuota, ReadOnly
from mailstore.model.flags import DELETED, SEEN, FlagChange, FlagMode
from mailstore.model.mailbox import MailboxState, MailboxStatus
from mailstore.model.sequence_set import MAX_UID, Ranges
from mailstore.store.maildir.lines import to_crlf
from mailstore.store.ports import (
    SORT_COLUMNS,
    Appended,
    Changes,
    Column,
    Copied,
    FlagsRow,
    NewMessage,
    StoreResult,
)

MAX_KEYWORDS: Final = 500
"""Keywords that one mailbox may learn."""


class MemorySpool:
    """Octets in memory, with CRLF for every bare LF."""

    def __init__(self) -> None:
        self._octets = bytearray()
        self._discarded = False

    @property
    def size(self) -> int:
        return len(self._octets)

    def write(self, octets: bytes) -> None:
        previous = self._octets[-1] if self._octets else 0
        self._octets += to_crlf(octets, previous)

    def octets(self) -> bytes:
        """The message. Raises OverQuota if it was discarded, as by a full disk."""
        if self._discarded:
            raise OverQuota("the message was not kept")
        return bytes(self._octets)

    def discard(self) -> None:
        self._discarded = True
        self._octets.clear()


class MemoryMessage:
    """``StoredMessage`` on octets; it stays readable when the message is expunged."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    @property
    def size(self) -> int:
        return len(self._octets)

    def read(self, start: int, end: int) -> bytes:
        return self._octets[start:end]

    def close(self) -> None:
        return None


@dataclass(slots=True)
class _Row:
    uid: int
    mod_seq: int
    flags: int
    keywords: frozenset[int]
    octets: bytes
    internal_date: int
    saved_at: int
    unique_id: bytes | None = None
    content: Content | None = None


class _Keywords:
    """Keywords a mailbox has learnt; messages hold their places in it."""

    def __init__(self) -> None:
        self.names: list[bytes] = []
        self._places: dict[bytes, int] = {}

    def learn(self, names: Iterable[bytes]) -> frozenset[int]:
        """Places of ``names``, new ones added at the end. All or none: LimitReached."""
        wanted = {name.lower(): name for name in reversed(tuple(names))}
        new = [name for key, name in reversed(wanted.items()) if key not in self._places]
        if len(self.names) + len(new) > MAX_KEYWORDS:
            raise LimitReached("the mailbox has too many keywords")
        for name in new:
            self._places[name.lower()] = len(self.names)
            self.names.append(name)
        return frozenset(self._places[key] for key in wanted)

    def known(self, names: Iterable[bytes]) -> frozenset[int]:
        places = (self._places.get(name.lower()) for name in names)
        return frozenset(place for place in places if place is not None)

    def encode(self, places: frozenset[int]) -> bytes:
        return b" ".join([self.names[place] for place in sorted(places)])


class Owner(Protocol):
    """What a mailbox needs of the store it is in."""

    read_only: bool

    def now(self) -> int: ...

    def charge(self, octets: int) -> None:
        """Count octets of mail in or out. Raises OverQuota, and counts nothing."""

    def destination(self, name: str) -> MemoryMailbox:
        """Raises NoSuchMailbox, NotSelectable."""


def _sort_key(column: Column, row: _Row) -> Any:
    return None if row.content is None else getattr(row.content.sort_keys, column)


_VALUES: Final[dict[Column, Callable[[_Row], Any]]] = {
    Column.UID: lambda row: row.uid,
    Column.MOD_SEQ: lambda row: row.mod_seq,
    Column.FLAGS: lambda row: row.flags,
    Column.SIZE: lambda row: len(row.octets),
    Column.INTERNAL_DATE: lambda row: row.internal_date,
    Column.SAVED_AT: lambda row: row.saved_at,
    Column.UNIQUE_ID: lambda row: row.unique_id,
    Column.ENVELOPE: lambda row: row.content and row.content.envelope,
    Column.BODY: lambda row: row.content and row.content.body,
    Column.BODY_STRUCTURE: lambda row: row.content and row.content.body_structure,
    Column.FIELDS: lambda row: row.content.fields if row.content else None,
    Column.PARTS: lambda row: row.content and row.content.parts,
    **{column: partial(_sort_key, column) for column in SORT_COLUMNS},
}


class MemoryMailbox:
    """``MailboxStore`` in memory. Nothing but the server changes it."""

    def __init__(self, owner: Owner, name: str, uid_validity: int, mailbox_id: bytes) -> None:
        self.name = name
        self.gone = False
        self.uid_validity = uid_validity
        self.mailbox_id = mailbox_id
        self._owner = owner
        self._rows: dict[int, _Row] = {}
        self._uids: array[int] = array("I")
        self._tombstones: list[tuple[int, int]] = []
        self._keywords = _Keywords()
        self._uid_next = 1
        self._recent = 1
        self._mod_seq = 1

    @property
    def read_only(self) -> bool:
        return self._owner.read_only

    def moved_to(self, name: str) -> MemoryMailbox:
        """The same mailbox under another name; this object is of no more use."""
        moved = MemoryMailbox(self._owner, name, self.uid_validity, self.mailbox_id)
        moved._rows, moved._uids = self._rows, self._uids
        moved._tombstones, moved._keywords = self._tombstones, self._keywords
        moved._uid_next, moved._recent, moved._mod_seq = (
            self._uid_next,
            self._recent,
            self._mod_seq,
        )
        self.gone = True
        return moved

    def clear(self) -> None:
        """The mailbox is deleted: its mail no longer counts."""
        self._owner.charge(-sum(len(row.octets) for row in self._rows.values()))
        self.gone = True

    def _check(self, *, writes: bool = False) -> None:
        if self.gone:
            raise MailboxGone("the mailbox was deleted or renamed")
        if writes and self.read_only:
            raise ReadOnly("the mail is read-only")

    def _next_mod_seq(self) -> int:
        self._mod_seq += 1
        return self._mod_seq

    def _select(self, ranges: Ranges) -> Iterator[_Row]:
        for low, high in ranges:
            start, end = bisect_left(self._uids, low), bisect_right(self._uids, high)
            for uid in self._uids[start:end]:
                yield self._rows[uid]

    def sync(self) -> bool:
        self._check()
        return False

    def sync_is_short(self) -> bool:
        self._check()
        return True

    def state(self) -> MailboxState:
        self._check()
        return MailboxState(self.uid_validity, self._uid_next, self._mod_seq, len(self._uids))

    def status(self) -> MailboxStatus:
        self._check()
        rows = self._rows.values()
        return MailboxStatus(
            uid_validity=self.uid_validity,
            uid_next=self._uid_next,
            highest_mod_seq=self._mod_seq,
            messages=len(rows),
            recent=sum(row.uid >= self._recent for row in rows),
            unseen=sum(not row.flags & SEEN for row in rows),
            deleted=sum(bool(row.flags & DELETED) for row in rows),
            size=sum(len(row.octets) for row in rows),
            mailbox_id=self.mailbox_id,
        )

    def keywords(self) -> tuple[bytes, ...]:
        self._check()
        return tuple(self._keywords.names)

    def uids(self) -> array[int]:
        self._check()
        return self._uids

    def first_unseen(self) -> int | None:
        self._check()
        return next((uid for uid in self._uids if not self._rows[uid].flags & SEEN), None)

    def claim_recent(self) -> int:
        self._check()
        first, self._recent = self._recent, self._uid_next
        return first

    def changes(self, mod_seq: int) -> Changes:
        state = self.state()
        changed = [self._flags_row(self._rows[uid]) for uid in self._uids]
        return Changes(
            state,
            sorted(uid for uid, when in self._tombstones if when > mod_seq),
            [row for row in changed if row.mod_seq > mod_seq],
        )

    def _flags_row(self, row: _Row) -> FlagsRow:
        return FlagsRow(row.uid, row.flags, self._keywords.encode(row.keywords), row.mod_seq)

    def rows(
        self,
        columns: tuple[Column, ...],
        ranges: Ranges,
        *,
        changed_since: int = 0,
        limit: int = 1000,
    ) -> list[tuple[Any, ...]]:
        self._check()
        values = [
            _VALUES[column] if column is not Column.KEYWORDS else self._keywords_of
            for column in columns
        ]
        found: list[tuple[Any, ...]] = []
        for row in self._select(ranges):
            if len(found) >= limit:
                break
            if row.mod_seq > changed_since:
                found.append(tuple([value(row) for value in values]))
        return found

    def _keywords_of(self, row: _Row) -> bytes:
        return self._keywords.encode(row.keywords)

    def fill(self, uids: Sequence[int]) -> None:
        self._check()
        for uid in uids:
            row = self._rows.get(uid)
            if row is not None and row.content is None:
                row.content = describe(row.octets)

    def store_flags(
        self, ranges: Ranges, change: FlagChange, unchanged_since: int | None = None
    ) -> StoreResult:
        self._check(writes=True)
        rows = list(self._select(ranges))
        allowed, modified = rows, []
        if unchanged_since is not None:
            allowed = [row for row in rows if row.mod_seq <= unchanged_since]
            modified = [row.uid for row in rows if row.mod_seq > unchanged_since]
        if change.mode is FlagMode.REMOVE or not allowed:
            keywords = self._keywords.known(change.keywords)
        else:
            keywords = self._keywords.learn(change.keywords)
        altered = []
        for row in allowed:
            after = _apply(row, change.mode, change.system, keywords)
            if after != (row.flags, row.keywords):
                row.flags, row.keywords = after
                altered.append(row)
        if altered:
            mod_seq = self._next_mod_seq()
            for row in altered:
                row.mod_seq = mod_seq
        return StoreResult([self._flags_row(row) for row in allowed], modified)

    def append(self, messages: Sequence[NewMessage]) -> Appended:
        self._check(writes=True)
        octets = [cast(MemorySpool, message.spool).octets() for message in messages]
        self._check_room(len(messages))
        self._owner.charge(sum(map(len, octets)))
        try:
            learnt = self._learn_all([message.keywords for message in messages])
        except LimitReached:
            self._owner.charge(-sum(map(len, octets)))
            raise
        now = self._owner.now()
        rows = [
            _Row(0, 0, message.system, keywords, text, _date(message.internal_date, now), now)
            for message, keywords, text in zip(messages, learnt, octets, strict=True)
        ]
        uids = self._add(rows)
        for message in messages:
            message.spool.discard()
        return Appended(self.uid_validity, uids)

    def _check_room(self, count: int) -> None:
        if self._uid_next + count > MAX_UID:
            raise LimitReached("the mailbox has no UIDs left")

    def _learn_all(self, sets: Sequence[tuple[bytes, ...]]) -> list[frozenset[int]]:
        self._keywords.learn(name for names in sets for name in names)
        return [self._keywords.known(names) for names in sets]

    def _add(self, rows: Sequence[_Row]) -> list[int]:
        """Give UIDs and one mod-sequence to new rows."""
        if not rows:
            return []
        mod_seq = self._next_mod_seq()
        uids = list(range(self._uid_next, self._uid_next + len(rows)))
        for uid, row in zip(uids, rows, strict=True):
            row.uid, row.mod_seq = uid, mod_seq
            self._rows[uid] = row
        self._uid_next += len(rows)
        self._uids = self._uids + array("I", uids)
        return uids

    def copy(self, ranges: Ranges, destination: str) -> Copied:
        self._check(writes=True)
        target = self._owner.destination(destination)
        rows = list(self._select(ranges))
        return target._take(self, rows)

    def _take(self, source: MemoryMailbox, rows: Sequence[_Row]) -> Copied:
        """Copy rows of another mailbox into this one, all or none."""
        names = source._keywords.names
        sets = [tuple(names[place] for place in sorted(row.keywords)) for row in rows]
        self._check_room(len(rows))
        self._owner.charge(sum(len(row.octets) for row in rows))
        try:
            learnt = self._learn_all(sets)
        except LimitReached:
            self._owner.charge(-sum(len(row.octets) for row in rows))
            raise
        now = self._owner.now()
        copies = [
            _Row(0, 0, row.flags, places, row.octets, row.internal_date, now, None, row.content)
            for row, places in zip(rows, learnt, strict=True)
        ]
        sources = [row.uid for row in rows]
        return Copied(self.uid_validity, sources, self._add(copies))

    def move(self, ranges: Ranges, destination: str) -> Copied:
        copied = self.copy(ranges, destination)
        self._remove(copied.sources)
        return copied

    def expunge(self, ranges: Ranges, *, only_deleted: bool = True) -> list[int]:
        self._check(writes=True)
        rows = self._select(ranges)
        uids = [row.uid for row in rows if not only_deleted or row.flags & DELETED]
        self._remove(uids)
        return uids

    def _remove(self, uids: Sequence[int]) -> None:
        if not uids:
            return
        mod_seq = self._next_mod_seq()
        for uid in uids:
            self._owner.charge(-len(self._rows.pop(uid).octets))
            self._tombstones.append((uid, mod_seq))
        self._uids = array("I", (uid for uid in self._uids if uid in self._rows))

    def read(self, uid: int) -> MemoryMessage:
        self._check()
        row = self._rows.get(uid)
        if row is None:
            raise MessageGone(uid)
        return MemoryMessage(row.octets)

    def at_once(self) -> AbstractContextManager[None]:
        return nullcontext()

    def watch_paths(self) -> tuple[Path, ...]:
        self._check()
        return ()

    def close(self) -> None:
        return None


def _apply(
    row: _Row, mode: FlagMode, system: int, keywords: frozenset[int]
) -> tuple[int, frozenset[int]]:
    if mode is FlagMode.ADD:
        return row.flags | system, row.keywords | keywords
    if mode is FlagMode.REMOVE:
        return row.flags & ~system, row.keywords - keywords
    return system, keywords


def _date(internal_date: int | None, now: int) -> int:
    """Within what an unsigned 32-bit number of seconds can tell: until 2106."""
    return now if internal_date is None else min(max(internal_date, 0), 0xFFFFFFFF)
