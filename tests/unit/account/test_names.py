"""Mailboxes that other programs make and remove."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from mailstore.account.account import Account
from mailstore.account.journal import Event, Kind
from mailstore.account.lane import InPlaceLane
from mailstore.account.mail import Mail
from mailstore.model.errors import Unavailable
from mailstore.store.memory import MemoryStore
from tests.unit.account.test_account import run


class FakeWatcher:
    def __init__(self) -> None:
        self.changed: list[Callable[[], None]] = []

    def watch(self, paths: Sequence[Path], changed: Callable[[], None]) -> Callable[[], None]:
        self.changed.append(changed)
        return lambda: self.changed.remove(changed)


class Fixture:
    def __init__(self) -> None:
        self.store = MemoryStore()
        self.watcher = FakeWatcher()
        self.mail = Mail(self.store, InPlaceLane(), self.watcher)
        self.account = Account("ada", self.mail, lambda: None)

    def touch(self) -> list[Event]:
        """Other programs changed the directory; what is told of it."""
        before = self.mail.journal.last
        for changed in self.watcher.changed:
            changed()
        events = self.mail.journal.after(before)
        assert events is not None
        return events


@pytest.fixture
def fixture() -> Fixture:
    return Fixture()


def test_what_others_make_and_remove_is_told_once(fixture: Fixture) -> None:
    fixture.store.create("Old")
    end = run(fixture.account.watch_names())
    fixture.store.create("New")
    fixture.store.delete("Old")
    assert fixture.touch() == [
        Event(None, Kind.DELETED, "Old"),
        Event(None, Kind.CREATED, "New"),
    ]
    assert fixture.touch() == []
    end()
    assert fixture.watcher.changed == []


def test_what_sessions_do_is_not_told_again(fixture: Fixture) -> None:
    run(fixture.account.create("Other"))
    run(fixture.account.watch_names())
    run(fixture.account.create("One"))
    run(fixture.account.create("One/Below"))
    run(fixture.account.rename("One", "Two"))
    run(fixture.account.rename("INBOX", "Old mail"))
    run(fixture.account.delete("Other"))
    run(fixture.account.set_subscribed("Two", True))
    assert fixture.touch() == []


def test_it_is_watched_as_long_as_anybody_wants_it(fixture: Fixture) -> None:
    first = run(fixture.account.watch_names())
    second = run(fixture.account.watch_names())
    first()
    fixture.store.create("New")
    assert fixture.touch() == [Event(None, Kind.CREATED, "New")]
    second()
    fixture.store.create("Newer")
    assert fixture.touch() == []
    run(fixture.account.watch_names())
    assert fixture.touch() == []


def test_mail_that_is_out_of_reach_has_no_news(
    fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(fixture.account.watch_names())

    def fail() -> frozenset[str]:
        raise Unavailable("the disk is away")

    monkeypatch.setattr(fixture.store, "selectable", fail)
    assert fixture.touch() == []
    fixture.mail.close()
    assert fixture.watcher.changed == []
