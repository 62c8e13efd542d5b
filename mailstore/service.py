"""The composition root: builds everything that a running server is from its configuration."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar, cast

from twisted.application.service import MultiService
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.portal import IRealm, Portal
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from mailstore.account.account import Account
from mailstore.auth import passwords
from mailstore.auth.checker import UsersChecker
from mailstore.auth.crypt_process import CryptProcesses
from mailstore.auth.failure_delay import FailureDelay
from mailstore.auth.realm import MailRealm
from mailstore.auth.sign_in import CredSignIn
from mailstore.auth.users import Users
from mailstore.auth.verified import VerifiedPasswords
from mailstore.auth.work_pool import WorkPool
from mailstore.config.configuration import Configuration, Service
from mailstore.config.models import PlaintextLogin
from mailstore.config.users import UsersFile
from mailstore.imap.connection import ImapConnection
from mailstore.model.errors import Unavailable
from mailstore.model.limits import ConnectionLimits
from mailstore.model.user import UserEntry
from mailstore.net.admission import Admission, group_of
from mailstore.net.connection import Connection
from mailstore.net.events import Events, LoggingBridge
from mailstore.net.factory import ConnectionFactory, ServedProtocol, is_loopback
from mailstore.net.lane import ThreadLane
from mailstore.net.listening import CannotListen, Port, bind, listen, listen_endpoint
from mailstore.net.opening import MailOpener
from mailstore.net.ports import Reactor
from mailstore.net.process import (
    affordable_connections,
    notify_systemd,
    raise_file_limit,
    stop_once,
    use_monotonic_clock,
)
from mailstore.net.spare import SpareTime
from mailstore.net.tls import BadCertificate, Certificate, TlsVersion
from mailstore.net.watcher import DirectoryWatcher
from mailstore.pop3.connection import Pop3Connection
from mailstore.store import open_user
from mailstore.store.opening import INDEX_NAME
from mailstore.store.ports import UserStore

T = TypeVar("T")

GRACE_S: Final = 10.0
"""How long commands that run may go on when the server stops."""

STORE_THREADS: Final = 16
"""Long calls on stores that run at a time; most of them wait for a disk."""

IDENTITY: Final = ((b"name", b"mailstore"),)

_PLAIN_PASSWORDS: Final[dict[PlaintextLogin, Callable[[str], bool]]] = {
    PlaintextLogin.NEVER: lambda address: False,
    PlaintextLogin.LOOPBACK: is_loopback,
    PlaintextLogin.ALWAYS: lambda address: True,
}


class _Bound(NamedTuple):
    """A socket that listens already and waits for the reactor."""

    service: Service
    socket: socket.socket


class MailstoreService(MultiService):
    """A server, from listening sockets to stores.

    The constructor reads users and certificate and binds sockets, all of which can fail
    and may need root; it starts no thread and opens no file that a fork would harm. It
    raises ConfigurationError, BadCertificate, CannotListen.
    """

    def __init__(self, configuration: Configuration, reactor: Reactor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.setName("mailstore")  # type: ignore[no-untyped-call]
        self.configuration = configuration
        self.ports: dict[Service, list[Port]] = {}
        self._reactor = reactor
        self._events = Events("server")
        self._certificate = _certificate(configuration)
        self._work = WorkPool(reactor)
        self._crypt = CryptProcesses()
        self._users = Users(_users_file(configuration), self._work.run, reactor, Events("auth"))
        self._users.load()
        self._admission = Admission(_affordable(configuration.connections, self._events))
        self._store_pool = ThreadPool(0, STORE_THREADS, name="store")
        self._spare = SpareTime(reactor, Events("spare"))
        self._watcher: DirectoryWatcher | None = None
        self._opener: MailOpener | None = None
        self._sign_in: CredSignIn | None = None
        self._hangup: Any = None
        self._bridge = LoggingBridge()
        self._bound = _bind_all(configuration)

    # Starting

    def startService(self) -> None:  # noqa: N802
        super().startService()  # type: ignore[no-untyped-call]
        use_monotonic_clock(self._reactor)
        logging.getLogger("mailstore").addHandler(self._bridge)
        self._work.start()
        self._store_pool.start()
        self._watcher = DirectoryWatcher.of(self._reactor, self._events)
        self._opener = MailOpener(
            self._open_store,
            self._in_store_thread,
            lambda: ThreadLane(self._reactor, self._store_pool, self._spare),
            self._watcher,
            self.configuration.connections.per_user,
            self._events,
        )
        self._sign_in = self._make_sign_in(self._opener)
        self._hangup = signal.signal(signal.SIGHUP, self._on_hangup)
        self._reactor.callLater(0, stop_once)
        for bound in self._bound:
            self._add_port(
                bound.service, listen(bound.socket, self._factory(bound.service), self._reactor)
            )
        self._bound.clear()
        waiting = [
            Deferred.fromCoroutine(self._listen_endpoint(listener.service, endpoint))
            for listener in self.configuration.listeners
            for endpoint in listener.endpoints
        ]
        gatherResults(waiting).addCallback(lambda _: self._started())

    def _started(self) -> None:
        self._events.info("ready", users=len(self._users))
        notify_systemd("READY=1")

    async def _listen_endpoint(self, service: Service, endpoint: str) -> None:
        try:
            port = await listen_endpoint(endpoint, self._factory(service), self._reactor)
        except CannotListen as error:
            self._events.warn("cannot-listen", service=service, why=f'"{error}"')
        else:
            self._add_port(service, port)

    def _add_port(self, service: Service, port: Port) -> None:
        self.ports.setdefault(service, []).append(port)
        where = port.getHost()
        self._events.info(
            "listening",
            service=service,
            address=getattr(where, "host", getattr(where, "name", None)),
            port=getattr(where, "port", None),
        )

    def _factory(self, service: Service) -> ConnectionFactory:
        speaks = self._imap() if service in (Service.IMAP, Service.IMAPS) else self._pop3()
        return ConnectionFactory(
            speaks,
            self._admission,
            self._reactor,
            certificate=self._certificate,
            implicit_tls=service.implicit_tls,
            plain_passwords=_PLAIN_PASSWORDS[self.configuration.plaintext_login],
        )

    def _imap(self) -> ServedProtocol:
        limits, events = self.configuration.imap, Events("imap")

        def engine(connection: Connection) -> ImapConnection:
            return ImapConnection(
                connection,
                self._signing_in(),
                limits,
                incident=partial(events.incident, c=connection.number),
                identity=IDENTITY,
            )

        return ServedProtocol(
            "imap",
            engine,
            lambda why: b"* BYE [UNAVAILABLE] %b\r\n" % why.encode("ascii"),
            limits.login_timeout_s,
            limits.output,
        )

    def _pop3(self) -> ServedProtocol:
        limits, events = self.configuration.pop3, Events("pop3")

        def engine(connection: Connection) -> Pop3Connection:
            return Pop3Connection(
                connection,
                self._signing_in(),
                limits,
                incident=partial(events.incident, c=connection.number),
            )

        return ServedProtocol(
            "pop3",
            engine,
            lambda why: b"-ERR [SYS/TEMP] %b\r\n" % why.encode("ascii"),
            limits.login_timeout_s,
            limits.output,
        )

    # Signing in

    def _signing_in(self) -> CredSignIn:
        if self._sign_in is None:
            raise RuntimeError("the service is not running")
        return self._sign_in

    def _make_sign_in(self, opener: MailOpener) -> CredSignIn:
        checker = UsersChecker(
            self._users,
            VerifiedPasswords(self._reactor.seconds),
            self._work.run,
            self._crypt.verify,
            Events("auth"),
        )

        def open_account(user: UserEntry) -> Deferred[Account]:
            return Deferred.fromCoroutine(opener.open(user.name))

        realm = cast(IRealm, MailRealm(self._users, open_account))
        portal = Portal(realm, [cast(ICredentialsChecker, checker)])
        delay = FailureDelay(self._reactor.seconds, group_of)
        return CredSignIn(portal, delay, self._reactor, Events("auth"))

    def _open_store(self, name: str) -> UserStore:
        """In a thread."""
        user = self._users.find(name)
        if user is None:
            raise Unavailable("the user is gone")
        return open_store(self.configuration, user)

    def _in_store_thread(self, call: Callable[[], T]) -> Deferred[T]:
        reactor = cast(IReactorFromThreads, self._reactor)
        return deferToThreadPool(reactor, self._store_pool, call)

    # Reloading

    def _on_hangup(self, number: int, frame: object) -> None:
        self._reactor.callFromThread(self.reload)

    def reload(self) -> Deferred[None]:
        """Read users and certificate again; what has faults stays as it was."""
        notify_systemd("RELOADING=1", f"MONOTONIC_USEC={int(self._reactor.seconds() * 1e6)}")
        if self._certificate is not None:
            try:
                self._certificate.reload()
            except BadCertificate as error:
                self._events.warn("certificate-not-reloaded", why=f'"{error}"')
            else:
                self._events.info("certificate-reloaded")
        reloaded: Deferred[None] = self._users.reload().addCallback(lambda _: None)
        return reloaded.addCallback(lambda _: notify_systemd("READY=1"))

    # Stopping

    def stopService(self) -> Deferred[None]:  # noqa: N802
        """Accept nothing more, let commands end within the grace, close everything."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        await maybeDeferred(super().stopService)
        if self._hangup is not None:
            signal.signal(signal.SIGHUP, self._hangup)
        notify_systemd("STOPPING=1")
        self._events.info("stopping", connections=len(self._admission))
        closing = [
            maybeDeferred(port.stopListening) for ports in self.ports.values() for port in ports
        ]
        await gatherResults(closing)
        await self._end_connections()
        await self._users.flush()
        self._spare.close()
        if self._opener is not None:
            self._opener.close()
        if self._watcher is not None:
            self._watcher.close()
        self._store_pool.stop()
        self._work.stop()
        self._crypt.close()
        self._events.info("stopped")
        logging.getLogger("mailstore").removeHandler(self._bridge)

    async def _end_connections(self) -> None:
        connections = cast(list[Connection], self._admission.guests())
        for connection in connections:
            connection.shut_down()
        ended: Deferred[None] = Deferred()
        self._admission.when_empty(lambda: ended.callback(None))
        grace = self._reactor.callLater(GRACE_S, self._end_now)
        await ended
        if grace.active():
            grace.cancel()

    def _end_now(self) -> None:
        connections = cast(list[Connection], self._admission.guests())
        self._events.warn("grace-over", connections=len(connections))
        for connection in connections:
            connection.abort()


def open_store(configuration: Configuration, user: UserEntry) -> UserStore:
    """A user's mail, where the configuration says; blocks. Raises what ``open_user`` does."""
    folder = configuration.index(user)
    return open_user(
        configuration.maildir(user),
        index=None if folder is None else folder / INDEX_NAME,
        standard=tuple(configuration.mailboxes.items()),
    )


def _certificate(configuration: Configuration) -> Certificate | None:
    tls = configuration.tls
    if tls is None:
        return None
    return Certificate(tls.certificate, tls.key, TlsVersion[tls.minimum_version.name])


def _users_file(configuration: Configuration) -> UsersFile:
    return UsersFile(
        configuration.users, known_hash=passwords.is_known, check_user=configuration.check_user
    )


def _affordable(limits: ConnectionLimits, events: Events) -> ConnectionLimits:
    """``limits`` as far as the process may open files."""
    total = affordable_connections(raise_file_limit(limits.total), limits.total)
    if total < limits.total:
        events.warn("fewer-connections", total=total, why='"the limit of open files is too low"')
    return ConnectionLimits(total, limits.per_address, limits.per_user)


def _bind_all(configuration: Configuration) -> list[_Bound]:
    bound: list[_Bound] = []
    try:
        for listener in configuration.listeners:
            if listener.port is not None:
                sockets = bind(listener.addresses, listener.port)
                bound.extend(_Bound(listener.service, each) for each in sockets)
    except CannotListen:
        for each in bound:
            each.socket.close()
        raise
    return bound
