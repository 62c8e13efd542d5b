from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import cast

from twisted.internet.abstract import FileDescriptor
from twisted.internet.task import Clock

from mailstore.net.events import Events
from mailstore.net.inotify import Inotify
from mailstore.net.watcher import DirectoryWatcher

INBOX = Path("/mail/cur")


class FakeInotify:
    def __init__(self, changed: Callable[[Path], None], overflowed: Callable[[], None]) -> None:
        self.changed, self.overflowed = changed, overflowed
        self.watched: list[Path] = []
        self.full = False

    def watch(self, path: Path) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        if path not in self.watched:
            self.watched.append(path)

    def forget(self, path: Path) -> None:
        self.watched.remove(path)

    def close(self) -> None:
        self.watched.clear()


class Watching:
    def __init__(self, *, inotify: bool = True) -> None:
        self.clock = Clock()
        self.heard: list[str] = []
        self.sources: list[FakeInotify] = []
        self.watcher = DirectoryWatcher(self.clock, Events("test"), self._make if inotify else None)

    def _make(self, changed: Callable[[Path], None], overflowed: Callable[[], None]) -> Inotify:
        self.sources.append(FakeInotify(changed, overflowed))
        return cast(Inotify, self.sources[-1])

    def watch(self, name: str, *paths: Path) -> Callable[[], None]:
        return self.watcher.watch(paths, lambda: self.heard.append(name))


def test_a_burst_is_told_once_and_soon() -> None:
    watching = Watching()
    watching.watch("inbox", INBOX)
    for _ in range(100):
        watching.sources[0].changed(INBOX)
    assert watching.heard == []
    watching.clock.advance(0.1)
    assert watching.heard == ["inbox"]
    watching.sources[0].changed(INBOX)
    watching.clock.advance(0.1)
    assert watching.heard == ["inbox", "inbox"]


def test_two_watches_of_one_directory_both_hear_until_they_end() -> None:
    watching = Watching()
    end_one = watching.watch("one", INBOX)
    end_two = watching.watch("two", INBOX)
    end_one()
    watching.sources[0].changed(INBOX)
    watching.clock.advance(0.1)
    assert watching.heard == ["two"]
    end_two()
    assert watching.sources[0].watched == []


def test_a_watch_that_ended_is_silent_even_with_a_change_on_its_way() -> None:
    watching = Watching()
    end = watching.watch("inbox", INBOX)
    watching.sources[0].changed(INBOX)
    end()
    watching.clock.advance(60)
    assert watching.heard == []


def test_lost_events_are_told_to_everybody() -> None:
    watching = Watching()
    watching.watch("one", INBOX)
    watching.watch("two", Path("/mail/.Sent/cur"))
    watching.sources[0].overflowed()
    watching.clock.advance(0.1)
    assert sorted(watching.heard) == ["one", "two"]


def test_a_slow_poll_stands_behind_inotify() -> None:
    watching = Watching()
    watching.watch("inbox", INBOX)
    watching.clock.pump([5, 5, 5, 5, 5])
    assert watching.heard == []
    watching.clock.pump([5, 0.1])
    assert watching.heard == ["inbox"]


def test_without_inotify_directories_are_polled() -> None:
    watching = Watching(inotify=False)
    watching.watch("inbox", INBOX)
    watching.clock.pump([5, 0.1])
    assert watching.heard == ["inbox"]


def test_what_inotify_refuses_is_polled() -> None:
    watching = Watching()
    watching.sources[0].full = True
    watching.watch("inbox", INBOX)
    watching.clock.pump([5, 0.1])
    assert watching.heard == ["inbox"]


def test_many_polls_are_spread_over_the_time_there_is() -> None:
    watching = Watching(inotify=False)
    for number in range(100):
        watching.watch(str(number), Path(f"/mail/{number}"))
    watching.clock.advance(5)
    told = []
    for _ in range(11):
        watching.clock.advance(0.5)
        told.append(len(watching.heard))
        watching.heard.clear()
    assert max(told[:10]) <= 11
    assert sum(told) >= 100


def test_a_change_is_told_soon_also_when_a_poll_is_due_later() -> None:
    watching = Watching()
    for number in range(100):
        watching.watch(str(number), Path(f"/mail/{number}"))
    watching.clock.pump([5] * 6)
    watching.heard.clear()
    for number in range(100):
        watching.sources[0].changed(Path(f"/mail/{number}"))
    watching.clock.advance(0.1)
    assert len(watching.heard) == 100


def test_nothing_is_due_after_close() -> None:
    watching = Watching()
    watching.watch("inbox", INBOX)
    watching.sources[0].changed(INBOX)
    watching.watcher.close()
    assert not watching.clock.getDelayedCalls()


class ReadableReactor(Clock):
    """Only what a descriptor asks for."""

    reader: FileDescriptor | None = None

    def addReader(self, reader: FileDescriptor) -> None:  # noqa: N802
        self.reader = reader

    def removeReader(self, reader: FileDescriptor) -> None:  # noqa: N802
        self.reader = None

    def read(self) -> None:
        assert self.reader is not None
        self.reader.doRead()


def test_inotify_tells_of_names_and_outlives_a_deleted_directory(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    reactor = ReadableReactor()
    heard: list[Path] = []
    inotify = Inotify(reactor, heard.append, lambda: None)  # type: ignore[arg-type]
    try:
        inotify.watch(first)
        inotify.watch(second)
        (first / "message").touch()
        (first / "message").rename(second / "message")
        reactor.read()
        assert sorted(set(heard)) == [first, second]
        heard.clear()
        first.rmdir()
        reactor.read()
        assert heard == [first]
        heard.clear()
        (second / "message").unlink()
        reactor.read()
        assert heard == [second]
        inotify.forget(second)
        inotify.forget(first)
        (second / "other").touch()
        reactor.read()
        assert heard == [second]
    finally:
        inotify.close()


def test_a_directory_that_comes_back_can_be_watched_again(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    reactor = ReadableReactor()
    heard: list[Path] = []
    inotify = Inotify(reactor, heard.append, lambda: None)  # type: ignore[arg-type]
    try:
        inotify.watch(folder)
        folder.rmdir()
        reactor.read()
        folder.mkdir()
        heard.clear()
        inotify.watch(folder)
        (folder / "message").touch()
        reactor.read()
        assert heard == [folder]
    finally:
        inotify.close()
