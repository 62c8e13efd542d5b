"""Where one mailbox stands: its counts, its UIDs, and whether the disk has news.

What is kept in memory is a copy of the mailbox's row and its array of UIDs. Both are good as
long as nobody has committed anything to the index (``Database.version``), so asking an
unchanged mailbox costs no query. An object is of one UIDVALIDITY; when the index has another
mailbox in its folder, or none, every method raises MailboxGone from then on.

A mailbox that the index does not have is read whole when something is first asked of it, which
takes long. ``sync_is_short`` is false then, so that ``sync`` does it.
"""

from __future__ import annotations

import contextlib
import logging
import os
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from mailstore.model.errors import MailboxGone, NoSuchMailbox, OverQuota
from mailstore.model.mailbox import MailboxState, MailboxStatus
from mailstore.store.index import expunged, mailboxes, messages
from mailstore.store.index.database import IndexLost
from mailstore.store.index.mailboxes import MailboxRow
from mailstore.store.maildir import odd, rubbish
from mailstore.store.maildir.folder import Folder, changed
from mailstore.store.maildir.home import Home, guarded
from mailstore.store.maildir.writer import MailboxWriter

logger = logging.getLogger(__name__)

_UNKNOWN: Final = MailboxRow(0, "", 0, b"")
_NO_UIDS: Final = array("I")


class Standing:
    """The part of a mailbox that all others build on.

    Attributes:
        home: The user's mail.
        folder: Where the mailbox lies.
    """

    def __init__(
        self,
        home: Home,
        folder: Folder,
        name: str,
        closed: Callable[[Standing], None] = lambda mailbox: None,
    ) -> None:
        """``closed`` is called when the last session closes it."""
        self.home = home
        self.folder = folder
        self._name = name
        self._closed = closed
        self._version = (-1, -1)
        # Of no generation yet: taken up by the first question.
        self._generation = 0
        self._row = _UNKNOWN
        self._uid_validity = 0
        self._gone = False
        self._uids = _NO_UIDS
        self._uids_at = (1, 0)
        self._synced: MailboxState | None = None
        self._sessions = 0

    @property
    def name(self) -> str:
        return self._name

    @property
    def read_only(self) -> bool:
        return self.folder.read_only()

    # Where the mailbox stands

    def is_gone(self) -> bool:
        """Whether it is known to be gone; asks the index, never the disk."""
        if self._gone or self._generation != self.home.database.generation:
            return self._gone
        try:
            self._current()
        except MailboxGone:
            return True
        return False

    def _current(self) -> MailboxRow:
        """The row as the index has it now. Raises MailboxGone."""
        if self._gone:
            raise MailboxGone("the mailbox was deleted or renamed")
        database = self.home.database
        version = database.version()
        if version == self._version:
            return self._row
        if self._generation != database.generation:
            row = self._take_up()
            version = database.version()
        else:
            row = mailboxes.by_id(database.connection, self._row.id)
        if row is None or row.folder != self.folder.name or row.uid_validity != self._uid_validity:
            self._gone = True
            raise MailboxGone("the mailbox was deleted or renamed")
        self._row, self._version = row, version
        return row

    def _take_up(self) -> MailboxRow | None:
        """Find the mailbox in an index that is new to this object."""
        try:
            row = self.home.take_up(self.folder)
        except NoSuchMailbox:
            return None
        if not self._generation:
            self._uid_validity = row.uid_validity
            rubbish.clear(self.folder.tmp)
        self._generation = self.home.database.generation
        self._uids, self._uids_at = _NO_UIDS, (1, 0)
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
            deleted_size=row.deleted_size,
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
        try:
            self.home.database.check_file()
        except IndexLost:
            return False
        if self._generation != self.home.database.generation and not self.home.has(self.folder):
            return False
        row = self._current()
        if self._synced is None:
            self._synced = row.state()
        return row.state() == self._synced and not self._must_compare(row)

    def _must_compare(self, row: MailboxRow) -> bool:
        now = self.folder.times()
        return changed(row.new_mtime, row.new_trust, now.new, row.messages) or changed(
            row.cur_mtime, row.cur_trust, now.cur, row.messages
        )

    def sync(self) -> bool:
        """See ``MailboxStore.sync``; also true if another process changed the index."""
        self.take_in()
        return self._changed_since_sync()

    def take_in(self) -> None:
        """Take in what other programs did; ``sync`` tells of it when it is next called.

        On a full disk the index goes on in memory: what was expunged must not be seen again.
        New messages are not seen, as their UIDs cannot be recorded.
        """
        try:
            self._take_in()
        except OverQuota as error:
            if self.home.database.volatile:
                raise
            self.home.database.use_memory(str(error))
            self._take_in()

    @guarded
    def _take_in(self) -> None:
        self.home.database.check_file()
        if self._must_compare(self._current()):
            self._compare_now()

    @guarded
    def _changed_since_sync(self) -> bool:
        before, self._synced = self._synced, self._current().state()
        return self._synced != before

    def at_once(self) -> AbstractContextManager[None]:
        return self.home.database.at_once()

    def watch_paths(self) -> tuple[Path, ...]:
        # Nothing of the index: it is asked for outside the user's lane.
        return Path(os.fsdecode(self.folder.new)), Path(os.fsdecode(self.folder.cur))

    def _compare_now(self, unread: Sequence[int] = ()) -> None:
        """Take in what other programs did, also to messages that could not be read."""
        with self.home.writing(self.folder, self._uid_validity) as writer:
            self.home.compare(writer)
            if unread:
                odd.expunge(writer, unread)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[MailboxWriter]:
        """A write transaction for a change that this process makes and tells of itself."""
        with self.home.writing(self.folder, self._uid_validity) as writer:
            yield writer
        self._synced = self._current().state()

    def opened(self) -> None:
        """One session more has it open."""
        self._sessions += 1

    def close(self) -> None:
        self._sessions -= 1
        if self._sessions <= 0:
            self._closed(self)

    @property
    def in_use(self) -> bool:
        """A session has it open."""
        return self._sessions > 0

    def forget_uids(self) -> None:
        """Free what is quickly read again; clients that come back are served the sooner."""
        self._uids, self._uids_at = _NO_UIDS, (1, 0)


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
