from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest

from mailstore.account.account import Account
from mailstore.account.lane import InPlaceLane
from mailstore.account.mail import Mail
from mailstore.account.mailbox import BATCH
from mailstore.account.maildrop import Maildrop
from mailstore.model.errors import InUse
from mailstore.model.flags import SEEN
from mailstore.model.task import Task, Waiter
from mailstore.store.memory import MemoryStore
from mailstore.store.ports import Column, NewMessage

T = TypeVar("T")


class CountingLane(InPlaceLane):
    """Notes how many calls were long."""

    def __init__(self) -> None:
        self.long = 0

    def run_long(self, call: Callable[[], T]) -> Awaitable[T]:
        self.long += 1
        return self.run(call)


def run(coroutine: Coroutine[Waiter[Any], None, T]) -> T:
    results: list[T] = []
    errors: list[BaseException | None] = []

    async def keep() -> None:
        results.append(await coroutine)

    Task(keep(), errors.append)
    if errors[0] is not None:
        raise errors[0]
    return results[0]


def account(messages: int, lane: InPlaceLane | None = None) -> tuple[Account, MemoryStore]:
    store = MemoryStore()
    added = []
    for number in range(messages):
        spool = store.spool()
        spool.write(b"Subject: %d\r\n\r\n" % number)
        added.append(NewMessage(spool))
    if added:
        store.open("INBOX").append(added)
    return Account("x", Mail(store, lane or InPlaceLane(), None), lambda: None), store


def open_maildrop(of: Account) -> Maildrop:
    return run(of.open_maildrop())


def test_unique_ids_are_uid_and_uid_validity_in_hex() -> None:
    opened, store = account(2)
    validity = store.status("INBOX").uid_validity
    maildrop = open_maildrop(opened)
    assert [message.unique_id for message in maildrop.messages] == [
        b"00000001%08x" % validity,
        b"00000002%08x" % validity,
    ]


@pytest.mark.parametrize(
    ("given", "taken"),
    [(b"abc", True), (b"x" * 70, True), (b"x" * 71, False), (b"a b", False), (b"\xff", False)],
)
def test_a_unique_id_of_another_server_is_taken_if_the_rfc_allows_it(
    given: bytes, taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, store = account(1)
    mailbox = store.open("INBOX")

    def rows(columns: tuple[Column, ...], ranges: Any, **kwargs: Any) -> list[tuple[Any, ...]]:
        return [(1, 14, given)] if ranges[0][0] == 1 else []

    monkeypatch.setattr(type(mailbox), "rows", lambda self, *a, **k: rows(*a, **k))
    [message] = open_maildrop(opened).messages
    assert (message.unique_id == given) is taken


def test_a_large_maildrop_is_read_in_a_thread() -> None:
    lane = CountingLane()
    opened, _ = account(BATCH + 1, lane)
    lane.long = 0
    maildrop = open_maildrop(opened)
    assert len(maildrop.messages) == BATCH + 1
    assert lane.long >= 1


def test_the_lock_is_given_back_by_close_and_when_opening_fails() -> None:
    opened, _ = account(1)
    first = open_maildrop(opened)
    with pytest.raises(InUse):
        open_maildrop(opened)
    first.close()
    first.close()
    open_maildrop(opened).close()


def test_update_removes_what_is_deleted_and_marks_what_was_retrieved() -> None:
    opened, store = account(3)
    maildrop = open_maildrop(opened)
    run(maildrop.update([1], [2]))
    maildrop.close()
    rows = store.open("INBOX").rows((Column.UID, Column.FLAGS), [(1, 10)])
    assert [(uid, bool(flags & SEEN)) for uid, flags in rows] == [(2, True), (3, False)]
