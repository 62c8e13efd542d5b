"""One mailbox of a Maildir: ``mailstore.store.ports.MailboxStore``."""

from __future__ import annotations

import logging
import sqlite3
from array import array
from collections.abc import Callable, Sequence
from typing import Any, Final

from mailstore.mime.content import Content
from mailstore.model.errors import (
    MessageGone,
    OverQuota,
    ReadOnly,
)
from mailstore.model.flags import FlagChange
from mailstore.model.sequence_set import Ranges
from mailstore.store.index import expunged, messages
from mailstore.store.index.database import mail_error
from mailstore.store.index.messages import FileRow
from mailstore.store.maildir import deliver, flagging, reading, removal, transfer
from mailstore.store.maildir.folder import Folder
from mailstore.store.maildir.home import Home, guarded
from mailstore.store.maildir.lines import StoredFile
from mailstore.store.maildir.standing import Standing
from mailstore.store.maildir.writer import MailboxWriter
from mailstore.store.ports import (
    CONTENT_COLUMNS,
    SORT_COLUMNS,
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


class MaildirMailbox(Standing):
    """See :class:`mailstore.store.ports.MailboxStore`."""

    def __init__(
        self,
        home: Home,
        folder: Folder,
        name: str,
        closed: Callable[[Standing], None] = lambda mailbox: None,
    ) -> None:
        super().__init__(home, folder, name, closed)
        self._unsaved: dict[int, Content] = {}

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
                    _of_content(content, column) if column in CONTENT_COLUMNS else value
                    for column, value in zip(columns, row, strict=True)
                )
            )
        return patched

    @guarded
    def fill(self, uids: Sequence[int]) -> None:
        connection = self.home.database.connection
        left = list(uids)
        while left:
            rows = messages.files_of(connection, self._current().id, left[: reading.BATCH])
            unread = [row for row in rows if row.content is None]
            filled, lost = reading.read_contents(self.folder, unread, reading.AT_ONCE)
            later = unread[len(filled) + len(lost) :]
            left = [row.uid for row in later] + left[reading.BATCH :]
            if lost:
                filled += self._find_again(lost)
            self._keep(filled)

    def _find_again(self, lost: Sequence[int]) -> list[reading.Filled]:
        """Look for files that were not in their places; messages without one are expunged."""
        rows: Sequence[FileRow] = ()
        for _ in range(flagging.ATTEMPTS):
            self._compare_now(lost)
            rows = messages.files_of(self.home.database.connection, self._current().id, lost)
            filled, lost = reading.read_contents(self.folder, rows)
            if not lost:
                return filled
        return []

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
                self._compare_now((uid,))
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


def _of_content(content: Content, column: Column) -> Any:
    return getattr(content.sort_keys if column in SORT_COLUMNS else content, column)
