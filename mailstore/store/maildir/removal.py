"""Expunging: files go first, then their rows, all in one transaction.

So it works on a full disk: removing files needs no room, and what they leave is enough for
the index. If the index can still not be written, the next comparison finds the files gone.
"""

from __future__ import annotations

from mailstore.model.errors import Unavailable
from mailstore.model.flags import DELETED
from mailstore.model.sequence_set import Ranges
from mailstore.store import durable
from mailstore.store.index import messages
from mailstore.store.index.messages import FileRow
from mailstore.store.maildir import ledger
from mailstore.store.maildir.deliver import sync_places
from mailstore.store.maildir.flagging import ATTEMPTS, look_again
from mailstore.store.maildir.writer import MailboxWriter


def expunge(writer: MailboxWriter, ranges: Ranges, gone: set[int], *, only_deleted: bool) -> None:
    """Remove messages in the transaction of ``writer``.

    UIDs are added to ``gone`` as soon as their files are removed, whether or not the
    transaction can be committed.
    """
    for _ in range(ATTEMPTS):
        rows = messages.files(writer.connection, writer.id, ranges)
        if only_deleted:
            rows = [row for row in rows if row.flags & DELETED]
        removed, lost = _unlink_all(writer, rows, gone)
        writer.remove(removed)
        if not lost:
            ledger.compact(writer)
            return
        # Renamed by another program, which may have changed the flags; or removed.
        look_again(writer)
    raise Unavailable("other programs rename the messages without end")


def _unlink_all(
    writer: MailboxWriter, rows: list[FileRow], gone: set[int]
) -> tuple[list[FileRow], bool]:
    """Unlink files, durably; rows whose files went, and whether some were not there."""
    removed: list[FileRow] = []
    lost = False
    for row in rows:
        try:
            durable.unlink(writer.folder.file(row.in_new, row.name))
        except FileNotFoundError:
            lost = True
        else:
            removed.append(row)
            gone.add(row.uid)
    if removed:
        sync_places(writer.folder, {row.in_new for row in removed})
    return removed, lost
