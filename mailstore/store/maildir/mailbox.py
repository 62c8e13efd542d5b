"""One mailbox of a Maildir: ``mailstore.store.ports.MailboxStore``.

What is kept in memory is a copy of the mailbox's row and its array of UIDs. Both are good as
long as nobody has committed anything to the index (``Database.version``), so asking an
unchanged mailbox costs no query. An object is of one UIDVALIDITY; when the index has another
mailbox in its folder, or none, every method raises MailboxGone from then on.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from mailstore.mime.content import Content
from mailstore.model.errors import (
    MailboxGone,
    MessageGone,
    NoSuchMailbox,
    OverQuota,
    ReadOnly,
)
from mailstore.model.flags import FlagChange
from mailstore.model.mailbox import MailboxState, MailboxStatus
from mailstore.model.sequence_set import Ranges
from mailstore.store.index import expunged, mailboxes, messages
from mailstore.store.index.database import mail_error
from mailstore.store.index.mailboxes import MailboxRow
from mailstore.store.index.messages import FileRow
from mailstore.store.maildir import deliver, flagging, reading, removal, rubbish, transfer
from mailstore.store.maildir.folder import Folder, changed
from mailstore.store.maildir.home import Home, guarded
from mailstore.store.maildir.lines import StoredFile
from mailstore.store.maildir.writer import MailboxWriter
from mailstore.store.ports import (
    CONTENT_COLUMNS,
    Appended,
    Changes,
    Column,
    Copied,
    NewMessage,
    StoreResult,
)

logger = logging.getLogger(__name__)

_NO_UIDS: Final = array("I")
_UNSAVED: Final = 1_000
"""Contents kept in memory while the index cannot be written."""


class MaildirMailbox:
    """See :class:`mailstore.store.ports.MailboxStore`."""

    def __init__(
        self,
        home: Home,
        folder: Folder,
        name: str,
        closed: Callable[[MaildirMailbox], None] = lambda mailbox: None,
    ) -> None:
        """``closed`` is called when the last session closes it. Raises NoSuchMailbox."""
        self._closed = closed
        self.home = home
        self.folder = folder
        self._name = name
        self._version = (-1, -1)
        self._row = home.take_up(folder)
        if folder.name:
            rubbish.clear(folder.tmp)
        self._generation = home.database.generation
        self._uid_validity = self._row.uid_validity
        self._gone = False
        self._uids: array[int] = array("I")
        self._uids_at: tuple[int, int] = (1, 0)
        self._synced = self._row.state()
        self._sessions = 0
        self._unsaved: dict[int, Content] = {}

    @property
    def name(self) -> str:
        return self._name

    @property
    def read_only(self) -> bool:
        return self.folder.read_only()

    # Where the mailbox stands

    def _current(self) -> MailboxRow:
        """The row as the index has it now. Raises MailboxGone."""
        if self._gone:
            raise MailboxGone("the mailbox was deleted or renamed")
        database = self.home.database
        version = database.version()
        if version == self._version:
            return self._row
        if self._generation != database.generation:
            row = self._take_up_again()
            version = database.version()
        else:
            row = mailboxes.by_id(database.connection, self._row.id)
        if row is None or row.folder != self.folder.name or row.uid_validity != self._uid_validity:
            self._gone = True
            raise MailboxGone("the mailbox was deleted or renamed")
        self._row, self._version = row, version
        return row

    def _take_up_again(self) -> MailboxRow | None:
        try:
            row = self.home.take_up(self.folder)
        except NoSuchMailbox:
            return None
        self._generation = self.home.database.generation
        self._uids, self._uids_at = array("I"), (1, 0)
        return row

    @guarded
    def state(self) -> MailboxState:
        return self._current().state()

    @guarded
    def status(self) -> MailboxStatus:
        row = self._current()
        recent = 0
        if row.first_recent < row.uid_next:
            recent = messages.count_from(self.home.database.connection, row.id, row.first_recent)
        return MailboxStatus(
            uid_validity=row.uid_validity,
            uid_next=row.uid_next,
            highest_mod_seq=row.highest_mod_seq,
            messages=row.messages,
            recent=recent,
            unseen=row.unseen,
            deleted=row.deleted,
            size=row.size,
            mailbox_id=row.mailbox_id,
        )

    @guarded
    def keywords(self) -> tuple[bytes, ...]:
        return tuple(self._current().keywords.split())

    @guarded
    def uids(self) -> array[int]:
        return self._existing(self._current())

    def _existing(self, row: MailboxRow) -> array[int]:
        """The UIDs at the row's point in history, from those of an earlier point."""
        point = row.uid_next, row.highest_mod_seq
        if self._uids_at == point:
            return self._uids
        uid_next, mod_seq = self._uids_at
        connection = self.home.database.connection
        uids = self._uids
        if uids:
            uids = _without(uids, expunged.runs_after(connection, row.id, mod_seq))
        uids = uids + messages.uids(connection, row.id, uid_next)
        self._uids, self._uids_at = uids, point
        return uids

    @guarded
    def first_unseen(self) -> int | None:
        row = self._current()
        return messages.first_unseen(self.home.database.connection, row.id) if row.unseen else None

    # What other programs did

    @guarded
    def sync_is_short(self) -> bool:
        self.home.database.check_file()
        row = self._current()
        return row.state() == self._synced and not self._must_compare(row)

    def _must_compare(self, row: MailboxRow) -> bool:
        now = self.folder.times()
        return changed(row.new_mtime, row.new_trust, now.new, row.messages) or changed(
            row.cur_mtime, row.cur_trust, now.cur, row.messages
        )

    def sync(self) -> bool:
        """See ``MailboxStore.sync``; also true if another process changed the index.

        On a full disk, what is new is not seen yet.
        """
        try:
            return self._sync()
        except OverQuota as error:
            logger.warning("%r: changes cannot be taken in: %s", self.folder.path, error)
            return False

    @guarded
    def _sync(self) -> bool:
        self.home.database.check_file()
        if self._must_compare(self._current()):
            self._compare_now()
        before, self._synced = self._synced, self._current().state()
        return self._synced != before

    def watch_paths(self) -> tuple[Path, ...]:
        self._current()
        return Path(os.fsdecode(self.folder.new)), Path(os.fsdecode(self.folder.cur))

    def claim_recent(self) -> int:
        try:
            return self._claim_recent()
        except OverQuota:
            # They stay recent; a full disk must not keep anybody from reading.
            return self._current().first_recent

    @guarded
    def _claim_recent(self) -> int:
        row = self._current()
        if row.first_recent >= row.uid_next or self.read_only:
            return row.first_recent
        with self._writing() as writer:
            first = writer.row.first_recent
            self._move_to_cur(writer)
            writer.row.first_recent = writer.row.uid_next
        return first

    def _move_to_cur(self, writer: MailboxWriter) -> None:
        known = writer.keywords()
        for _ in range(flagging.ATTEMPTS):
            uids = [uid for uid, _ in messages.in_new(writer.connection, writer.id)]
            changes = [
                (row, row._replace(in_new=0, name=flagging.renamed(known, row.name, 0, b"")))
                for row in messages.files_of(writer.connection, writer.id, uids)
            ]
            lost = flagging.rename_all(writer, changes)
            writer.update([pair for pair in changes if pair[0].uid not in lost])
            if not lost:
                return
            flagging.look_again(writer)
        # They stay where they are, and recent for nobody; the next session tries again.

    # Reading

    @guarded
    def changes(self, mod_seq: int) -> Changes:
        row = self._current()
        if mod_seq >= row.highest_mod_seq:
            return Changes(row.state(), [], [])
        with self.home.database.snapshot() as connection:
            row = self._current()
            return Changes(
                row.state(),
                expunged.after(connection, row.id, mod_seq),
                messages.changed(connection, row.id, mod_seq),
            )

    @guarded
    def rows(
        self,
        columns: tuple[Column, ...],
        ranges: Ranges,
        *,
        changed_since: int = 0,
        limit: int = 1000,
    ) -> list[tuple[Any, ...]]:
        row = self._current()
        existing = self._existing(row) if len(ranges) > messages.FEW_RANGES else _NO_UIDS
        found = messages.rows(
            self.home.database.connection, row.id, columns, ranges, existing, changed_since, limit
        )
        if self._unsaved and not CONTENT_COLUMNS.isdisjoint(columns):
            return self._with_unsaved(columns, found)
        return found

    def _with_unsaved(
        self, columns: tuple[Column, ...], found: list[tuple[Any, ...]]
    ) -> list[tuple[Any, ...]]:
        """Put in contents that the index had no room for; they need the UID column."""
        if Column.UID not in columns:
            return found
        place = columns.index(Column.UID)
        patched = []
        for row in found:
            content = self._unsaved.get(row[place])
            if content is None or all(value is not None for value in row):
                patched.append(row)
                continue
            patched.append(
                tuple(
                    getattr(content, column) if column in CONTENT_COLUMNS else value
                    for column, value in zip(columns, row, strict=True)
                )
            )
        return patched

    @guarded
    def fill(self, uids: Sequence[int]) -> None:
        connection = self.home.database.connection
        for start in range(0, len(uids), reading.BATCH):
            batch = uids[start : start + reading.BATCH]
            rows = messages.files_of(connection, self._current().id, batch)
            filled, lost = reading.read_contents(
                self.folder, [row for row in rows if row.content is None]
            )
            if lost:
                filled += self._find_again(lost)
            self._keep(filled)

    def _find_again(self, lost: Sequence[int]) -> list[reading.Filled]:
        """Look for files that were not in their places; messages without one are expunged."""
        rows: Sequence[FileRow] = ()
        for _ in range(flagging.ATTEMPTS):
            self._compare_now()
            rows = messages.files_of(self.home.database.connection, self._current().id, lost)
            filled, lost = reading.read_contents(self.folder, rows)
            if not lost:
                return filled
        return []

    def _compare_now(self) -> None:
        with self.home.writing(self.folder, self._uid_validity) as writer:
            self.home.compare(writer)

    def _keep(self, filled: Sequence[reading.Filled]) -> None:
        try:
            with self.home.writing(self.folder, self._uid_validity) as writer:
                reading.keep(writer, filled)
        except (sqlite3.Error, OverQuota, ReadOnly) as error:
            meaning = mail_error(error) if isinstance(error, sqlite3.Error) else error
            if not isinstance(meaning, OverQuota | ReadOnly):
                raise
            # Reading must not need room on the disk.
            if len(self._unsaved) > _UNSAVED:
                self._unsaved.clear()
            self._unsaved.update((row.uid, content) for row, _, content in filled)

    @guarded
    def read(self, uid: int) -> StoredFile:
        for _ in range(flagging.ATTEMPTS):
            found = messages.files_of(self.home.database.connection, self._current().id, (uid,))
            if not found:
                break
            try:
                message = reading.open_row(self.folder, found[0])
            except (FileNotFoundError, MessageGone):
                self._compare_now()
                continue
            if message.size != found[0].size:
                self._correct_size(uid, message)
            return message
        raise MessageGone(uid)

    def _correct_size(self, uid: int, message: StoredFile) -> None:
        try:
            with self.home.writing(self.folder, self._uid_validity) as writer:
                reading.correct_size(writer, uid, message.size)
        except BaseException:
            message.close()
            raise

    # Changing

    def _check_writable(self) -> None:
        self._current()
        if self.read_only:
            raise ReadOnly("the mailbox is read-only")

    @contextlib.contextmanager
    def _writing(self) -> Iterator[MailboxWriter]:
        """A write transaction for a change that this process makes and tells of itself."""
        with self.home.writing(self.folder, self._uid_validity) as writer:
            yield writer
        self._synced = self._current().state()

    def store_flags(
        self, ranges: Ranges, change: FlagChange, unchanged_since: int | None = None
    ) -> StoreResult:
        try:
            return self._store_flags(ranges, change, unchanged_since)
        except OverQuota as error:
            if self.home.database.volatile:
                raise
            # Renaming needs no room. The index does: so it is kept in memory for a while.
            self.home.database.use_memory(str(error))
            return self._store_flags(ranges, change, unchanged_since)

    @guarded
    def _store_flags(
        self, ranges: Ranges, change: FlagChange, unchanged_since: int | None
    ) -> StoreResult:
        self._check_writable()
        with self._writing() as writer:
            return flagging.store_flags(writer, ranges, change, unchanged_since)

    def append(self, new: Sequence[NewMessage]) -> Appended:
        self._check_room()
        if not new:
            return Appended(self._uid_validity, [])
        return self._deliver(deliver.prepare(new))

    @guarded
    def _check_room(self) -> None:
        self._current()
        self.home.check_list_writable(self.folder)

    @guarded
    def _deliver(self, prepared: Sequence[deliver.Prepared]) -> Appended:
        self._current()
        uids = deliver.deliver(self.home, self.folder, self._uid_validity, prepared)
        self._synced = self._current().state()
        return Appended(self._uid_validity, uids)

    @guarded
    def copy(self, ranges: Ranges, destination: str) -> Copied:
        self._current()
        target = self._target(destination)
        return transfer.copy(self.home, self.folder, self._uid_validity, target, ranges)

    @guarded
    def move(self, ranges: Ranges, destination: str) -> Copied:
        self._check_writable()
        target = self._target(destination)
        moved = transfer.move(self.home, self.folder, self._uid_validity, target, ranges)
        self._synced = self._current().state()
        return moved

    def _target(self, destination: str) -> Folder:
        target = self.home.find(destination)
        self.home.check_list_writable(target)
        self.home.take_up(target)
        return target

    def expunge(self, ranges: Ranges, *, only_deleted: bool = True) -> list[int]:
        gone: set[int] = set()
        try:
            self._expunge(ranges, only_deleted, gone)
        except OverQuota as error:
            if self.home.database.volatile:
                raise
            # Whoever makes room must not be told that there is none.
            self.home.database.use_memory(str(error))
            self._expunge(ranges, only_deleted, gone)
        return sorted(gone)

    @guarded
    def _expunge(self, ranges: Ranges, only_deleted: bool, gone: set[int]) -> None:
        self._check_writable()
        with self._writing() as writer:
            removal.expunge(writer, ranges, gone, only_deleted=only_deleted)

    def opened(self) -> None:
        """One session more has it open."""
        self._sessions += 1

    def close(self) -> None:
        self._sessions -= 1
        if self._sessions <= 0:
            self._unsaved.clear()
            self._closed(self)

    @property
    def in_use(self) -> bool:
        """A session has it open."""
        return self._sessions > 0

    def forget_uids(self) -> None:
        """Free what is quickly read again; clients that come back are served the sooner."""
        self._uids, self._uids_at = array("I"), (1, 0)


def _without(uids: array[int], runs: Sequence[tuple[int, int]]) -> array[int]:
    """``uids`` less those in ``runs``; the same array if none is."""
    kept = array("I")
    start = 0
    for first, last in runs:
        low, high = bisect_left(uids, first), bisect_right(uids, last)
        if low < high:
            kept.extend(uids[start:low])
            start = high
    if not start:
        return uids
    kept.extend(uids[start:])
    return kept
