"""One mailbox inside a write transaction: its row, its folder and its keywords.

A writer lives as long as the transaction and is used by one thread. What it does to files
comes before the commit; what it did to the row is written by :meth:`MailboxWriter.save`.

The times of ``new/`` and ``cur/`` are taken down when the writer begins. If they were the
recorded ones, the directories are as compared; what changes them until ``save`` is this
transaction (see :mod:`mailstore.store.maildir.folder` for what that leaves open).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from typing import Final

from mailstore.model.flags import DELETED, SEEN
from mailstore.model.sequence_set import MAX_UID
from mailstore.store.index import expunged, mailboxes, messages
from mailstore.store.index.mailboxes import MailboxRow
from mailstore.store.index.messages import FileRow, MessageRow
from mailstore.store.maildir import uidlist
from mailstore.store.maildir.folder import OWN, Folder, Times
from mailstore.store.maildir.keyword_map import KeywordMap
from mailstore.store.maildir.undo import Renamed

LAST_UID: Final = min(MAX_UID, uidlist.MAX_UID)


class MailboxWriter:
    """Changes one mailbox.

    Attributes:
        list_writable: ``dovecot-uidlist`` can be written, so UIDs can be given.
        renamed: Files to be renamed back if the transaction fails.
        claims: Base names of ``dovecot-uidlist`` that the index has not taken in: UID, fields.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        folder: Folder,
        row: MailboxRow,
        *,
        list_writable: bool = True,
    ) -> None:
        self.connection = connection
        self.folder = folder
        self.row = row
        self.list_writable = list_writable
        self.renamed: list[Renamed] = []
        self.claims: dict[bytes, tuple[int, bytes]] = {}
        self._keywords: KeywordMap | None = None
        self._before = folder.times()

    @property
    def id(self) -> int:
        return self.row.id

    def keywords(self) -> KeywordMap:
        """The mailbox's keywords, ``dovecot-keywords`` as it is now included."""
        if self._keywords is None:
            self._keywords = KeywordMap(self.row.keywords, self.folder.read_keywords())
        return self._keywords

    def learn_keywords(self, wanted: Iterable[bytes]) -> bool:
        """Make keywords known, and give them letters while there are any.

        True if a letter got a meaning: file names that have it already must be read again.
        Raises LimitReached, and has changed nothing.
        """
        known = self.keywords()
        new = known.new_ones(wanted)
        if not new:
            return False
        before = known.letters_known()
        known.learn(new)
        known.use(self.folder.allocate_letters(new))
        return known.letters_known() != before

    def next_mod_seq(self) -> int:
        """A mod-sequence above all that were given out, also by an index that was lost."""
        now = time.time_ns() // 1_000_000
        self.row.highest_mod_seq = max(self.row.highest_mod_seq + 1, now)
        return self.row.highest_mod_seq

    def insert(self, rows: Sequence[MessageRow]) -> None:
        """Add messages whose UIDs ascend from ``uid_next``, and count them."""
        messages.insert(self.connection, rows)
        row = self.row
        row.uid_next = max(row.uid_next, rows[-1].uid + 1)
        row.messages += len(rows)
        row.unseen += sum(not message.flags & SEEN for message in rows)
        row.deleted += sum(bool(message.flags & DELETED) for message in rows)
        row.size += sum(message.size for message in rows)
        row.deleted_size += sum(message.size for message in rows if message.flags & DELETED)

    def update(self, changes: Sequence[tuple[FileRow, FileRow]]) -> None:
        """Write rows that were, and are now, so; and keep the counts."""
        row = self.row
        for before, now in changes:
            row.unseen += bool(before.flags & SEEN) - bool(now.flags & SEEN)
            deleted = bool(now.flags & DELETED) - bool(before.flags & DELETED)
            row.deleted += deleted
            row.deleted_size += deleted * before.size
        messages.update_files(
            self.connection,
            row.id,
            [(n.mod_seq, n.flags, n.keywords, n.in_new, n.name, n.uid) for _, n in changes],
        )

    def remove(self, gone: Sequence[FileRow]) -> None:
        """Forget messages, which ascend by UID, and leave tombstones."""
        if not gone:
            return
        row = self.row
        uids = [message.uid for message in gone]
        messages.delete(self.connection, row.id, uids)
        expunged.add(self.connection, row.id, self.next_mod_seq(), uids)
        row.messages -= len(gone)
        row.unseen -= sum(not message.flags & SEEN for message in gone)
        row.deleted -= sum(bool(message.flags & DELETED) for message in gone)
        row.size -= sum(message.size for message in gone)
        row.deleted_size -= sum(message.size for message in gone if message.flags & DELETED)

    def compared(self, times: Times, new_trust: int, cur_trust: int) -> None:
        """The directories were read and the index is what they say."""
        row = self.row
        row.new_mtime, row.cur_mtime = times
        row.new_trust, row.cur_trust = new_trust, cur_trust
        self._before = times

    def save(self) -> None:
        """Write the row; the last thing before the commit."""
        self._take_down_times()
        if self._keywords is not None:
            self.row.keywords = self._keywords.learnt()
        mailboxes.save(self.connection, self.row)

    def _take_down_times(self) -> None:
        row, before, now = self.row, self._before, self.folder.times()
        if now == before:
            return
        if now.new != before.new and row.new_mtime == before.new:
            row.new_mtime, row.new_trust = now.new, min(row.new_trust, OWN)
        if now.cur != before.cur and row.cur_mtime == before.cur:
            row.cur_mtime, row.cur_trust = now.cur, min(row.cur_trust, OWN)
