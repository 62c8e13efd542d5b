"""A message on its way into a Maildir: in memory while small, else in ``tmp/``.

Bare LF become CRLF as they come in, so a message of ours has the same size on disk and on
the wire, and any part of it is a range of its file.
"""

from __future__ import annotations

import os
from typing import Final

from mailstore.model.errors import OverQuota, Unavailable
from mailstore.store import durable
from mailstore.store.durable import AnyPath
from mailstore.store.maildir import filename
from mailstore.store.maildir.lines import to_crlf

IN_MEMORY: Final = 64 * 1024


class MaildirSpool:
    """``mailstore.store.ports.Spool`` for Maildirs, and what the store needs of it.

    Life: ``write`` ..., then ``seal``, then the store places the file and says ``placed``;
    ``discard`` at any time. A spool that nobody discards leaves a file in ``tmp/``, which is
    removed as any file there that is older than 36 hours.
    """

    __slots__ = ("_ended", "_fd", "_name", "_octets", "_path", "_previous", "_size", "_tmp")

    def __init__(self, tmp: AnyPath) -> None:
        """``tmp`` is the directory that files go to, in the Maildir's file system."""
        self._tmp = os.fsencode(tmp)
        self._octets = bytearray()
        self._name = filename.unique()
        self._path: bytes | None = None
        self._fd = -1
        self._size = 0
        self._previous = 0
        self._ended = False

    @property
    def size(self) -> int:
        """Octets so far, with CRLF line ends."""
        return self._size

    @property
    def name(self) -> bytes:
        """The unique name; with :func:`filename.with_sizes` it becomes the base name."""
        return self._name

    def write(self, octets: bytes) -> None:
        """Add octets. Raises OverQuota, ReadOnly, Unavailable; the spool is then discarded."""
        if self._ended:
            raise ValueError("the spool was discarded or sealed")
        if not octets:
            return
        converted = to_crlf(octets, self._previous)
        self._previous = octets[-1]
        self._size += len(converted)
        try:
            if self._fd < 0 and self._size <= IN_MEMORY:
                self._octets += converted
                return
            if self._fd < 0:
                self._open()
                durable.write(self._fd, bytes(self._octets))
                self._octets.clear()
            durable.write(self._fd, converted)
        except BaseException as error:
            self.discard()
            if isinstance(error, OSError):
                # It is called while a message comes in, where nobody knows of disks.
                raise Unavailable(f"the message cannot be kept ({error.strerror})") from error
            raise

    def _open(self) -> None:
        path = os.path.join(self._tmp, self._name)
        self._fd = durable.create(path)
        self._path = path

    def seal(self, mtime: int | None = None) -> bytes:
        """Make it a whole, synced file in ``tmp/`` with the given mtime; returns its path.

        Call it once. The content survives a crash, the name need not. Raises OverQuota,
        ReadOnly or OSError, and is then discarded.
        """
        if self._ended:
            raise OverQuota("the message was not kept")
        try:
            if self._fd < 0:
                self._open()
                durable.write(self._fd, bytes(self._octets))
            assert self._path is not None  # noqa: S101 - _open has set it
            fd, self._fd = self._fd, -1
            durable.seal(fd, mtime)
        except BaseException:
            self.discard()
            raise
        self._ended = True
        return self._path

    def octets(self) -> bytes:
        """The whole message, to index its content; before it is placed or discarded."""
        if self._octets or self._path is None:
            return bytes(self._octets)
        with open(self._path, "rb") as file:
            return file.read()

    def placed(self) -> None:
        """The file has its final name now and is the mailbox's; ``discard`` leaves it."""
        self._path = None
        self._octets.clear()

    def discard(self) -> None:
        """Forget the message, and remove its file. Safe to call at any time, twice too."""
        self._ended = True
        self._octets.clear()
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)
        path, self._path = self._path, None
        if path is not None:
            durable.discard(path)
