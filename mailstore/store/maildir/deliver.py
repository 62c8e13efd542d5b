"""Putting new messages into a mailbox.

The order of effects: the octets are in ``tmp/`` and synced, with no lock held; then, under the
index's write lock, UIDs are taken, the files get their names, ``dovecot-uidlist`` gets its lines
and is synced, the directories are synced, the transaction is committed. Whatever fails
before the commit takes the files back to ``tmp/``. After a crash

* before a file has its name, it is rubbish in ``tmp/``, removed after 36 hours;
* before its line is in the list, it is a message that another program delivered, and gets
  the next UID;
* before the commit, it has the UID of its line.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, NamedTuple, cast

from mailstore.mime.content import Content, describe
from mailstore.model.errors import LimitReached, Unavailable
from mailstore.store import durable
from mailstore.store.index import contents
from mailstore.store.index.messages import MessageRow
from mailstore.store.maildir import filename, ledger
from mailstore.store.maildir.flagging import learn
from mailstore.store.maildir.folder import Folder
from mailstore.store.maildir.home import Home
from mailstore.store.maildir.spool import MaildirSpool
from mailstore.store.maildir.uidlist import Entry
from mailstore.store.maildir.undo import Renamed, take_back
from mailstore.store.maildir.writer import MailboxWriter
from mailstore.store.ports import NewMessage

MAX_DATE: Final = 0xFFFFFFFF
"""The year 2106; dates are kept as unsigned 32-bit numbers by half the world."""


AT_ONCE: Final = 16 << 20
"""Octets of content that wait for the write; what is beyond is read when it is asked for."""


class Prepared(NamedTuple):
    """A message whose octets are safe in ``tmp/``, and everything its row will say."""

    spool: MaildirSpool
    path: bytes
    base: bytes
    size: int
    content: Content | None
    """None: it is read when somebody asks for it."""
    system: int
    keywords: tuple[bytes, ...]
    internal_date: int


def prepare(messages: Sequence[NewMessage]) -> list[Prepared]:
    """Parse and sync messages; long, and without a lock. Raises OverQuota, Unavailable."""
    now, prepared, octets = int(time.time()), [], 0
    try:
        for message in messages:
            prepared.append(_prepare(message, now, described=octets <= AT_ONCE))
            content = prepared[-1].content
            octets += content.octets if content is not None else 0
        return prepared
    except OSError as error:
        raise Unavailable(f"the message cannot be written ({error.strerror})") from error


def _prepare(message: NewMessage, now: int, *, described: bool) -> Prepared:
    spool = cast(MaildirSpool, message.spool)
    date = now if message.internal_date is None else message.internal_date
    date = min(max(date, 0), MAX_DATE)
    content = describe(spool.octets()) if described else None
    path = spool.seal(date)
    base = filename.with_sizes(spool.name, spool.size, spool.size)
    return Prepared(spool, path, base, spool.size, content, message.system, message.keywords, date)


def deliver(
    home: Home, folder: Folder, uid_validity: int, prepared: Sequence[Prepared]
) -> list[int]:
    """Give messages their UIDs and places; all or none. The UIDs."""
    placed: list[Renamed] = []
    try:
        with home.writing(folder, uid_validity) as writer:
            home.catch_up(writer)
            uids = place_all(writer, prepared, placed)
    except BaseException:
        take_back(placed)
        raise
    for message in prepared:
        message.spool.placed()
    return uids


def place_all(
    writer: MailboxWriter, prepared: Sequence[Prepared], placed: list[Renamed]
) -> list[int]:
    """Do that in the transaction of ``writer``; what was renamed is added to ``placed``."""
    check_room(writer, len(prepared))
    learn(writer, [name for message in prepared for name in message.keywords])
    known, row, folder = writer.keywords(), writer.row, writer.folder
    uids = range(row.uid_next, row.uid_next + len(prepared))
    mod_seq, now = writer.next_mod_seq(), int(time.time())
    numbers = contents.add(writer.connection, (message.content for message in prepared))
    rows = []
    for uid, message, content in zip(uids, prepared, numbers, strict=True):
        keywords = known.encode(known.places(message.keywords))
        in_new, name = place_of(writer, message.base, message.system, keywords)
        rows.append(
            MessageRow(
                mailbox=row.id,
                uid=uid,
                mod_seq=mod_seq,
                flags=message.system,
                keywords=keywords,
                size=message.size,
                internal_date=message.internal_date,
                saved_at=filename.made_at(message.base, now),
                content=content,
                unique_id=None,
                guid=None,
                in_new=in_new,
                name=name,
            )
        )
    writer.insert(rows)
    for message, new in zip(prepared, rows, strict=True):
        destination = folder.file(new.in_new, new.name)
        durable.place(message.path, destination)
        placed.append((message.path, destination))
    record(writer, rows, {})
    return list(uids)


def check_room(writer: MailboxWriter, count: int) -> None:
    if not ledger.has_room(writer.row, count):
        raise LimitReached("the mailbox has no UIDs left")


def place_of(writer: MailboxWriter, base: bytes, system: int, keywords: bytes) -> tuple[int, bytes]:
    """Where a new message lies, ``(in_new, name)``: in ``new/`` if it has no flags."""
    if not system and not keywords:
        return 1, base
    letters = writer.keywords().to_letters(system, keywords, b"")
    return 0, filename.build(base, letters)


def record(writer: MailboxWriter, rows: Sequence[MessageRow], fields: dict[int, bytes]) -> None:
    """Make UIDs and names of files that have their places durable."""
    folder = writer.folder
    entries: list[Entry] = [
        (row.uid, filename.split(row.name)[0], fields.get(row.uid, b"")) for row in rows
    ]
    ledger.append(writer, entries)
    sync_places(folder, {row.in_new for row in rows})


def sync_places(folder: Folder, places: set[int]) -> None:
    """Sync ``new/`` (1), ``cur/`` (0), or both."""
    for in_new in sorted(places):
        durable.sync_directory(folder.new if in_new else folder.cur)
