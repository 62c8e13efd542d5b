"""Header fields that clients ask for again and again, selected once and kept.

A mail program asks for the same fields of every message, each time that it meets a mailbox
anew. What was selected for many messages at once is kept by content, so that the next client
with the same wish gets stored octets. The few lists that were learnt last are kept; single
messages are not worth a write, their fields are selected on the way.
"""

# ruff: noqa: S608 - what is put into the SQL is our own names of columns, never data.

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from mailstore.mime.content import Content
from mailstore.mime.fields import selector
from mailstore.store.ports import AnyColumn, Column, FieldsOf

LISTS: Final = 8
"""Lists of fields that are kept for one user."""

WORTH_KEEPING: Final = 64
"""Messages whose fields were selected for one answer."""

LARGEST: Final = 4096
"""Octets; larger selections are made anew each time."""


class Learnt(NamedTuple):
    """Selections that the index did not have, but for large ones."""

    wish: FieldsOf
    selected: list[tuple[int, bytes]]
    """Content and octets."""


def list_id(connection: sqlite3.Connection, wish: FieldsOf) -> int:
    """The number of a list, 0 if it is not kept."""
    found = connection.execute(
        "SELECT id FROM field_lists WHERE names = ?", (_names(wish),)
    ).fetchone()
    return 0 if found is None else int(found[0])


def _names(wish: FieldsOf) -> bytes:
    return b" ".join(sorted(wish.names))


def complete(
    connection: sqlite3.Connection,
    mailbox: int,
    columns: Sequence[AnyColumn],
    rows: list[tuple[Any, ...]],
    most: int,
) -> list[Learnt]:
    """Select, in ``rows``, what the index does not have yet; UID is among ``columns``.

    Rows of messages that were not read yet keep None. The last rows are dropped once more
    than ``most`` octets were selected.
    """
    learnt = []
    for place, wish in enumerate(columns):
        if isinstance(wish, FieldsOf) and any(row[place] is None for row in rows):
            uid_place = columns.index(Column.UID)
            selected = _complete(connection, mailbox, wish, rows, (uid_place, place), most)
            learnt.append(Learnt(wish, selected))
    return learnt


def _complete(
    connection: sqlite3.Connection,
    mailbox: int,
    wish: FieldsOf,
    rows: list[tuple[Any, ...]],
    places: tuple[int, int],
    most: int,
) -> list[tuple[int, bytes]]:
    """``places``: where the UID and the selection stand in a row."""
    uid_place, place = places
    missing = {row[uid_place]: number for number, row in enumerate(rows) if row[place] is None}
    found = connection.execute(
        "SELECT m.uid, c.id, c.fields FROM json_each(?2) AS j CROSS JOIN messages AS m"
        " CROSS JOIN contents AS c WHERE m.mailbox = ?1 AND m.uid = j.value AND c.id = m.content",
        (mailbox, json.dumps(list(missing))),
    )
    select, selected, total = selector(wish.names), [], 0
    for uid, content, fields in found:
        # One after another: all fields of so many messages may be more than fits in memory.
        octets, number = select(fields), missing[uid]
        rows[number] = (*rows[number][:place], octets, *rows[number][place + 1 :])
        if len(octets) < LARGEST:
            selected.append((content, octets))
        total += len(octets)
        if total > most:
            found.close()
            del rows[number + 1 :]
            break
    return selected


def of_content(content: Content, column: AnyColumn) -> bytes:
    """What a content column says of content that is not in the index."""
    if isinstance(column, FieldsOf):
        return selector(column.names)(content.fields)
    value: bytes = getattr(content, column)
    return value


def keep(connection: sqlite3.Connection, learnt: Learnt) -> None:
    """Write selections, and forget the list that was learnt least recently if need be."""
    connection.execute(
        "INSERT INTO field_lists (names, learnt) VALUES (?1, unixepoch())"
        " ON CONFLICT (names) DO UPDATE SET learnt = unixepoch()",
        (_names(learnt.wish),),
    )
    number = list_id(connection, learnt.wish)
    connection.executemany(
        "INSERT OR REPLACE INTO selections VALUES (?, ?, ?)",
        [(number, content, octets) for content, octets in learnt.selected],
    )
    old = connection.execute(
        "SELECT id FROM field_lists ORDER BY learnt DESC, id DESC LIMIT -1 OFFSET ?", (LISTS,)
    ).fetchall()
    for table, column in (("selections", "list"), ("field_lists", "id")):
        connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", old)
