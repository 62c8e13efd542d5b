"""Mending an index that does not say what the Maildir says; see :mod:`mailstore.store.check`."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right
from itertools import pairwise

from mailstore.model.flags import DELETED, SEEN
from mailstore.model.sequence_set import MAX_UID
from mailstore.store.index import expunged, mailboxes, messages
from mailstore.store.index.messages import FileRow
from mailstore.store.maildir import filename, ledger, measure
from mailstore.store.maildir.folder import Folder
from mailstore.store.maildir.mailbox import MaildirMailbox
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.maildir.writer import MailboxWriter

_ALL = ((0, MAX_UID),)


def mend_mailbox(mailbox: MaildirMailbox) -> None:
    """Compare everything once more, count everything, and write the list anew.

    UIDs, flags and keywords stay, and so do keywords that only the index has. What clients
    may have been told wrongly gets a new mod-sequence.
    """
    with mailbox.home.database.transaction() as connection:
        writer = mailbox.home.writer(connection, mailbox.folder)
        mailbox.home.compare(writer)
        _mend_rows(writer)
        _count(writer)
        _mend_tombstones(writer)
        ledger.rewrite(writer)
        writer.save()


def _mend_rows(writer: MailboxWriter) -> None:
    """Flags and keywords are what file names say; sizes are counted."""
    known = writer.keywords()
    changes: list[tuple[FileRow, FileRow]] = []
    mod_seq = 0
    for row in messages.files(writer.connection, writer.id, _ALL):
        letters = filename.split(row.name)[1]
        flags = filename.parse_letters(letters).system
        keywords = known.from_letters(letters, row.keywords)
        size = measure.count(writer.folder.file(row.in_new, row.name), row.size)
        if size != row.size:
            messages.set_size(writer.connection, writer.id, row.uid, size)
        if (flags, keywords) != (
            row.flags,
            row.keywords,
        ) or row.mod_seq > writer.row.highest_mod_seq:
            mod_seq = mod_seq or max(writer.next_mod_seq(), row.mod_seq + 1)
            writer.row.highest_mod_seq = max(writer.row.highest_mod_seq, mod_seq)
            after = row._replace(flags=flags, keywords=keywords, mod_seq=mod_seq)
            changes.append((row, after))
    writer.update(changes)


def _count(writer: MailboxWriter) -> None:
    rows, row = messages.files(writer.connection, writer.id, _ALL), writer.row
    row.messages = len(rows)
    row.unseen = sum(not message.flags & SEEN for message in rows)
    row.deleted = sum(bool(message.flags & DELETED) for message in rows)
    row.size = sum(message.size for message in rows)
    if rows:
        row.uid_next = max(row.uid_next, rows[-1].uid + 1)


def _mend_tombstones(writer: MailboxWriter) -> None:
    """Take those away that stand for messages which exist, or never did."""
    connection, row = writer.connection, writer.row
    live = messages.uids(connection, row.id)
    found = connection.execute(
        "SELECT mod_seq, first, last FROM expunged WHERE mailbox = ?", (row.id,)
    ).fetchall()
    for mod_seq, first, last in found:
        inside = live[bisect_left(live, first) : bisect_right(live, last)]
        if not inside and last < row.uid_next:
            continue
        connection.execute(
            "DELETE FROM expunged WHERE mailbox = ? AND mod_seq = ? AND first = ?",
            (row.id, mod_seq, first),
        )
        edges = sorted({first - 1, *inside, min(last + 1, row.uid_next)})
        gaps = [(low + 1, high - 1) for low, high in pairwise(edges) if low + 1 <= high - 1]
        expunged.add_runs(connection, row.id, mod_seq, gaps)


def mend_index(store: MaildirStore) -> None:
    """Remove rows that nothing leads to; make the index anew if SQLite finds it damaged."""
    database = store.home.database
    if database.connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        database.reopen("damaged")
        return
    with database.transaction() as connection:
        for folder in mailboxes.folders(connection):
            row = mailboxes.by_folder(connection, folder)
            if row is not None and not Folder(store.home.root, folder).exists():
                mailboxes.remove(connection, row.id)
        _remove_orphans(connection)


def _remove_orphans(connection: sqlite3.Connection) -> None:
    for statement in (
        "DELETE FROM messages WHERE mailbox NOT IN (SELECT id FROM mailboxes)",
        "DELETE FROM expunged WHERE mailbox NOT IN (SELECT id FROM mailboxes)",
        "DELETE FROM contents WHERE id NOT IN (SELECT id FROM sort_keys)",
        "DELETE FROM sort_keys WHERE id NOT IN (SELECT id FROM contents)",
        "UPDATE messages SET content = NULL WHERE content NOT IN (SELECT id FROM contents)",
        "DELETE FROM contents AS c WHERE NOT EXISTS (SELECT 1 FROM messages WHERE content = c.id)",
    ):
        connection.execute(statement)
