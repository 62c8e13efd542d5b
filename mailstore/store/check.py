"""Whether a user's Maildir, ``dovecot-uidlist`` and index say the same.

What other programs did meanwhile is taken in first; it is no fault. Every file is read, to
count it. Nothing is changed but with ``repair``, which mends the index and the list. It never
removes a file of the Maildir.
"""

from __future__ import annotations

import os
import stat
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from mailstore.model.errors import MailError
from mailstore.model.flags import DELETED, SEEN
from mailstore.model.sequence_set import MAX_UID
from mailstore.store.index import expunged, mailboxes, messages
from mailstore.store.index.messages import MessageRow
from mailstore.store.maildir import filename, measure, uidlist
from mailstore.store.maildir.mailbox import MaildirMailbox
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.maildir.writer import MailboxWriter
from mailstore.store.opening import open_user
from mailstore.store.repair import mend_index, mend_mailbox


class Fault(NamedTuple):
    """One thing that is not as it should be; ``mailbox`` is empty for the index as a whole."""

    mailbox: str
    what: str


def check_user(root: Path, *, index: Path | None = None, repair: bool = False) -> list[Fault]:
    """Check all mail of one user; the faults that were found.

    With ``repair`` they are mended where that can be; ask again to see what is left.

    Raises Unavailable, and what else :func:`open_user` raises.
    """
    store = open_user(root, index=index)
    try:
        return check_store(store, repair=repair)
    finally:
        store.close()


def check_store(store: MaildirStore, *, repair: bool = False) -> list[Fault]:
    """The same for a store that is open."""
    faults = []
    names = [info.name for info in store.mailboxes() if info.selectable]
    for name in names:
        try:
            mailbox = store.open(name)
        except MailError as error:
            faults.append(Fault(name, f"cannot be opened: {error}"))
            continue
        try:
            mailbox.sync()
            found = [Fault(name, what) for what in _check_mailbox(mailbox)]
            if found and repair:
                mend_mailbox(mailbox)
            faults += found
        finally:
            mailbox.close()
    faults += [Fault("", what) for what in _check_index(store, names)]
    if repair and faults:
        mend_index(store)
    return faults


def _check_index(store: MaildirStore, names: list[str]) -> Iterator[str]:
    connection = store.home.database.connection
    for (result,) in connection.execute("PRAGMA integrity_check(20)").fetchall():
        if result != "ok":
            yield f"SQLite: {result}"
    folders = {store.home.find(name).name for name in names}
    for folder in mailboxes.folders(connection):
        if folder not in folders:
            yield f"the index has a mailbox in {folder!r}, where there is none"
    for table in ("messages", "expunged"):
        [count] = connection.execute(
            f"SELECT count(*) FROM {table} WHERE mailbox NOT IN (SELECT id FROM mailboxes)"  # noqa: S608
        ).fetchone()
        if count:
            yield f"{count} rows of {table} belong to no mailbox"
    [count] = connection.execute(
        "SELECT count(*) FROM contents AS c"
        " WHERE NOT EXISTS (SELECT 1 FROM messages WHERE content = c.id)"
    ).fetchone()
    if count:
        yield f"{count} contents belong to no message"
    [count] = connection.execute(
        "SELECT count(*) FROM messages WHERE content IS NOT NULL"
        " AND content NOT IN (SELECT id FROM contents)"
    ).fetchone()
    if count:
        yield f"{count} messages have contents that are missing"
    for table, other in (("contents", "sort_keys"), ("sort_keys", "contents")):
        [count] = connection.execute(
            f"SELECT count(*) FROM {table} WHERE id NOT IN (SELECT id FROM {other})"  # noqa: S608
        ).fetchone()
        if count:
            yield f"{count} rows of {table} have none in {other}"


def _check_mailbox(mailbox: MaildirMailbox) -> list[str]:
    """All under the write lock, so that nobody of ours is in the middle of something."""
    home, found = mailbox.home, []
    with home.database.transaction() as connection:
        writer = home.writer(connection, mailbox.folder)
        rows = messages.whole(connection, writer.id, [(0, MAX_UID)])
        for check in _CHECKS:
            found += list(check(writer, rows))
    return found


def _check_counts(writer: MailboxWriter, rows: list[MessageRow]) -> Iterator[str]:
    row = writer.row
    for what, kept, counted in (
        ("messages", row.messages, len(rows)),
        ("unseen messages", row.unseen, sum(not m.flags & SEEN for m in rows)),
        ("deleted messages", row.deleted, sum(bool(m.flags & DELETED) for m in rows)),
        ("octets", row.size, sum(m.size for m in rows)),
    ):
        if kept != counted:
            yield f"the index counts {kept} {what}, there are {counted}"
    if rows and rows[-1].uid >= row.uid_next:
        yield f"UID {rows[-1].uid} is not below the next UID, {row.uid_next}"
    late = [m.uid for m in rows if m.mod_seq > row.highest_mod_seq]
    if late:
        yield f"UIDs {late[:5]} have a mod-sequence above the highest"
    live = messages.uids(writer.connection, row.id)
    runs = expunged.runs_after(writer.connection, row.id, 0)
    buried = [
        live[bisect_left(live, first)]
        for first, last in runs
        if bisect_left(live, first) < bisect_right(live, last)
    ]
    if buried:
        yield f"UIDs {buried[:5]} exist, and are recorded as expunged"
    if runs and runs[-1][1] >= row.uid_next:
        yield f"UID {runs[-1][1]} is recorded as expunged, and was not given yet"


def _check_files(writer: MailboxWriter, rows: list[MessageRow]) -> Iterator[str]:
    folder = writer.folder
    on_disk = {
        (in_new, name)
        for in_new, directory in ((0, folder.cur), (1, folder.new))
        for name in os.listdir(directory)
        if not name.startswith(b".") and _is_file(folder.file(in_new, name))
    }
    in_index = {(row.in_new, row.name) for row in rows}
    for in_new, name in sorted(on_disk - in_index)[:5]:
        yield f"{folder.file(in_new, name)!r} is not in the index"
    for in_new, name in sorted(in_index - on_disk)[:5]:
        yield f"{folder.file(in_new, name)!r} is in the index, but not on disk"
    bases = [filename.split(name)[0] for _, name in on_disk]
    if len(bases) != len(set(bases)):
        yield "two files have the same base name"


def _is_file(path: bytes) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False


def _check_rows(writer: MailboxWriter, rows: list[MessageRow]) -> Iterator[str]:
    known = writer.keywords()
    for row in rows:
        letters = filename.split(row.name)[1]
        if filename.parse_letters(letters).system != row.flags:
            yield f"UID {row.uid}: flags {row.flags}, and letters {letters!r}"
        if known.from_letters(letters, row.keywords) != row.keywords:
            yield f"UID {row.uid}: keywords {row.keywords!r}, and letters {letters!r}"
        path = writer.folder.file(row.in_new, row.name)
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            continue
        size = measure.count(path, status.st_size)
        if size != row.size:
            yield f"UID {row.uid}: {row.size} octets in the index, {size} in the file"


def _check_list(writer: MailboxWriter, rows: list[MessageRow]) -> Iterator[str]:
    row = writer.row
    if not writer.list_writable:
        return
    try:
        found = uidlist.read(writer.folder.list_path)
    except FileNotFoundError:
        if rows:
            yield "there is no dovecot-uidlist"
        return
    yield from found.damage
    if (found.uid_validity, found.mailbox_id) != (row.uid_validity, row.mailbox_id):
        yield "dovecot-uidlist has another UIDVALIDITY or mailbox id than the index"
    if found.uid_next > row.uid_next and row.list_size == (found.mark and found.mark.end):
        yield f"dovecot-uidlist has next UID {found.uid_next}, the index {row.uid_next}"
    listed = dict(zip(found.names, found.uids, strict=True))
    wrong = [m.uid for m in rows if listed.get(filename.split(m.name)[0]) != m.uid]
    if wrong:
        yield f"dovecot-uidlist lacks UIDs {wrong[:5]}, or gives them to others"


_CHECKS: tuple[Callable[[MailboxWriter, list[MessageRow]], Iterator[str]], ...] = (
    _check_counts,
    _check_files,
    _check_rows,
    _check_list,
)
