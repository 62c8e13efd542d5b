"""The SQLite file: opening it, making it anew, transactions, errors.

Invariants:

* Whoever changes a user's mail holds a transaction of :meth:`Database.transaction`, which
  takes SQLite's write lock first. The lock dies with its process.
* The file may be deleted, replaced or damaged at any time. What notices raises
  :class:`IndexLost`; :meth:`Database.reopen` puts a fresh index in place, and the caller starts
  again. A damaged file is moved aside, never deleted.
* Files are put in place and moved aside under a kernel lock on ``<index>.lock`` alone, so two
  processes that notice the same damage make one new index. The lock file's existence
  means nothing.
* Where no index can be kept on disk (a full or read-only one), it is in memory. Nothing that
  needs the write lock against other processes is allowed then: ``volatile``.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mailstore.model.errors import Busy, MailError, OverQuota, ReadOnly, Unavailable
from mailstore.store import durable
from mailstore.store.index.schema import APPLICATION_ID, TABLES, VERSION

logger = logging.getLogger(__name__)

BUSY_TIMEOUT_S: Final = 10.0
"""How long a writer waits for another before it gives up with Busy."""

RETRY_S: Final = 30.0
"""How often an index in memory looks whether it can be on disk again."""

ROOM: Final = 16 << 20
"""Octets that must be free for that."""

_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -4000",
    # A file that is cut short while it is mapped would end the process.
    "PRAGMA mmap_size = 0",
)
_LOST: Final = frozenset(
    (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY_DBMOVED,
        sqlite3.SQLITE_IOERR_SHORT_READ,
        sqlite3.SQLITE_SCHEMA,
    )
)
_BUSY: Final = frozenset((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL))
_BOOT_ID: Final = "/proc/sys/kernel/random/boot_id"
FILES: Final = ("", "-wal", "-shm")
"""A database, its log and the log's memory: what follows its name."""


class IndexLost(Exception):
    """The index is damaged, deleted or not ours. Reopen it and begin again."""


def boot_id() -> str:
    """The same until the machine starts again; where that is not known, never the same."""
    try:
        return Path(_BOOT_ID).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return f"{os.getpid()}-{time.time_ns()}"


def mail_error(error: sqlite3.Error) -> MailError | IndexLost | None:
    """What an error of SQLite means to the callers of a store; None: a mistake of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    primary = code & 0xFF
    if code in _LOST or primary in _LOST:
        return IndexLost(str(error))
    if primary in _BUSY:
        return Busy("the index was busy for too long")
    if primary == sqlite3.SQLITE_FULL:
        return OverQuota("the disk is full")
    if primary == sqlite3.SQLITE_READONLY:
        return ReadOnly("the index cannot be written")
    if primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM):
        return Unavailable("the index cannot be reached")
    return None


class Database:
    """One connection to a user's index.

    Attributes:
        connection: In autocommit mode; write only inside :meth:`transaction`.
        volatile: The index is in memory, and ends with this object.
        generation: Rises when the connection leads to another file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.volatile = False
        self.generation = 0
        self.boot = boot_id()
        self._patient = True
        self._look_again_at = 0.0
        self._commits = 0
        self._file: tuple[int, int] = (0, 0)
        self._connection: sqlite3.Connection | None = self._open()

    @property
    def connection(self) -> sqlite3.Connection:
        """Raises IndexLost if the index could not be opened again, see :meth:`reopen`."""
        if self._connection is None:
            raise IndexLost("the index is not open")
        return self._connection

    def version(self) -> tuple[int, int]:
        """Changes whenever anybody commits something: what was read before may be old."""
        [version] = self.connection.execute("PRAGMA data_version").fetchone()
        return self._commits, version

    def check_file(self) -> None:
        """Raises IndexLost if the file is no longer the one that is open.

        Also if the index is in memory, and there is room again on the disk.
        """
        if self.volatile:
            if time.monotonic() >= self._look_again_at:
                self._look_again_at = time.monotonic() + RETRY_S
                if has_room(self.path.parent):
                    raise IndexLost("there is room on the disk again")
        elif identity(self.path) != self._file:
            raise IndexLost("the index was deleted or replaced")

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """Within it no transaction waits for another process; it fails as if it had."""
        self._patient = False
        try:
            yield
        finally:
            self._patient = True

    @contextlib.contextmanager
    def transaction(self, *, wait: bool = True) -> Iterator[sqlite3.Connection]:
        """Hold the write lock; commit at the end, roll back on an exception.

        Without ``wait`` sqlite3.OperationalError is raised at once if another has it.
        """
        connection = self.connection
        if wait and self._patient:
            connection.execute("BEGIN IMMEDIATE")
        else:
            connection.execute("PRAGMA busy_timeout = 0")
            try:
                connection.execute("BEGIN IMMEDIATE")
            finally:
                connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000:.0f}")
        try:
            self.check_file()
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            self._commits += 1
            raise
        self._commits += 1

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Let several queries see one state of the index."""
        connection = self.connection
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")

    def reopen(self, why: str) -> None:
        """Go on with the file that is in place, or with a fresh one if that is no good.

        Raises Busy if another process keeps it for itself; call it again then.
        """
        logger.warning("index %s: %s; going on with a fresh one", self.path, why)
        damaged = self._file
        self.close()
        self._connection = None
        self._connection = self._open(damaged)

    def use_memory(self, why: str) -> None:
        """Go on without the file, which cannot be written; whoever opens it next tries again."""
        self.close()
        self._connection = self._in_memory(why)

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()

    def _open(self, damaged: tuple[int, int] | None = None) -> sqlite3.Connection:
        """Open the index; ``damaged`` is one that is to be moved aside if still in place."""
        self.generation += 1
        self._commits += 1
        self.volatile = False
        try:
            with creation_lock(self.path, BUSY_TIMEOUT_S if self._patient else 0.0):
                if damaged is not None and identity(self.path) == damaged:
                    _move_aside(self.path)
                return self._open_locked()
        except (OSError, sqlite3.Error, OverQuota, ReadOnly) as error:
            if isinstance(error, sqlite3.Error) and _is_busy(error):
                raise Busy("the index was busy for too long") from error
            why = str(error)
        return self._in_memory(why)

    def _in_memory(self, why: str) -> sqlite3.Connection:
        logger.warning("index %s: %s; it is kept in memory", self.path, why)
        self.generation += 1
        self._commits += 1
        self.volatile = True
        self._look_again_at = time.monotonic() + RETRY_S
        connection = connect(":memory:")
        create(connection)
        return connection

    def _open_locked(self) -> sqlite3.Connection:
        for attempt in range(2):
            if is_odd(self.path):
                _move_aside(self.path)
            if identity(self.path) == (0, 0):
                # A log or its memory left by a deleted index must not be read into a new one.
                for suffix in FILES[1:]:
                    durable.discard(self.path.with_name(self.path.name + suffix))
            connection = None
            try:
                connection = connect(self.path)
                problem = self._prepare(connection)
            except sqlite3.Error as error:
                if not isinstance(mail_error(error), IndexLost) or attempt:
                    if connection is not None:
                        connection.close()
                    raise
                problem = str(error)
            if problem is None and connection is not None:
                self._file = identity(self.path)
                return connection
            if connection is not None:
                connection.close()
            logger.warning("index %s: %s; moved aside", self.path, problem)
            _move_aside(self.path)
        raise sqlite3.OperationalError("the index cannot be made")

    def _prepare(self, connection: sqlite3.Connection) -> str | None:
        """Make the tables of a new file, look at those of an old one; what is wrong."""
        [application] = connection.execute("PRAGMA application_id").fetchone()
        [version] = connection.execute("PRAGMA user_version").fetchone()
        [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables and not application:
            create(connection)
            self._set_boot(connection)
            return None
        if application != APPLICATION_ID:
            return "not an index"
        if version != VERSION:
            return f"version {version}, not {VERSION}"
        row = connection.execute("SELECT value FROM meta WHERE name = 'boot'").fetchone()
        if row is None or row[0] != self.boot:
            [result] = connection.execute("PRAGMA quick_check(1)").fetchone()
            if result != "ok":
                return f"damaged: {result}"
            self._set_boot(connection)
        return None

    def _set_boot(self, connection: sqlite3.Connection) -> None:
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('boot', ?)", (self.boot,))


def connect(path: Path | str) -> sqlite3.Connection:
    """Open a database, which is made if it is not there, in autocommit mode."""
    if isinstance(path, Path):
        # SQLite makes files by the umask; mail is nobody else's business.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(
        path,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection


def create(
    connection: sqlite3.Connection,
    tables: str = TABLES,
    application_id: int = APPLICATION_ID,
    version: int = VERSION,
) -> None:
    """Make the tables of a new database."""
    connection.execute("BEGIN IMMEDIATE")
    for statement in _statements(tables):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {application_id}")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    """Statements one by one: ``executescript`` would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _BUSY


def identity(path: Path) -> tuple[int, int]:
    """Device and inode; zeros if there is no file."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return 0, 0
    return status.st_dev, status.st_ino


def is_odd(path: Path) -> bool:
    """Something that is no plain file; a link might lead to another user's index."""
    for suffix in FILES:
        try:
            if not stat.S_ISREG(os.lstat(path.with_name(path.name + suffix)).st_mode):
                return True
        except FileNotFoundError:
            continue
    return False


def has_room(directory: Path, room: int = ROOM) -> bool:
    """Whether an index may be written there, with so many octets left free."""
    try:
        status = os.statvfs(directory)
    except OSError:
        return False
    return status.f_bavail * status.f_frsize >= room and os.access(directory, os.W_OK | os.X_OK)


def _move_aside(path: Path) -> None:
    """Rename the index, its log and its shared memory out of the way, whichever exist."""
    mark = f".damaged-{time.time_ns()}"
    for suffix in FILES:
        part = path.with_name(path.name + suffix)
        with contextlib.suppress(FileNotFoundError):
            durable.rename(part, path.with_name(path.name + mark + suffix))


@contextlib.contextmanager
def creation_lock(path: Path, wait_s: float = BUSY_TIMEOUT_S) -> Iterator[None]:
    """Be the only one who puts a database in place, or takes it away. Raises Busy, OSError."""
    lock = path.with_name(path.name + ".lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _lock(descriptor, wait_s)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, wait_s: float) -> None:
    """An exclusive lock. Raises Busy after ``wait_s``."""
    end = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise Busy("the index is being opened by others for too long") from None
            time.sleep(0.01)
        else:
            return
