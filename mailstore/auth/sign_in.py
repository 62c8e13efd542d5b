"""The port by which protocol engines sign users in, on Twisted cred."""

from __future__ import annotations

import json
from typing import cast

from twisted.cred.credentials import ICredentials, UsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import Portal
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from mailstore.account.account import Account
from mailstore.account.ports import Peer
from mailstore.auth.failure_delay import FailureDelay
from mailstore.auth.ports import Clock, EventLog
from mailstore.auth.realm import IMailAccount
from mailstore.model.errors import AuthenticationFailed, MailError
from mailstore.model.task import Waiter


class CredSignIn:
    """``mailstore.account.ports.SignIn`` over a portal, whatever checkers it has.

    The log tells of every sign-in. It has the name of a user who got in, and only the
    address of somebody who did not: what was typed for a name is at times a password.
    """

    def __init__(self, portal: Portal, delay: FailureDelay, clock: Clock, log: EventLog) -> None:
        self._portal = portal
        self._delay = delay
        self._clock = clock
        self._log = log

    def login(self, user: bytes, password: bytes, peer: Peer, *, protocol: str) -> Waiter[Account]:
        """Raises AuthenticationFailed, some time later, and what the port says."""
        waiter: Waiter[Account] = Waiter()

        def failed(failure: Failure) -> None:
            waiter.fail(cast(BaseException, failure.value))

        # The connection's number finds its other lines in the log.
        number: object = getattr(peer, "number", None)
        attempt = self.authenticate(user, password, peer.address, protocol, number)
        attempt.addCallbacks(waiter.succeed, failed)
        return waiter

    def authenticate(
        self, user: bytes, password: bytes, address: str, protocol: str, number: object = None
    ) -> Deferred[Account]:
        """``login`` for those who have no engine."""
        return Deferred.fromCoroutine(self._authenticate(user, password, address, protocol, number))

    async def _authenticate(
        self, user: bytes, password: bytes, address: str, protocol: str, number: object
    ) -> Account:
        where = {"c": number, "protocol": protocol, "address": address}
        try:
            credentials = cast(ICredentials, UsernamePassword(user, password))
            _, avatar, _ = await self._portal.login(credentials, None, IMailAccount)
            account = cast(Account, avatar)
        except UnauthorizedLogin:
            delay_s = self._delay.failed(address)
            self._log.warn("refused", **where, delay=delay_s)
            await self._sleep(delay_s)
            raise AuthenticationFailed("authentication failed") from None
        except MailError as error:
            self._log.warn("unavailable", **where, why=json.dumps(str(error)))
            raise
        self._log.info("login", **where, user=json.dumps(account.user))
        return account

    def _sleep(self, seconds: float) -> Deferred[None]:
        woken: Deferred[None] = Deferred()
        self._clock.callLater(seconds, woken.callback, None)
        return woken
