"""Everything that sign-in consists of, put together as one Twisted service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from twisted.application.service import Service
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.portal import IRealm, Portal
from twisted.internet.defer import Deferred

from mailstore.account.account import Account
from mailstore.auth.checker import UsersChecker
from mailstore.auth.crypt_process import CryptProcesses
from mailstore.auth.failure_delay import FailureDelay
from mailstore.auth.ports import Clock, EventLog, InThread, UserSource
from mailstore.auth.realm import MailRealm
from mailstore.auth.sign_in import CredSignIn
from mailstore.auth.users import Users
from mailstore.auth.verified import VerifiedPasswords
from mailstore.auth.work_pool import FromThread, WorkPool
from mailstore.model.user import UserEntry


class Reactor(Clock, FromThread, Protocol):
    """``IReactorTime`` and ``IReactorFromThreads``."""


class Authentication(Service):
    """Users, their passwords, and the portal.

    Attributes:
        users: Call ``users.load()`` before the service starts; it raises what is wrong with
            the users file.
        portal: For protocols that know cred; offers IMailAccount. Checkers for other
            credentials are registered with it.
        sign_in: For the protocol engines.
    """

    def __init__(
        self,
        reactor: Reactor,
        source: UserSource,
        open_account: Callable[[UserEntry], Account | Deferred[Account]],
        *,
        in_thread: InThread,
        address_group: Callable[[str], str],
        log: EventLog,
    ) -> None:
        """``in_thread`` is for the source; ``address_group`` is FailureDelay's ``group``."""
        self.setName("authentication")  # type: ignore[no-untyped-call]
        self._pool = WorkPool(reactor)
        self._processes = CryptProcesses()
        self.users = Users(source, in_thread, reactor, log)
        checker = UsersChecker(
            self.users,
            VerifiedPasswords(reactor.seconds),
            self._pool.run,
            self._processes.verify,
            log,
        )
        realm = cast(IRealm, MailRealm(self.users, open_account))
        self.portal = Portal(realm, [cast(ICredentialsChecker, checker)])
        delay = FailureDelay(reactor.seconds, address_group)
        self.sign_in = CredSignIn(self.portal, delay, reactor, log)

    def startService(self) -> None:  # noqa: N802
        super().startService()  # type: ignore[no-untyped-call]
        self._pool.start()

    def stopService(self) -> Deferred[None]:  # noqa: N802
        """Write the better hashes that wait to be written, and end threads and processes."""
        super().stopService()  # type: ignore[no-untyped-call]
        return self.users.flush().addCallback(self._stop)

    def _stop(self, _: None) -> None:
        self._pool.stop()
        self._processes.close()

    def reload(self) -> Deferred[bool]:
        """Read the users file again; False if it has faults, and everything stays as it is."""
        return self.users.reload()
