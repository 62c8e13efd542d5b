"""What is known of messages' content, ready to send; copies of a message share it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from mailstore.mime.content import Content

_INSERT = (
    "INSERT INTO contents (envelope, body_structure, body, fields, parts) VALUES (?, ?, ?, ?, ?)"
)


def add(connection: sqlite3.Connection, contents: Iterable[Content]) -> list[int]:
    """Store contents; their ids, in the same order."""
    execute = connection.execute
    return [
        execute(_INSERT, (c.envelope, c.body_structure, c.body, c.fields, c.parts)).lastrowid or 0
        for c in contents
    ]


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
        [number] = add(connection, (content,))
        connection.execute(
            "UPDATE messages SET content = ? WHERE mailbox = ? AND uid = ?", (number, mailbox, uid)
        )
