"""Rows of mailboxes: where each stands, and its counts."""

# ruff: noqa: S608 - what is put into the SQL is our own names of columns, never data.

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Final

from mailstore.model.mailbox import MailboxState
from mailstore.model.quota import Usage


@dataclass(slots=True)
class MailboxRow:
    """One row, see :mod:`mailstore.store.index.schema`; ``id`` 0 is not in the index yet."""

    id: int
    folder: str
    uid_validity: int
    mailbox_id: bytes
    uid_next: int = 1
    highest_mod_seq: int = 1
    messages: int = 0
    unseen: int = 0
    deleted: int = 0
    size: int = 0
    deleted_size: int = 0
    first_recent: int = 1
    boot: str = ""
    keywords: bytes = b""
    letters: bytes = b""
    new_mtime: int = -1
    new_trust: int = 0
    cur_mtime: int = -1
    cur_trust: int = 0
    list_mtime: int = 0
    list_size: int = 0
    list_inode: int = 0
    list_check: int = 0
    list_lines: int = 0

    def state(self) -> MailboxState:
        return MailboxState(self.uid_validity, self.uid_next, self.highest_mod_seq, self.messages)


_NAMES: Final = tuple(field.name for field in fields(MailboxRow))
_COLUMNS: Final = ", ".join(_NAMES)
_BY_ID: Final = f"SELECT {_COLUMNS} FROM mailboxes WHERE id = ?"
_BY_FOLDER: Final = f"SELECT {_COLUMNS} FROM mailboxes WHERE folder = ?"
_INSERT: Final = (
    f"INSERT INTO mailboxes ({', '.join(_NAMES[1:])}) VALUES ({', '.join('?' * len(_NAMES[1:]))})"
)
_UPDATE: Final = f"UPDATE mailboxes SET {', '.join(f'{n} = ?' for n in _NAMES[1:])} WHERE id = ?"
_id_last = attrgetter(*_NAMES[1:], "id")
_without_id = attrgetter(*_NAMES[1:])


def by_id(connection: sqlite3.Connection, mailbox: int) -> MailboxRow | None:
    row = connection.execute(_BY_ID, (mailbox,)).fetchone()
    return None if row is None else MailboxRow(*row)


def by_folder(connection: sqlite3.Connection, folder: str) -> MailboxRow | None:
    row = connection.execute(_BY_FOLDER, (folder,)).fetchone()
    return None if row is None else MailboxRow(*row)


def folders(connection: sqlite3.Connection) -> list[str]:
    return [folder for (folder,) in connection.execute("SELECT folder FROM mailboxes").fetchall()]


def save(connection: sqlite3.Connection, row: MailboxRow) -> None:
    """Insert a new row, which gets its id, or write an old one."""
    if row.id:
        connection.execute(_UPDATE, _id_last(row))
    else:
        row.id = connection.execute(_INSERT, _without_id(row)).lastrowid or 0


def rename(connection: sqlite3.Connection, mailbox: int, folder: str) -> None:
    connection.execute("UPDATE mailboxes SET folder = ? WHERE id = ?", (folder, mailbox))


def remove(connection: sqlite3.Connection, mailbox: int) -> None:
    """Forget a mailbox with all its messages; content that no copy shares goes, too."""
    connection.execute(
        "DELETE FROM contents WHERE id IN (SELECT content FROM messages AS m WHERE mailbox = ?1"
        " AND NOT EXISTS (SELECT 1 FROM messages AS o WHERE o.content = m.content"
        " AND o.mailbox <> ?1))",
        (mailbox,),
    )
    for table in ("messages", "expunged"):
        connection.execute(f"DELETE FROM {table} WHERE mailbox = ?", (mailbox,))
    connection.execute("DELETE FROM mailboxes WHERE id = ?", (mailbox,))


def usage(connection: sqlite3.Connection, besides: Iterable[MailboxRow] = ()) -> Usage:
    """All mail of the user; for mailboxes that are being changed, by their rows ``besides``."""
    unsaved = {row.id: row for row in besides}
    counts = connection.execute("SELECT id, messages, size FROM mailboxes").fetchall()
    saved = [(messages, size) for mailbox, messages, size in counts if mailbox not in unsaved]
    saved += [(row.messages, row.size) for row in unsaved.values()]
    return Usage(sum(messages for messages, _ in saved), sum(size for _, size in saved))


def last_validity(connection: sqlite3.Connection) -> int:
    """The largest UIDVALIDITY in the index, 0 if there is none."""
    [value] = connection.execute("SELECT coalesce(max(uid_validity), 0) FROM mailboxes").fetchone()
    return int(value)
