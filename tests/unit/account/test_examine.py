"""Reading many messages in a worker thread, a slice at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from mailstore.account import mailbox as account_mailbox
from mailstore.account.mail import Mail
from mailstore.account.mailbox import OpenMailbox
from mailstore.model.errors import MessageGone
from mailstore.model.task import Completed, Task
from mailstore.store.memory import MemoryStore
from mailstore.store.memory_mailbox import MemoryMessage
from mailstore.store.ports import StoredMessage
from tests.contract.mail import append_many

T = TypeVar("T")


class CountingLane:
    """Runs calls in place; counts those that would go to a worker thread."""

    def __init__(self) -> None:
        self.long = 0

    def run(self, call: Callable[[], T]) -> Awaitable[T]:
        return Completed(call())

    def run_long(self, call: Callable[[], T]) -> Awaitable[T]:
        self.long += 1
        return Completed(call())

    def run_spare(self, name: str, work: Callable[[], bool]) -> None:
        """There is no time to spare."""


def open_inbox(lane: CountingLane, count: int) -> OpenMailbox:
    store = MemoryStore()
    append_many(store, store.open("INBOX"), count)
    return OpenMailbox(Mail(store, lane, None), store.open("INBOX"))


def examine(
    mailbox: OpenMailbox, uids: list[int], look: Callable[[int, StoredMessage], T]
) -> dict[int, T]:
    found: dict[int, T] = {}
    errors: list[BaseException | None] = []

    async def run() -> None:
        found.update(await mailbox.examine(uids, look))

    Task(run(), errors.append)
    if errors[0] is not None:
        raise errors[0]
    return found


def size(uid: int, message: StoredMessage) -> int:
    return message.size


def test_each_message_is_looked_at_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []
    monkeypatch.setattr(MemoryMessage, "close", lambda self: closed.append(self))
    lane = CountingLane()
    found = examine(open_inbox(lane, 3), [1, 3], size)
    assert list(found) == [1, 3]
    assert all(found.values())
    assert len(closed) == 2
    assert lane.long == 1


def test_messages_that_are_gone_are_left_out() -> None:
    def look(uid: int, message: StoredMessage) -> int:
        if uid == 2:
            raise MessageGone(uid)
        return uid

    found = examine(open_inbox(CountingLane(), 3), [1, 2, 3, 99], look)
    assert found == {1: 1, 3: 3}


def test_others_have_their_turn_between_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_mailbox, "EXAMINE_S", -1.0)
    lane = CountingLane()
    assert len(examine(open_inbox(lane, 4), [1, 2, 3, 4], size)) == 4
    assert lane.long == 4


def test_an_error_of_the_look_closes_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []
    monkeypatch.setattr(MemoryMessage, "close", lambda self: closed.append(self))

    def look(uid: int, message: StoredMessage) -> int:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        examine(open_inbox(CountingLane(), 1), [1], look)
    assert len(closed) == 1
