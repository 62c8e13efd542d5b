"""A folder on disk: its paths, and whether other programs may have changed it.

``new/`` and ``cur/`` are read and compared with the index only if their times of modification
differ from those of the last comparison. Three things can make an equal time worthless:

* The clock that stamps directories is coarse: a file that arrives in the same tick as the
  comparison leaves no trace. So a time that was younger than :data:`GRANULARITY_NS` when the
  comparison began is not trusted (``RACY``), and the directory is read again. Two seconds is the
  coarsest tick of a file system one would keep mail on; the usual ones have milliseconds.
* We changed the directory ourselves, under the write lock, and took down the time
  afterwards (``OWN``). What another program did during these microseconds hides behind it. So
  the directory is read once more, but not at once: a session that marks one message after
  another would read a large directory each time. It is due after two seconds, and a
  second more for every 2,000 messages.
* The directory was put back from elsewhere with its old time. That is not noticed; its index
  comes back when anything else changes.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mailstore.store import durable
from mailstore.store.maildir import keywords, uidlist

RACY: Final = 0
OWN: Final = 1
TRUSTED: Final = 2

NEVER: Final = -1
"""The recorded time of a directory that was not compared yet."""

GRANULARITY_NS: Final = 2_000_000_000
_NS_FOR_A_MESSAGE: Final = 500_000

MARKER: Final = b"maildirfolder"
_PARTS: Final = (b"tmp", b"new", b"cur")


class Times(NamedTuple):
    """When ``new/`` and ``cur/`` were last modified, in nanoseconds since the epoch."""

    new: int
    cur: int


@dataclass(slots=True)
class Folder:
    """Paths of one folder; ``name`` is empty for INBOX, which is the Maildir itself.

    Attributes:
        kept_keywords: ``dovecot-keywords`` as last read, with its stamp.
    """

    root: bytes
    name: str
    path: bytes = field(init=False)
    new: bytes = field(init=False)
    cur: bytes = field(init=False)
    tmp: bytes = field(init=False)
    list_path: bytes = field(init=False)
    kept_keywords: tuple[uidlist.Stamp | None, keywords.Keywords] | None = None

    def __post_init__(self) -> None:
        name = os.fsencode(self.name)
        self.path = os.path.join(self.root, name) if name else self.root
        self.new = os.path.join(self.path, b"new")
        self.cur = os.path.join(self.path, b"cur")
        self.tmp = os.path.join(self.path, b"tmp")
        self.list_path = os.path.join(self.path, os.fsencode(uidlist.NAME))

    def file(self, in_new: int, name: bytes) -> bytes:
        """The path of a message file."""
        return b"%b/%b" % (self.new if in_new else self.cur, name)

    def times(self) -> Times:
        """Two system calls, which everything that reads or changes messages begins with.

        Raises FileNotFoundError if the folder is gone, NotADirectoryError if a part of it is
        a symbolic link: that might be another user's mail.
        """
        return Times(_modified(self.new), _modified(self.cur))

    def exists(self) -> bool:
        """Whether there is a mailbox here."""
        return is_directory(self.path) and has_parts(self.path)

    def read_only(self) -> bool:
        return not os.access(self.cur, os.W_OK | os.X_OK)

    def complete(self) -> None:
        """Make what is missing of ``new/``, ``cur/`` and ``tmp/``."""
        for part in _PARTS:
            durable.make_directory(os.path.join(self.path, part), exist_ok=True)

    def keywords_path(self) -> bytes:
        return os.path.join(self.path, os.fsencode(keywords.NAME))

    def read_keywords(self) -> keywords.Keywords:
        """``dovecot-keywords``; read again only if its stamp has changed."""
        path = self.keywords_path()
        now = uidlist.stamp(path)
        if self.kept_keywords is None or self.kept_keywords[0] != now:
            self.kept_keywords = now, keywords.read(path)
        return self.kept_keywords[1]

    def allocate_letters(self, wanted: tuple[bytes, ...]) -> keywords.Keywords:
        """Give letters to keywords that have none yet, see :func:`keywords.allocate`."""
        path = self.keywords_path()
        made = keywords.allocate(path, self.read_keywords(), wanted, self.tmp)
        self.kept_keywords = uidlist.stamp(path), made
        return made


def is_directory(path: bytes) -> bool:
    """A directory, and no symbolic link to one: that might be another user's mail."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def has_parts(path: bytes) -> bool:
    """There is a ``cur/``; and ``new/`` and ``tmp/``, if they are there, are directories too."""
    return is_directory(path + b"/cur") and not (
        os.path.islink(path + b"/new") or os.path.islink(path + b"/tmp")
    )


def _modified(directory: bytes) -> int:
    status = os.lstat(directory)
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), directory)
    return status.st_mtime_ns


def changed(recorded: int, trust: int, now_on_disk: int, messages: int) -> bool:
    """Whether a directory has to be read, from its recorded and its present time."""
    if now_on_disk != recorded or trust == RACY:
        return True
    if trust == TRUSTED:
        return False
    due = GRANULARITY_NS + messages * _NS_FOR_A_MESSAGE
    return abs(time.time_ns() - now_on_disk) > due


def trust_after_reading(modified: int, began: int) -> int:
    """How far a time is to be trusted if the directory was read from ``began`` on."""
    return TRUSTED if abs(began - modified) > GRANULARITY_NS else RACY


def make(parent_tmp: bytes, files: dict[bytes, bytes]) -> bytes:
    """Make a whole folder with ``files`` in it, in a ``tmp/``; returns its path there.

    It is complete on disk, but for its name, before it is renamed into its place.
    """
    path = os.path.join(parent_tmp, b"folder.%d.%b" % (os.getpid(), secrets.token_hex(8).encode()))
    durable.make_directory(path)
    try:
        for part in _PARTS:
            durable.make_directory(os.path.join(path, part))
        for name, octets in files.items():
            durable.write_new(os.path.join(path, name), (octets,))
        durable.sync_directory(path)
    except BaseException:
        durable.remove_tree(path)
        raise
    return path
