"""What is known of messages' content, ready to send; copies of a message share it.

An id is a time in microseconds, or one more than the last where the clock does not move on.
So it is given once, even if the index is made anew or an old one is put in its place: other
caches (:mod:`~mailstore.store.index.texts`) may keep what they know under it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence

from mailstore.mime.content import Content

_INSERT = (
    "INSERT INTO contents (id, envelope, body_structure, body, fields, parts)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)


def add(connection: sqlite3.Connection, contents: Iterable[Content | None]) -> list[int | None]:
    """Store contents; their ids, in the same order."""
    return [None if content is None else _add(connection, content) for content in contents]


def _add(connection: sqlite3.Connection, content: Content) -> int:
    [last] = connection.execute("SELECT coalesce(max(id), 0) FROM contents").fetchone()
    number = max(int(last) + 1, time.time_ns() // 1000)
    values = (
        number,
        content.envelope,
        content.body_structure,
        content.body,
        content.fields,
        content.parts,
    )
    connection.execute(_INSERT, values)
    return number


def attach(
    connection: sqlite3.Connection,
    mailbox: int,
    filled: Sequence[tuple[int, Content]],
) -> None:
    """Store the content of messages that have none; UIDs that are gone are passed over."""
    for uid, content in filled:
        row = connection.execute(
            "SELECT content FROM messages WHERE mailbox = ? AND uid = ?", (mailbox, uid)
        ).fetchone()
        if row is None or row[0] is not None:
            continue
        number = _add(connection, content)
        connection.execute(
            "UPDATE messages SET content = ? WHERE mailbox = ? AND uid = ?", (number, mailbox, uid)
        )


def parts(connection: sqlite3.Connection, content: int) -> bytes | None:
    """The places of a message's parts (see :mod:`mailstore.mime.pack`); None if it is gone."""
    row = connection.execute("SELECT parts FROM contents WHERE id = ?", (content,)).fetchone()
    return None if row is None else bytes(row[0])
