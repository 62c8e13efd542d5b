"""Tombstones: UIDs that are no more, with the mod-sequence at which they went.

They are runs of neighbouring UIDs. So that they do not grow for ever, the older half is
joined when there are many: all its runs get the highest mod-sequence among them, and those
that touch become one. What is left is never more than the gaps between messages, and
whoever asks hears of too many UIDs, never of too few.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

from mailstore.model.sequence_set import normalize, ranges_of

KEPT: Final = 2_000
"""Runs that a mailbox keeps before the older ones are joined."""


def add(connection: sqlite3.Connection, mailbox: int, mod_seq: int, uids: Sequence[int]) -> None:
    """Record UIDs, which ascend."""
    add_runs(connection, mailbox, mod_seq, ranges_of(uids))


def add_runs(
    connection: sqlite3.Connection, mailbox: int, mod_seq: int, runs: Iterable[tuple[int, int]]
) -> None:
    connection.executemany(
        "INSERT INTO expunged VALUES (?, ?, ?, ?)",
        [(mailbox, mod_seq, first, last) for first, last in runs],
    )
    [count] = connection.execute(
        "SELECT count(*) FROM expunged WHERE mailbox = ?", (mailbox,)
    ).fetchone()
    if count > KEPT:
        _join(connection, mailbox, count)


def _join(connection: sqlite3.Connection, mailbox: int, count: int) -> None:
    [mod_seq] = connection.execute(
        "SELECT mod_seq FROM expunged WHERE mailbox = ? ORDER BY mod_seq LIMIT 1 OFFSET ?",
        (mailbox, count // 2),
    ).fetchone()
    old = connection.execute(
        "SELECT first, last FROM expunged WHERE mailbox = ? AND mod_seq <= ?", (mailbox, mod_seq)
    ).fetchall()
    joined = normalize(old)
    if len(joined) == len(old):
        return
    connection.execute(
        "DELETE FROM expunged WHERE mailbox = ? AND mod_seq <= ?", (mailbox, mod_seq)
    )
    connection.executemany(
        "INSERT INTO expunged VALUES (?, ?, ?, ?)",
        [(mailbox, mod_seq, first, last) for first, last in joined],
    )


def runs_after(connection: sqlite3.Connection, mailbox: int, mod_seq: int) -> list[tuple[int, int]]:
    """Runs that went after ``mod_seq``, ascending and disjoint."""
    found = connection.execute(
        "SELECT first, last FROM expunged WHERE mailbox = ? AND mod_seq > ?", (mailbox, mod_seq)
    ).fetchall()
    return normalize(found)
