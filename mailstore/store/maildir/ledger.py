"""UIDs of one mailbox: what ``dovecot-uidlist`` says against what the index knows.

The list is the truth, and durable before anybody hears of a UID; the index may be older (a
power cut, a crash before the commit) and is then brought up to the list. Rules:

* Entries from the index's next UID on are news: a file of that name gets that UID.
* Entries below it that the index does not have are of messages that are gone. If the file
  is there again, it gets a new UID: clients were told that the old one went.
* Messages of the index that the list lacks (another program wrote it without having seen our
  last lines, or it was lost) keep their UIDs, and the list is written anew.
* Another UIDVALIDITY in the list makes another mailbox of it.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import secrets
import time

from mailstore.model.errors import OverQuota
from mailstore.store.index import messages
from mailstore.store.index.mailboxes import MailboxRow
from mailstore.store.maildir import uid_validity, uidlist
from mailstore.store.maildir.filename import split
from mailstore.store.maildir.folder import Folder
from mailstore.store.maildir.uidlist import Entry, Mark, Stamp, Uidlist
from mailstore.store.maildir.writer import LAST_UID, MailboxWriter

logger = logging.getLogger(__name__)

_DEAD_LINES = 1_000
"""Lines of messages that are gone; with more than this and the living, the list is rewritten."""


class ValidityChanged(Exception):
    """The list has another UIDVALIDITY than the index: forget the mailbox in ``folder``."""

    def __init__(self, folder: Folder) -> None:
        super().__init__(f"{folder.path!r} has a new UIDVALIDITY")
        self.folder = folder


def new_header(uid_validity_value: int, mailbox_id: bytes = b"") -> Uidlist:
    """An empty list for a new mailbox."""
    mailbox_id = mailbox_id or secrets.token_hex(16).encode("ascii")
    return Uidlist(version=3, uid_validity=uid_validity_value, mailbox_id=mailbox_id)


def header_line(header: Uidlist) -> bytes:
    """The file of a list without entries."""
    return b"3 V%d N%d G%b\n" % (header.uid_validity, header.uid_next, header.mailbox_id)


def first_row(folder: Folder, *, above: int, writable: bool) -> MailboxRow:
    """A row for a mailbox that the index does not have, with all still to be compared.

    UIDVALIDITY and mailbox id are those of the list. Where there is none that can be read,
    they are new; and recorded, unless nothing can be written.
    """
    found = _read(folder)
    if found is None or not found.uid_validity:
        if writable:
            validity = uid_validity.allocate(folder.root, above)
        else:
            # Not kept anywhere; the next opening must have another one.
            validity = max(int(time.time()), above + 1)
        found = new_header(validity)
        if writable:
            uidlist.rewrite(folder.list_path, found, folder.tmp)
    elif not found.mailbox_id:
        found.mailbox_id = secrets.token_hex(16).encode("ascii")
        if writable:
            uidlist.rewrite(folder.list_path, found, folder.tmp)
    return MailboxRow(0, folder.name, found.uid_validity, found.mailbox_id)


def _read(folder: Folder, mark: Mark | None = None) -> Uidlist | None:
    """The list, or what follows ``mark``; None if there is none."""
    try:
        found = uidlist.read(folder.list_path, mark)
    except OSError as error:
        # A symbolic link counts for nothing, and is replaced.
        if error.errno not in (errno.ENOENT, errno.ELOOP):
            raise
        return None
    for report in found.damage:
        logger.warning("%r: %s", folder.list_path, report)
    return found


def mark_of(row: MailboxRow) -> Mark | None:
    """How far the index has read the list."""
    if not row.list_size:
        return None
    stamp = Stamp(row.list_mtime, row.list_size, row.list_inode)
    return Mark(stamp, row.list_size, row.list_check)


def record(row: MailboxRow, mark: Mark, lines: int) -> None:
    """The index agrees with the list up to ``mark``."""
    row.list_mtime, row.list_size, row.list_inode = mark.stamp
    row.list_check, row.list_lines = mark.check, lines


def catch_up(writer: MailboxWriter) -> bool:
    """Take in what others wrote to the list. True if there are claims: compare the files.

    Raises ValidityChanged.
    """
    row, folder = writer.row, writer.folder
    mark = mark_of(row)
    if mark is not None and uidlist.stamp(folder.list_path) == mark.stamp:
        return False
    found = _read(folder, mark)
    if found is not None and not found.whole and found.mark is not None:
        _take_news(writer, found)
        record(row, found.mark, row.list_lines + len(found.uids))
        return bool(writer.claims)
    if found is not None and not found.whole:
        # The last line has no end. What is in the whole list counts, and it is written anew.
        found = _read(folder)
    if found is not None and found.uid_validity not in (0, row.uid_validity):
        raise ValidityChanged(folder)
    _take_whole(writer, found)
    return bool(writer.claims)


def _take_news(writer: MailboxWriter, found: Uidlist) -> None:
    row = writer.row
    for uid, name, fields in found.entries():
        if uid >= row.uid_next:
            writer.claims[name] = uid, fields
    row.uid_next = max(row.uid_next, found.uid_next)


def _take_whole(writer: MailboxWriter, found: Uidlist | None) -> None:
    """Bring together a list that was read from its beginning and what the index has."""
    row = writer.row
    if found is None or not found.uid_validity:
        found = new_header(row.uid_validity, row.mailbox_id)
    known = messages.names(writer.connection, row.id)
    listed = dict(zip(found.names, found.uids, strict=True))
    differs = [uid for uid, _, name in known if listed.get(split(name)[0]) != uid]
    if differs:
        # A message with another UID in the list, given later than those the index knows:
        # another server saw it go and come again.
        again = [uid for uid, _, name in known if listed.get(split(name)[0], 0) >= row.uid_next]
        writer.remove(messages.files_of(writer.connection, row.id, again))
    _take_news(writer, found)
    if found.mark is None or len(differs) or found.mailbox_id != row.mailbox_id:
        rewrite(writer, found)
    else:
        record(row, found.mark, len(found.uids))


def rewrite(writer: MailboxWriter, found: Uidlist | None = None) -> None:
    """Write the list anew with what lives, as the index and the claims have it.

    Entries keep the fields they have in ``found``, or in the list as it is.
    """
    row = writer.row
    if not writer.list_writable:
        return
    if found is None:
        found = _read(writer.folder) or new_header(row.uid_validity, row.mailbox_id)
    fields = found.fields
    entries: list[Entry] = [
        (uid, split(name)[0], fields.get(uid, b""))
        for uid, _, name in messages.names(writer.connection, row.id)
    ]
    entries += [(uid, name, more) for name, (uid, more) in writer.claims.items()]
    entries.sort()
    header = new_header(row.uid_validity, row.mailbox_id)
    header.uid_next = row.uid_next
    header.header_fields = found.header_fields
    mark = uidlist.rewrite(writer.folder.list_path, header, writer.folder.tmp, entries)
    record(row, mark, len(entries))


def append(writer: MailboxWriter, entries: list[Entry]) -> None:
    """Record new UIDs, durably. :func:`catch_up` has been called in this transaction.

    Raises BlockingIOError if another program wrote the list in between.
    """
    row = writer.row
    mark = mark_of(row)
    if mark is None:
        rewrite(writer)
        mark = mark_of(row)
    if mark is None:
        raise BlockingIOError("the list cannot be written")
    mark = uidlist.append(writer.folder.list_path, mark, entries)
    record(row, mark, row.list_lines + len(entries))


def has_room(row: MailboxRow, count: int) -> bool:
    return row.uid_next + count <= LAST_UID


def compact(writer: MailboxWriter) -> None:
    """Rewrite the list if it is mostly lines of messages that are gone."""
    row = writer.row
    if row.list_lines > 2 * row.messages + _DEAD_LINES and not writer.claims:
        # It needs room for a moment, and can wait.
        with contextlib.suppress(OSError, OverQuota):
            rewrite(writer)
