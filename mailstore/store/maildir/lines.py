"""Messages are read with CRLF line ends, whatever they have on disk.

Only an LF without a CR before it gets one; a CR alone stays as it is. So the octets of a file
that has no bare LF are the message's, and any range of them is one read.
"""

from __future__ import annotations

import os
import stat
from bisect import bisect_right
from typing import Final

from mailstore.model.errors import MessageGone
from mailstore.store.durable import AnyPath

IN_MEMORY: Final = 1 << 20
"""A file with bare LF is converted whole up to this size, beyond it block by block."""

_BLOCK = 1 << 16


def bare_lines(octets: bytes, previous: int = 0) -> int:
    """How many LF have no CR before them; ``previous`` is the octet before the first."""
    count = octets.count(b"\n")
    if b"\r" in octets:  # looked for first: finding none is many times quicker than counting
        count -= octets.count(b"\r\n")
    return count - 1 if previous == 0x0D and octets.startswith(b"\n") else count


def to_crlf(octets: bytes, previous: int = 0) -> bytes:
    """``octets`` with CRLF for every bare LF; the same object if there are none."""
    if previous != 0x0D and b"\r" not in octets:
        return octets.replace(b"\n", b"\r\n")
    if not bare_lines(octets, previous):
        return octets
    converted = octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    # The CR of a line end that was cut in two is in the octets before.
    return converted[1:] if previous == 0x0D and octets.startswith(b"\n") else converted


class StoredFile:
    """A message file, open for reading: ``mailstore.store.ports.StoredMessage``.

    The file stays readable while open, even when another program renames or removes it. A
    file that has bare LF and is over a mebibyte is converted as it is read: for each 64 KiB the
    number of octets before them is kept, so reading needs neither memory nor disk.
    """

    __slots__ = ("_converted", "_disk_size", "_fd", "_starts", "_uid", "size")

    def __init__(self, fd: int, uid: int, disk_size: int, size: int | None = None) -> None:
        """Takes over ``fd``; see :func:`open_message` for ``size``."""
        self._fd = fd
        self._uid = uid
        self._disk_size = disk_size
        self._converted: bytes | None = None
        self._starts: list[int] | None = None
        self.size = disk_size
        if size != disk_size:
            self._measure()

    def _measure(self) -> None:
        """Find out how many octets there are with CRLF line ends."""
        if self._disk_size <= IN_MEMORY:
            octets = self._pread(0, self._disk_size)
            converted = to_crlf(octets)
            self.size = len(converted)
            self._converted = converted
            return
        starts, position, previous = [], 0, 0
        for start in range(0, self._disk_size, _BLOCK):
            block = self._pread(start, min(start + _BLOCK, self._disk_size))
            starts.append(position)
            position += len(block) + bare_lines(block, previous)
            previous = block[-1]
        self.size = position
        if position != self._disk_size:
            self._starts = starts

    def read(self, start: int, end: int) -> bytes:
        """Octets ``start`` up to but not including ``end``; short past the message's end.

        Raises MessageGone if the file was cut short meanwhile, or can no longer be read.
        """
        end = min(end, self.size)
        if start >= end:
            return b""
        if self._converted is not None:
            return self._converted[start:end]
        if self._starts is None:
            return self._pread(start, end)
        return self._read_converted(self._starts, start, end)

    def _read_converted(self, starts: list[int], start: int, end: int) -> bytes:
        first = bisect_right(starts, start) - 1
        last = bisect_right(starts, end - 1) - 1
        begin = first * _BLOCK
        octets = self._pread(max(begin - 1, 0), min((last + 1) * _BLOCK, self._disk_size))
        previous = octets[0] if begin else 0
        converted = to_crlf(octets[1:] if begin else octets, previous)
        return converted[start - starts[first] : end - starts[first]]

    def _pread(self, start: int, end: int) -> bytes:
        pieces = []
        while start < end:
            try:
                piece = os.pread(self._fd, end - start, start)
            except OSError as error:
                raise MessageGone(self._uid) from error
            if not piece:
                raise MessageGone(self._uid)
            pieces.append(piece)
            start += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Safe to call twice."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def open_message(path: AnyPath, uid: int, size: int | None = None) -> StoredFile:
    """Open a message file, which must be a regular file and no symbolic link.

    ``size`` is the number of octets with CRLF line ends as counted earlier from this very
    file, never as a file name claims: if it equals the size on disk, there is no bare LF,
    and nothing has to be looked at. ``size`` of the result is the truth; if another program
    changed the file, it is not the one that was given.

    Raises:
        FileNotFoundError: No such file; another program may have renamed it.
        MessageGone: There is something else of that name: a pipe, a link, a directory.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        fd = os.open(path, flags)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise MessageGone(uid) from error
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise MessageGone(uid)
        return StoredFile(fd, uid, status.st_size, size)
    except BaseException:
        os.close(fd)
        raise
