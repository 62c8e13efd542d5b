from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from twisted.internet.defer import Deferred

from mailstore.account.account import Account
from mailstore.account.lane import InPlaceLane
from mailstore.model.errors import TooManyConnections, Unavailable
from mailstore.net.events import Events
from mailstore.net.opening import MailOpener
from mailstore.store.memory import MemoryStore
from mailstore.store.ports import UserStore


class Opening:
    """Stores open when the test says so."""

    def __init__(self, per_user: int = 50) -> None:
        self.asked: list[tuple[Callable[[], UserStore], Deferred[UserStore]]] = []
        self.error: Exception | None = None
        self.opener = MailOpener(
            self._open_store, self._in_thread, InPlaceLane, None, per_user, Events("test")
        )

    def _open_store(self, user: str) -> UserStore:
        if self.error is not None:
            raise self.error
        return MemoryStore()

    def _in_thread(self, call: Callable[[], UserStore]) -> Awaitable[UserStore]:
        result: Deferred[UserStore] = Deferred()
        self.asked.append((call, result))
        return result

    def work(self) -> None:
        call, result = self.asked.pop(0)
        try:
            result.callback(call())
        except Exception as error:
            result.errback(error)

    def ask(self, user: str = "alice") -> list[object]:
        """What comes of it: an account or an error, once it is there."""
        outcome: list[object] = []
        deferred = Deferred.fromCoroutine(self.opener.open(user))
        deferred.addCallbacks(outcome.append, lambda failure: outcome.append(failure.value))
        return outcome


def test_a_store_is_opened_once_for_all_who_ask_meanwhile() -> None:
    opening = Opening()
    outcomes = [opening.ask() for _ in range(3)]
    assert len(opening.asked) == 1
    opening.work()
    assert [len(outcome) for outcome in outcomes] == [1, 1, 1]
    assert all(isinstance(outcome[0], Account) for outcome in outcomes)
    assert opening.asked == []


def test_a_user_whose_mail_is_open_does_not_wait() -> None:
    opening = Opening()
    opening.ask()
    opening.work()
    assert isinstance(opening.ask()[0], Account)


def test_mail_is_opened_again_after_the_last_session() -> None:
    opening = Opening()
    first = opening.ask()
    opening.work()
    account = first[0]
    assert isinstance(account, Account)
    account.close()
    opening.ask()
    assert len(opening.asked) == 1


def test_a_store_that_cannot_be_opened_is_tried_again_by_the_next() -> None:
    opening = Opening()
    opening.error = Unavailable("disk")
    first, second = opening.ask(), opening.ask()
    opening.work()
    assert isinstance(first[0], Unavailable)
    assert second == []
    opening.error = None
    opening.work()
    assert isinstance(second[0], Account)


def test_an_unforeseen_error_is_an_incident_for_the_log_and_unavailable_for_the_client() -> None:
    opening = Opening()
    opening.error = ZeroDivisionError("surprise")
    outcome = opening.ask()
    opening.work()
    assert isinstance(outcome[0], Unavailable)
    assert "surprise" not in str(outcome[0])


def test_a_user_may_have_so_many_sessions() -> None:
    opening = Opening(per_user=2)
    outcomes = [opening.ask() for _ in range(3)]
    opening.work()
    assert [type(outcome[0]) for outcome in outcomes] == [Account, Account, TooManyConnections]


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_users_do_not_wait_for_one_another(user: str) -> None:
    opening = Opening()
    opening.ask("carol")
    outcome = opening.ask(user)
    assert len(opening.asked) == 2
    opening.asked.reverse()
    opening.work()
    assert isinstance(outcome[0], Account)
