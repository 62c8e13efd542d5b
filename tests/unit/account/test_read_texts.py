"""Texts are read for searches when there is time, of mailboxes that somebody uses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailstore.account.account import Account
from mailstore.account.lane import InPlaceLane
from mailstore.account.mail import Mail
from mailstore.model.errors import Unavailable
from mailstore.model.task import Task
from mailstore.store.memory import MemoryStore
from mailstore.store.memory_mailbox import MemoryMailbox
from tests.contract.mail import message, new


class WaitingLane(InPlaceLane):
    """Spare work waits."""

    def __init__(self) -> None:
        self.waiting: dict[str, Callable[[], bool]] = {}

    def run_spare(self, name: str, work: Callable[[], bool]) -> None:
        self.waiting.setdefault(name, work)


class Users:
    def __init__(self) -> None:
        self.lane = WaitingLane()
        self.store = MemoryStore()
        self.mail = Mail(self.store, self.lane, None)
        self.account = Account("x", self.mail, self.mail.close)

    def taken(self) -> list[Callable[[], bool]]:
        works = list(self.lane.waiting.values())
        self.lane.waiting.clear()
        return works


@pytest.fixture
def users() -> Users:
    return Users()


def test_opening_filling_and_appending_are_occasions(users: Users) -> None:
    counts = []

    async def use() -> None:
        mailbox = await users.account.open("inbox")
        counts.append(len(users.taken()))
        await users.account.append("INBOX", [new(users.store, message())])
        counts.append(len(users.taken()))
        await mailbox.fill([1])
        await mailbox.fill([1])
        counts.append(len(users.taken()))
        mailbox.close()

    Task(use(), lambda error: None)
    assert counts == [1, 1, 1]


def test_a_maildrop_is_not_searched(users: Users) -> None:
    async def use() -> None:
        (await users.account.open_maildrop()).close()

    Task(use(), lambda error: None)
    assert users.taken() == []


def test_each_piece_is_short_and_the_store_says_whether_there_is_more(
    users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [True, True, False]
    monkeypatch.setattr(MemoryMailbox, "fill_texts", lambda self, seconds: answers.pop(0))
    users.mail.read_texts("INBOX")
    [work] = users.taken()
    assert [work(), work(), work()] == [True, True, False]


def test_it_ends_with_the_mailbox_with_the_mail_and_with_an_error(
    users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: MemoryMailbox, seconds: float) -> bool:
        raise Unavailable("disk")

    users.mail.read_texts("Gone")
    [gone] = users.taken()
    assert gone() is False
    users.mail.read_texts("INBOX")
    [work] = users.taken()
    monkeypatch.setattr(MemoryMailbox, "fill_texts", fail)
    assert work() is False
    monkeypatch.setattr(MemoryMailbox, "fill_texts", lambda self, seconds: True)
    assert work() is True
    users.account.close()
    assert work() is False
