"""Tells of changes that other programs make to directories of mail.

inotify tells at once where it works. A slow poll stands behind it, for file systems that
do not tell of other machines' changes (NFS) and for events that got lost; it is quicker
for directories that inotify could not take.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from mailstore.net.events import Events
from mailstore.net.inotify import Inotify
from mailstore.net.ports import Call, Clock, Reactor

BURST_S: Final = 0.05
"""Changes that come within this time are told as one."""

POLL_S: Final = 5.0
"""How often directories are looked at that inotify did not take."""

POLL_ALL: Final = 6
"""At every so many polls the others are looked at too."""


class _Watch:
    """``due`` is when it is told next; ``soon`` that it changed, and not only is its turn."""

    __slots__ = ("changed", "due", "paths", "polled", "soon")

    def __init__(self, paths: Sequence[Path], changed: Callable[[], None]) -> None:
        self.paths = tuple(paths)
        self.changed = changed
        self.due: Call | None = None
        self.soon = False
        self.polled = False


class DirectoryWatcher:
    """The :class:`mailstore.account.ports.Watcher` of a process.

    ``inotify`` makes the source of events, or raises OSError where there is none.
    """

    def __init__(
        self,
        clock: Clock,
        events: Events,
        inotify: Callable[[Callable[[Path], None], Callable[[], None]], Inotify] | None,
    ) -> None:
        self._clock = clock
        self._events = events
        self._by_path: dict[Path, set[_Watch]] = {}
        self._watches: set[_Watch] = set()
        self._inotify: Inotify | None = None
        self._limit_told = False
        if inotify is not None:
            try:
                self._inotify = inotify(self._path_changed, self._all_changed)
            except OSError as error:
                events.warn("no-inotify", why=f'"{error.strerror}"', poll_s=POLL_S)
        self._poll: Call | None = None
        self._polls = 0

    @classmethod
    def of(cls, reactor: Reactor, events: Events) -> DirectoryWatcher:
        return cls(
            reactor,
            events,
            lambda changed, overflowed: Inotify(reactor, changed, overflowed),
        )

    def watch(self, paths: Sequence[Path], changed: Callable[[], None]) -> Callable[[], None]:
        watch = _Watch(paths, changed)
        self._watches.add(watch)
        for path in watch.paths:
            if self._ask_inotify(path):
                self._by_path.setdefault(path, set()).add(watch)
            else:
                watch.polled = True
        self._start_poll()
        return lambda: self._end(watch)

    def _ask_inotify(self, path: Path) -> bool:
        if self._inotify is None:
            return False
        try:
            self._inotify.watch(path)
        except OSError as error:
            if not self._limit_told:
                self._limit_told = True
                self._events.warn("inotify-refused", why=f'"{error.strerror}"', poll_s=POLL_S)
            return False
        return True

    def _end(self, watch: _Watch) -> None:
        self._watches.discard(watch)
        if watch.due is not None and watch.due.active():
            watch.due.cancel()
        for path in watch.paths:
            watches = self._by_path.get(path)
            if watches is not None:
                watches.discard(watch)
                if not watches:
                    del self._by_path[path]
                    if self._inotify is not None:
                        self._inotify.forget(path)

    def _path_changed(self, path: Path) -> None:
        for watch in tuple(self._by_path.get(path, ())):
            self._tell_soon(watch)

    def _all_changed(self) -> None:
        for watch in self._watches:
            self._tell_soon(watch)

    def _tell_soon(self, watch: _Watch) -> None:
        if watch.soon:
            return
        watch.soon = True
        if watch.due is not None:
            watch.due.cancel()
        watch.due = self._clock.callLater(BURST_S, self._tell, watch)

    def _tell(self, watch: _Watch) -> None:
        watch.due, watch.soon = None, False
        watch.changed()

    def _start_poll(self) -> None:
        if self._poll is None and self._watches:
            self._poll = self._clock.callLater(POLL_S, self._poll_now)

    def _poll_now(self) -> None:
        self._poll = None
        self._polls += 1
        everything = self._polls % POLL_ALL == 0
        due = [watch for watch in self._watches if everything or watch.polled]
        for place, watch in enumerate(due):
            # There may be thousands: they are spread over the time until the next poll.
            if watch.due is None:
                after_s = BURST_S + POLL_S * place / len(due)
                watch.due = self._clock.callLater(after_s, self._tell, watch)
        self._start_poll()

    def close(self) -> None:
        if self._poll is not None and self._poll.active():
            self._poll.cancel()
        for watch in tuple(self._watches):
            self._end(watch)
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None
