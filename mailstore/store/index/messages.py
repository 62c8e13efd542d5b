"""Rows of messages: written and read in bulk.

Nothing here opens a transaction or keeps the counts of a mailbox; the caller does.
"""

# ruff: noqa: S608 - what is put into the SQL is our own names of columns, never data.

from __future__ import annotations

import json
import sqlite3
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from mailstore.model.sequence_set import Ranges
from mailstore.store.ports import CONTENT_COLUMNS, SORT_COLUMNS, Column, FlagsRow

AT_ONCE: Final = 4 << 20
"""Octets of content that are read at once."""

FEW_RANGES: Final = 8
"""With more, :func:`rows` needs to know which UIDs exist."""

_FEW_CHANGES: Final = 5_000

_WIDE: Final = CONTENT_COLUMNS - SORT_COLUMNS
"""Columns that may hold megabytes."""


class MessageRow(NamedTuple):
    """One row of ``messages``, in the order of its columns."""

    mailbox: int
    uid: int
    mod_seq: int
    flags: int
    keywords: bytes
    size: int
    internal_date: int
    saved_at: int
    content: int | None
    unique_id: bytes | None
    in_new: int
    name: bytes


class FileRow(NamedTuple):
    """Which file a message is, and what its name should say."""

    uid: int
    mod_seq: int
    flags: int
    keywords: bytes
    size: int
    content: int | None
    in_new: int
    name: bytes


_INSERT: Final = f"INSERT INTO messages VALUES ({', '.join('?' * len(MessageRow._fields))})"
_FILE_COLUMNS: Final = ", ".join(FileRow._fields)


def insert(connection: sqlite3.Connection, rows: Iterable[MessageRow]) -> None:
    connection.executemany(_INSERT, rows)


def uids(connection: sqlite3.Connection, mailbox: int, first: int = 1) -> array[int]:
    """UIDs from ``first`` on, ascending."""
    found = connection.execute(
        "SELECT uid FROM messages WHERE mailbox = ? AND uid >= ? ORDER BY uid", (mailbox, first)
    ).fetchall()
    return array("I", [uid for (uid,) in found])


def first_unseen(connection: sqlite3.Connection, mailbox: int) -> int | None:
    """The lowest UID without ``\\Seen``."""
    found = connection.execute(
        "SELECT uid FROM messages INDEXED BY messages_unseen"
        " WHERE mailbox = ? AND NOT flags & 1 ORDER BY uid LIMIT 1",
        (mailbox,),
    ).fetchone()
    return None if found is None else int(found[0])


def names(connection: sqlite3.Connection, mailbox: int) -> list[tuple[int, int, bytes]]:
    """``(uid, in_new, name)`` of every message, by UID."""
    return connection.execute(
        "SELECT uid, in_new, name FROM messages WHERE mailbox = ? ORDER BY uid", (mailbox,)
    ).fetchall()


def in_new(connection: sqlite3.Connection, mailbox: int) -> list[tuple[int, bytes]]:
    """``(uid, name)`` of messages whose file is in ``new/``, by UID."""
    return connection.execute(
        "SELECT uid, name FROM messages INDEXED BY messages_in_new"
        " WHERE mailbox = ? AND in_new ORDER BY uid",
        (mailbox,),
    ).fetchall()


def files(connection: sqlite3.Connection, mailbox: int, wanted: Ranges) -> list[FileRow]:
    """Files of the messages in ``wanted``, by UID."""
    sql = (
        f"SELECT {_FILE_COLUMNS} FROM messages AS m WHERE mailbox = ?"
        " AND uid BETWEEN ? AND ? ORDER BY uid"
    )
    found: list[FileRow] = []
    for low, high in wanted:
        found.extend(map(FileRow._make, connection.execute(sql, (mailbox, low, high)).fetchall()))
    return found


def whole(connection: sqlite3.Connection, mailbox: int, wanted: Ranges) -> list[MessageRow]:
    """Whole rows of the messages in ``wanted``, by UID."""
    sql = "SELECT * FROM messages WHERE mailbox = ? AND uid BETWEEN ? AND ? ORDER BY uid"
    found: list[MessageRow] = []
    for low, high in wanted:
        rows = connection.execute(sql, (mailbox, low, high)).fetchall()
        found.extend(map(MessageRow._make, rows))
    return found


def files_of(connection: sqlite3.Connection, mailbox: int, wanted: Iterable[int]) -> list[FileRow]:
    """Files of single messages, in the order of ``wanted``."""
    sql = (
        f"SELECT {_FILE_COLUMNS} FROM json_each(?2) AS j CROSS JOIN messages AS m"
        " WHERE m.mailbox = ?1 AND m.uid = j.value"
    )
    rows = connection.execute(sql, (mailbox, json.dumps(list(wanted)))).fetchall()
    return list(map(FileRow._make, rows))


@lru_cache(maxsize=256)
def _rows_sql(columns: tuple[Column, ...], source: str, where: str) -> str:
    selected = ", ".join(f"{_table(column)}.{column}" for column in columns)
    join = ""
    if not _WIDE.isdisjoint(columns):
        join = " LEFT JOIN contents AS c ON c.id = m.content"
    if not SORT_COLUMNS.isdisjoint(columns):
        # They have the ids of the contents, which need not be looked at for them.
        join += " LEFT JOIN sort_keys AS k ON k.id = m.content"
    return f"SELECT {selected} FROM {source}{join} WHERE {where} ORDER BY m.uid LIMIT ?"


def _table(column: Column) -> str:
    if column in SORT_COLUMNS:
        return "k"
    return "c" if column in CONTENT_COLUMNS else "m"


def rows(
    connection: sqlite3.Connection,
    mailbox: int,
    columns: tuple[Column, ...],
    wanted: Ranges,
    existing: array[int],
    changed_since: int,
    limit: int,
) -> list[tuple[Any, ...]]:
    """At most ``limit`` rows in ``wanted``, by UID; ``existing`` are the mailbox's UIDs.

    There are fewer, though one at least, where they hold more than AT_ONCE octets of content.
    """
    if len(wanted) > FEW_RANGES:
        return _rows_of(connection, mailbox, columns, wanted, existing, changed_since, limit)
    source, where = "messages AS m", "m.mailbox = ? AND m.uid BETWEEN ? AND ?"
    if changed_since:
        where += " AND m.mod_seq > ?"
        if _few_changes(connection, mailbox, changed_since):
            source += " INDEXED BY messages_by_mod_seq"
    sql = _rows_sql(columns, source, where)
    found: list[tuple[Any, ...]] = []
    taker = _Taker(columns, found, limit)
    for low, high in wanted:
        given = (mailbox, low, high, *((changed_since,) if changed_since else ()))
        if taker.take(connection.execute(sql, (*given, limit - len(found)))):
            break
    return found


class _Taker:
    """Takes rows from cursors into ``found``, and no more content than is good at once."""

    def __init__(self, columns: Sequence[object], found: list[tuple[Any, ...]], limit: int) -> None:
        self._found = found
        self._limit = limit
        self._places = [place for place, name in enumerate(columns) if name in _WIDE]
        self._octets = 0

    def take(self, cursor: sqlite3.Cursor) -> bool:
        """Take what ``cursor`` has; True if that is enough."""
        if not self._places:
            self._found += cursor.fetchall()
            return len(self._found) >= self._limit
        octets, found, places = self._octets, self._found, self._places
        for row in cursor:
            found.append(row)
            for place in places:
                if row[place] is not None:
                    octets += len(row[place])
            if octets > AT_ONCE:
                # A statement that is not at its end would keep the log from being written back.
                cursor.close()
                return True
        self._octets = octets
        return len(found) >= self._limit


def _few_changes(connection: sqlite3.Connection, mailbox: int, mod_seq: int) -> bool:
    """Whether it is cheaper to look up what changed than to go through all messages."""
    [count] = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM messages INDEXED BY messages_by_mod_seq"
        " WHERE mailbox = ? AND mod_seq > ? LIMIT ?)",
        (mailbox, mod_seq, _FEW_CHANGES),
    ).fetchone()
    return bool(count < _FEW_CHANGES)


def _rows_of(
    connection: sqlite3.Connection,
    mailbox: int,
    columns: tuple[Column, ...],
    wanted: Ranges,
    existing: array[int],
    changed_since: int,
    limit: int,
) -> list[tuple[Any, ...]]:
    """Rows of many ranges, a query for ``limit`` messages and not one for each range."""
    sql = _rows_sql(
        columns,
        "json_each(?2) AS j CROSS JOIN messages AS m",
        "m.mailbox = ?1 AND m.uid = j.value AND m.mod_seq > ?3",
    )
    found: list[tuple[Any, ...]] = []
    taker = _Taker(columns, found, limit)
    chosen = within(existing, wanted)
    for start in range(0, len(chosen), limit):
        batch = json.dumps(chosen[start : start + limit])
        given = (mailbox, batch, changed_since, limit - len(found))
        if taker.take(connection.execute(sql, given)):
            break
    return found


def within(existing: array[int], wanted: Ranges) -> list[int]:
    """Those of ``existing`` that lie in ``wanted``; both ascend."""
    found: list[int] = []
    for low, high in wanted:
        found += existing[bisect_left(existing, low) : bisect_right(existing, high)]
    return found


def changed(connection: sqlite3.Connection, mailbox: int, mod_seq: int) -> list[FlagsRow]:
    """Messages with a later mod-sequence, by UID."""
    hint = "INDEXED BY messages_by_mod_seq" if _few_changes(connection, mailbox, mod_seq) else ""
    found = connection.execute(
        f"SELECT uid, flags, keywords, mod_seq FROM messages {hint}"
        " WHERE mailbox = ? AND mod_seq > ? ORDER BY uid",
        (mailbox, mod_seq),
    ).fetchall()
    return list(map(FlagsRow._make, found))


def count_from(connection: sqlite3.Connection, mailbox: int, uid: int) -> int:
    """How many messages have this UID or a higher one."""
    [count] = connection.execute(
        "SELECT count(*) FROM messages WHERE mailbox = ? AND uid >= ?", (mailbox, uid)
    ).fetchone()
    return int(count)


def update_files(
    connection: sqlite3.Connection,
    mailbox: int,
    rows: Iterable[tuple[int, int, bytes, int, bytes, int]],
) -> None:
    """Write ``(mod_seq, flags, keywords, in_new, name, uid)``."""
    connection.executemany(
        "UPDATE messages SET mod_seq = ?, flags = ?, keywords = ?, in_new = ?, name = ?"
        " WHERE uid = ? AND mailbox = ?",
        [(*row, mailbox) for row in rows],
    )


def delete(connection: sqlite3.Connection, mailbox: int, gone: Sequence[int]) -> None:
    """Forget messages, and content that no copy shares."""
    given = (mailbox, json.dumps(list(gone)))
    contents = connection.execute(
        "SELECT m.content FROM json_each(?2) AS j CROSS JOIN messages AS m"
        " WHERE m.mailbox = ?1 AND m.uid = j.value AND m.content IS NOT NULL",
        given,
    ).fetchall()
    connection.execute(
        "DELETE FROM messages WHERE mailbox = ?1 AND uid IN (SELECT value FROM json_each(?2))",
        given,
    )
    _drop(connection, contents)


def _drop(connection: sqlite3.Connection, contents: Sequence[tuple[int]]) -> None:
    """Remove contents that no message has any more."""
    connection.executemany(
        "DELETE FROM contents WHERE id = ?1"
        " AND NOT EXISTS (SELECT 1 FROM messages WHERE content = ?1)",
        contents,
    )


def set_size(connection: sqlite3.Connection, mailbox: int, uid: int, size: int) -> None:
    """The file has another size than was thought: what was read of it is void, too."""
    contents = connection.execute(
        "SELECT content FROM messages WHERE mailbox = ? AND uid = ? AND content IS NOT NULL",
        (mailbox, uid),
    ).fetchall()
    connection.execute(
        "UPDATE messages SET size = ?, content = NULL WHERE mailbox = ? AND uid = ?",
        (size, mailbox, uid),
    )
    _drop(connection, contents)


def raise_mod_seqs(connection: sqlite3.Connection, mailbox: int, mod_seq: int) -> None:
    """Give all messages one mod-sequence, so that everybody asks for their flags again."""
    connection.execute("UPDATE messages SET mod_seq = ? WHERE mailbox = ?", (mod_seq, mailbox))
