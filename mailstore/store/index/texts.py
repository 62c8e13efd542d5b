"""The text index: which messages cannot have a text in them, for SEARCH BODY and TEXT.

An SQLite file of its own beside the index, which may be deleted at any moment. For every
content (see :mod:`~mailstore.store.index.contents`) that was taken in, it has the groups of
three letters that occur in its folded texts. A message that lacks one of a needle's groups
cannot have the needle; one that has them all may have it, and is read.

Invariants:

* What is told of a content stays true: ids of contents are given once, and so are the
  numbers that stand for them in ``groups``. Rows are only added, or all removed together.
* A text and its number are committed together. So a content that is in ``texts`` up to a
  number, and not among what was found up to that number, lacks what was looked for.
* Contents that are no more cost room, not truth. Once there are more of them than of
  others, all is thrown away, and taken in again (:meth:`TextIndex.sweep`).
* No error leaves this file: what cannot be asked is not known, what cannot be kept is not
  kept, and after an error nothing is tried for a while.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from mailstore.mime.fold import letters
from mailstore.model.errors import Busy, MailError
from mailstore.store import durable
from mailstore.store.index.database import (
    FILES,
    IndexLost,
    connect,
    create,
    creation_lock,
    has_room,
    identity,
    is_odd,
    mail_error,
)

logger = logging.getLogger(__name__)

T = TypeVar("T")

RETRY_S: Final = 60.0
"""How long nothing is tried after an error."""

ROOM: Final = 64 << 20
"""Octets that stay free for mail."""

MOST_GROUPS: Final = 32
"""Groups of three letters of a needle that are looked for."""

LONGEST_NEEDLE: Final = 1000
"""Characters of a needle that are looked at."""

SPARE: Final = 1000
"""Contents that are no more for which nothing is swept."""

VERSION: Final = 1
"""Raise it with every change of the tables, of folding, and of what texts a message has."""

APPLICATION_ID: Final = 0x6D737478

TABLES: Final = """
CREATE TABLE texts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    content INTEGER NOT NULL UNIQUE,
    whole INTEGER NOT NULL              -- 0: it was too long, and has to be read
);

CREATE VIRTUAL TABLE groups USING fts5 (
    text, content = '', columnsize = 0, detail = none, tokenize = 'trigram case_sensitive 1'
);
"""


class _Found(NamedTuple):
    """What has all groups of an expression, among all numbers up to ``last``."""

    expression: str
    last: int
    contents: frozenset[int]


class TextIndex:
    """One user's text index. Opened when it is first needed, made when it is first filled."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._file = (0, 0)
        self._retry_at = 0.0
        self._found: _Found | None = None

    def lacking(self, contents: Collection[int], needles: Sequence[str]) -> set[int]:
        """Those of ``contents`` that surely lack one of ``needles``, which are folded."""
        expression = _expression(needles)
        if not expression or not contents:
            return set()

        def ask(connection: sqlite3.Connection) -> set[int]:
            found = self._find(connection, expression)
            known = _known(connection, contents, whole=True, last=found.last)
            return known - found.contents

        return self._try(ask, set())

    def unknown(self, contents: Collection[int]) -> set[int]:
        """Those of ``contents`` that were not taken in yet."""
        wanted = set(contents)
        return self._try(lambda connection: wanted - _known(connection, wanted), wanted)

    def add(self, texts: Sequence[tuple[int, str | None]]) -> bool:
        """Take in contents with their folded texts; None is a text that is too long.

        False if nothing was kept.
        """

        def insert(connection: sqlite3.Connection) -> bool:
            with _transaction(connection):
                for content, text in texts:
                    _insert(connection, content, text)
            return True

        return self._try(insert, False, make=True)

    def sweep(self, contents: int) -> bool:
        """Throw all away if most of it is of no use; the user has so many ``contents``."""

        def empty(connection: sqlite3.Connection) -> bool:
            [count] = connection.execute("SELECT count(*) FROM texts").fetchone()
            if count <= 2 * contents + SPARE:
                return False
            with _transaction(connection):
                connection.execute("DELETE FROM texts")
                connection.execute("INSERT INTO groups (groups) VALUES ('delete-all')")
            return True

        return self._try(empty, False)

    def file(self) -> tuple[int, int]:
        """Another value once the file is another one."""
        return identity(self.path)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        self._found = None
        if connection is not None:
            connection.close()

    def _find(self, connection: sqlite3.Connection, expression: str) -> _Found:
        """A search asks the same of many batches of messages: the last answer is kept."""
        [last] = connection.execute("SELECT coalesce(max(number), 0) FROM texts").fetchone()
        if self._found is None or self._found[:2] != (expression, last):
            # What is added from here on has higher numbers.
            rows = connection.execute(
                "SELECT content FROM groups AS g CROSS JOIN texts AS t"
                " WHERE groups MATCH ? AND t.number = g.rowid",
                (expression,),
            )
            self._found = _Found(expression, last, frozenset([content for (content,) in rows]))
        return self._found

    def _try(
        self, work: Callable[[sqlite3.Connection], T], otherwise: T, *, make: bool = False
    ) -> T:
        """What ``work`` says; ``otherwise`` if there is no file, or anything goes wrong."""
        if time.monotonic() < self._retry_at:
            return otherwise
        try:
            connection = self._open(make=make)
            return otherwise if connection is None else work(connection)
        except (sqlite3.Error, IndexLost, OSError, MailError) as error:
            self._failed(error)
            return otherwise

    def _failed(self, error: Exception) -> None:
        meaning = mail_error(error) if isinstance(error, sqlite3.Error) else error
        if isinstance(meaning, Busy):
            return
        logger.warning("text index %s: %s", self.path, error)
        self._retry_at = time.monotonic() + RETRY_S
        self.close()
        if isinstance(meaning, IndexLost):
            self._remove()

    def _open(self, *, make: bool) -> sqlite3.Connection | None:
        if identity(self.path) != self._file:
            self.close()
        if make and not has_room(self.path.parent, ROOM):
            return None
        if self._connection is None and (make or self.path.exists()):
            with creation_lock(self.path, 0.0):
                self._connection = self._open_locked()
                self._file = identity(self.path)
        return self._connection

    def _open_locked(self) -> sqlite3.Connection:
        if is_odd(self.path) or identity(self.path) == (0, 0):
            self._discard()
        connection = connect(self.path)
        try:
            problem = _prepare(connection)
        except BaseException:
            connection.close()
            raise
        if problem is None:
            return connection
        connection.close()
        raise IndexLost(problem)

    def _remove(self) -> None:
        """Take away a file that is no good."""
        try:
            with creation_lock(self.path, 0.0):
                self._discard()
        except (OSError, MailError) as error:
            logger.warning("text index %s: %s", self.path, error)

    def _discard(self) -> None:
        for suffix in FILES:
            durable.discard(self.path.with_name(self.path.name + suffix))


def _prepare(connection: sqlite3.Connection) -> str | None:
    """Make the tables of a new file, look at those of an old one; what is wrong."""
    connection.execute("PRAGMA busy_timeout = 0")
    connection.execute("PRAGMA cache_size = -1000")
    [application] = connection.execute("PRAGMA application_id").fetchone()
    [version] = connection.execute("PRAGMA user_version").fetchone()
    if (application, version) == (APPLICATION_ID, VERSION):
        return None
    [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables or application:
        return f"not a text index of version {VERSION}"
    create(connection, TABLES, APPLICATION_ID, VERSION)
    return None


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. It does not wait for another process that writes."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _insert(connection: sqlite3.Connection, content: int, text: str | None) -> None:
    added = connection.execute(
        "INSERT OR IGNORE INTO texts (content, whole) VALUES (?, ?)", (content, text is not None)
    )
    if added.rowcount and text is not None:
        connection.execute(
            "INSERT INTO groups (rowid, text) VALUES (?, ?)", (added.lastrowid, letters(text))
        )


def _known(
    connection: sqlite3.Connection,
    contents: Collection[int],
    *,
    whole: bool = False,
    last: int = 1 << 62,
) -> set[int]:
    """Those of ``contents`` that were taken in, as a whole if asked for, up to a number."""
    rows = connection.execute(
        "SELECT t.content FROM json_each(?) AS j CROSS JOIN texts AS t"
        " WHERE t.content = j.value AND t.whole >= ? AND t.number <= ?",
        (json.dumps(list(contents)), whole, last),
    )
    return {content for (content,) in rows}


def _expression(needles: Sequence[str]) -> str:
    """What has all groups of three letters in ``needles``; empty if there are none.

    Of many groups only some are looked for, from all over the needles.
    """
    texts = [letters(needle[:LONGEST_NEEDLE]) for needle in needles]
    groups = list(dict.fromkeys(t[n : n + 3] for t in texts for n in range(len(t) - 2)))
    quote = '"'
    step = -(-len(groups) // MOST_GROUPS) or 1
    return " AND ".join(
        [quote + group.replace(quote, quote * 2) + quote for group in groups[::step]]
    )
