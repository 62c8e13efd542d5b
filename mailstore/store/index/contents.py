"""What is known of messages' content, ready to send; copies of a message share it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from mailstore.mime.content import Content

_INSERT = (
    "INSERT INTO contents (envelope, body_structure, body, fields, parts) VALUES (?, ?, ?, ?, ?)"
)
_INSERT_KEYS = "INSERT INTO sort_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def add(connection: sqlite3.Connection, contents: Iterable[Content | None]) -> list[int | None]:
    """Store contents; their ids, in the same order."""
    return [None if content is None else _add(connection, content) for content in contents]


def _add(connection: sqlite3.Connection, content: Content) -> int:
    values = (
        content.envelope,
        content.body_structure,
        content.body,
        content.fields,
        content.parts,
    )
    number = connection.execute(_INSERT, values).lastrowid or 0
    connection.execute(_INSERT_KEYS, (number, *content.sort_keys))
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
