"""From an engine's question through cred to an account."""

from __future__ import annotations

from typing import Any, cast

import pytest
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword, UsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import IRealm, Portal
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from zope.interface import Interface, implementer
from zope.interface.verify import verifyObject

from mailstore.account.account import Account
from mailstore.account.ports import Peer
from mailstore.auth.failure_delay import FailureDelay
from mailstore.auth.realm import IMailAccount, MailRealm
from mailstore.auth.sign_in import CredSignIn
from mailstore.auth.users import Users
from mailstore.model.errors import (
    AuthenticationFailed,
    AuthenticationUnavailable,
    MailError,
    TooManyConnections,
)
from mailstore.model.task import Task, Waiter
from mailstore.model.user import UserEntry
from tests.unit.auth.fakes import FakeLog, FakeSource, at_once, result_of


class FakePeer:
    address = "192.0.2.1"
    number = 17


@implementer(ICredentialsChecker)
class FakeChecker:
    """Everybody's password is ``secret``; ``answer`` replaces that."""

    credentialInterfaces = (IUsernamePassword,)  # noqa: N815

    def __init__(self) -> None:
        self.answer: Deferred[Any] | None = None

    def requestAvatarId(self, credentials: UsernamePassword) -> Deferred[Any]:  # noqa: N802
        if self.answer is not None:
            return self.answer
        if credentials.password == b"secret":
            return succeed(credentials.username.decode())
        return fail(UnauthorizedLogin())


class Rig:
    def __init__(self) -> None:
        self.clock = Clock()
        self.log = FakeLog()
        self.checker = FakeChecker()
        source = FakeSource(UserEntry("Ada", "$x"), UserEntry("gone", "$x", disabled=True))
        self.users = Users(source, at_once, self.clock, self.log)
        self.users.load()
        self.opened: list[UserEntry] = []
        self.closed: list[str] = []
        self.refusal: MailError | None = None
        self.realm = MailRealm(self.users, self.open)
        portal = Portal(cast(IRealm, self.realm), [cast(ICredentialsChecker, self.checker)])
        delay = FailureDelay(self.clock.seconds, str)
        self.sign_in = CredSignIn(portal, delay, self.clock, self.log)

    def open(self, user: UserEntry) -> Account:
        if self.refusal is not None:
            raise self.refusal
        self.opened.append(user)
        return Account(user.name, cast(Any, None), lambda: self.closed.append(user.name))

    def login(self, user: bytes, password: bytes) -> Waiter[Account]:
        return self.sign_in.login(user, password, cast(Peer, FakePeer()), protocol="imap")


def outcome(waiter: Waiter[Account]) -> Any:
    """The account, or the error, or None while it waits."""
    results: list[Any] = []

    async def wait() -> None:
        results.append(await waiter)

    Task(wait(), lambda error: results.append(error) if error else None)
    return results[0] if results else None


def test_a_user_gets_an_account() -> None:
    rig = Rig()
    account = outcome(rig.login(b"ada", b"secret"))
    assert account.user == "Ada"
    assert rig.opened == [UserEntry("Ada", "$x")]
    assert rig.log.lines == ['login c=17 protocol=imap address=192.0.2.1 user="Ada"']
    account.close()
    assert rig.closed == ["Ada"]


def test_a_refusal_waits_and_tells_nothing() -> None:
    rig = Rig()
    waiter = rig.login(b"ada", b"hunter2")
    rig.clock.advance(0.24)
    assert not waiter.done
    rig.clock.advance(0.01)
    error = outcome(waiter)
    assert isinstance(error, AuthenticationFailed)
    assert str(error) == "authentication failed"
    assert rig.log.lines == ["refused c=17 protocol=imap address=192.0.2.1 delay=0.25"]


def test_refusals_wait_longer_and_a_right_password_never_does() -> None:
    rig = Rig()
    for _ in range(10):
        rig.login(b"ada", b"wrong")
    waiter = rig.login(b"ada", b"wrong")
    assert outcome(rig.login(b"ada", b"secret")).user == "Ada"
    rig.clock.advance(4.9)
    assert not waiter.done
    rig.clock.advance(0.1)
    assert waiter.done


def test_what_was_typed_for_a_name_is_not_logged_when_it_is_refused() -> None:
    rig = Rig()
    rig.login(b"my-password", b"ada")
    assert "my-password" not in "".join(rig.log.lines)


@pytest.mark.parametrize("user", [b"unknown", b"gone"])
def test_who_has_no_mail_here_is_refused_whatever_a_checker_says(user: bytes) -> None:
    rig = Rig()
    waiter = rig.login(user, b"secret")
    rig.clock.advance(10)
    assert isinstance(outcome(waiter), AuthenticationFailed)
    assert rig.opened == []


def test_a_checker_may_answer_later_and_in_octets() -> None:
    rig = Rig()
    rig.checker.answer = Deferred()
    waiter = rig.login(b"ada", b"whatever")
    assert not waiter.done
    rig.checker.answer.callback(b"ada")
    assert outcome(waiter).user == "Ada"


@pytest.mark.parametrize(
    "error", [TooManyConnections("no more"), AuthenticationUnavailable("busy")]
)
def test_other_troubles_are_told_at_once_as_they_are(error: MailError) -> None:
    rig = Rig()
    rig.refusal = error
    assert outcome(rig.login(b"ada", b"secret")) is error
    assert rig.log.lines == [f'unavailable c=17 protocol=imap address=192.0.2.1 why="{error}"']


def test_what_nobody_foresaw_reaches_the_engine() -> None:
    rig = Rig()
    rig.checker.answer = fail(ZeroDivisionError())
    assert isinstance(outcome(rig.login(b"ada", b"secret")), ZeroDivisionError)


def test_the_realm_offers_accounts_and_nothing_else() -> None:
    rig = Rig()
    assert verifyObject(IRealm, rig.realm)
    _, account, logout = result_of(rig.realm.requestAvatar("ada", None, IMailAccount))
    assert IMailAccount.providedBy(account)
    logout()
    assert rig.closed == ["Ada"]
    with pytest.raises(NotImplementedError):
        rig.realm.requestAvatar("ada", None, Interface)


def test_an_account_may_take_time_to_open() -> None:
    rig = Rig()
    opening: Deferred[Account] = Deferred()
    realm = MailRealm(rig.users, lambda user: opening)
    result = realm.requestAvatar("ada", None, IMailAccount)
    account = rig.open(UserEntry("Ada", "$x"))
    opening.callback(account)
    assert result_of(result)[1] is account
