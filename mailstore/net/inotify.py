"""Linux inotify: hear of names that appear in a directory, go, or are renamed.

:mod:`twisted.internet.inotify` ends all watches when one watched directory is deleted, which
users do with mailboxes, and hides why a watch was refused.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Callable
from ctypes.util import find_library
from pathlib import Path
from typing import Final

from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer

from mailstore.net.ports import Reactor

_EVENT: Final = struct.Struct("=iIII")
_READ: Final = 64 * 1024

_MOVED_FROM: Final = 0x40
_MOVED_TO: Final = 0x80
_CREATE: Final = 0x100
_DELETE: Final = 0x200
_Q_OVERFLOW: Final = 0x4000
_IGNORED: Final = 0x8000
_ONLYDIR: Final = 0x01000000
_NAMES: Final = _CREATE | _DELETE | _MOVED_FROM | _MOVED_TO | _ONLYDIR


class Inotify:
    """One inotify instance, read by the reactor.

    ``changed`` hears of a watched directory; ``overflowed`` that events were lost. Calling
    ``watch`` and the constructor raise OSError: no inotify here, or its limits are reached.
    """

    def __init__(
        self,
        reactor: Reactor,
        changed: Callable[[Path], None],
        overflowed: Callable[[], None],
    ) -> None:
        self._changed = changed
        self._overflowed = overflowed
        self._libc = ctypes.CDLL(find_library("c") or "libc.so.6", use_errno=True)
        self._fd = self._call("inotify_init1", os.O_NONBLOCK | os.O_CLOEXEC)
        self._paths: dict[int, Path] = {}
        self._watches: dict[Path, int] = {}
        self._reader = _Reader(reactor, self._fd, self._readable)
        self._reader.startReading()  # type: ignore[no-untyped-call]

    def _call(self, name: str, *arguments: object) -> int:
        try:
            function = getattr(self._libc, name)
        except AttributeError:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from None
        result: int = function(*arguments)
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result

    def watch(self, path: Path) -> None:
        if path not in self._watches:
            watch = self._call("inotify_add_watch", self._fd, os.fsencode(path), _NAMES)
            self._watches[path] = watch
            self._paths[watch] = path

    def forget(self, path: Path) -> None:
        watch = self._watches.pop(path, None)
        # Two paths may lead to one directory, which has one watch.
        if watch is not None and self._paths.get(watch) == path:
            del self._paths[watch]
            self._libc.inotify_rm_watch(self._fd, watch)

    def _readable(self) -> None:
        try:
            octets = os.read(self._fd, _READ)
        except BlockingIOError:
            return
        place = 0
        touched: dict[Path, None] = {}
        while place + _EVENT.size <= len(octets):
            watch, mask, _, length = _EVENT.unpack_from(octets, place)
            place += _EVENT.size + length
            if mask & _Q_OVERFLOW:
                self._overflowed()
            elif (path := self._paths.get(watch)) is not None:
                touched[path] = None
                if mask & _IGNORED:
                    # The directory is gone, and its watch with it.
                    del self._paths[watch]
                    self._watches.pop(path, None)
        for path in touched:
            self._changed(path)

    def close(self) -> None:
        self._reader.stopReading()  # type: ignore[no-untyped-call]
        os.close(self._fd)


@implementer(IReadDescriptor)
class _Reader(FileDescriptor):
    def __init__(self, reactor: Reactor, fd: int, readable: Callable[[], None]) -> None:
        super().__init__(reactor)  # type: ignore[arg-type]
        self._fd = fd
        self._readable = readable

    def fileno(self) -> int:
        return self._fd

    def doRead(self) -> None:  # noqa: N802
        self._readable()
