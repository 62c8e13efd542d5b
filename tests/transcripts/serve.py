"""A server for transcripts, run as a process: real sockets, TLS, threads and Maildirs.

It reads lines of JSON from its standard input and answers each with one. ``{"maildir": path,
"limits": {...}}`` says where the user's mail is from now on; the answer has the ports by
channel and the incidents so far.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, cast

from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import Deferred
from twisted.internet.stdio import StandardIO
from twisted.internet.threads import deferToThreadPool
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from mailstore.account.account import Account
from mailstore.account.ports import Peer
from mailstore.imap.connection import ImapConnection
from mailstore.model.errors import AuthenticationFailed
from mailstore.model.limits import ConnectionLimits, ImapLimits
from mailstore.model.task import Waiter
from mailstore.net.admission import Admission
from mailstore.net.connection import Connection
from mailstore.net.events import Events
from mailstore.net.factory import ConnectionFactory, ServedProtocol
from mailstore.net.lane import ThreadLane
from mailstore.net.listening import bind, listen
from mailstore.net.opening import MailOpener
from mailstore.net.spare import SpareTime
from mailstore.net.tls import Certificate
from mailstore.net.watcher import DirectoryWatcher
from mailstore.store.opening import open_user
from tests.engine import IDENTITY, PASSWORD, USER

reactor = cast(Any, installed_reactor)


class Server:
    """One user, whose mail is somewhere else for each transcript."""

    def __init__(self, certificate: Path) -> None:
        self._maildir = ""
        self._limits = ImapLimits()
        self._incidents: list[str] = []
        events = Events("transcripts")
        pool = reactor.getThreadPool()
        spare = SpareTime(reactor, events, quiet_s=0.0)
        self._opener = MailOpener(
            lambda maildir: open_user(Path(maildir)),
            lambda call: deferToThreadPool(reactor, pool, call),
            lambda: ThreadLane(reactor, pool, spare),
            DirectoryWatcher.of(reactor, events),
            50,
            events,
        )
        admission = Admission(ConnectionLimits(total=1000, per_address=1000))
        tls = Certificate(certificate)
        self.ports: dict[str, int] = {}
        for channel in ("tls", "starttls", "clear"):
            factory = ConnectionFactory(
                ServedProtocol("imap", self._engine, lambda why: b"* BYE\r\n", 60.0, 1 << 20),
                admission,
                reactor,
                certificate=None if channel == "clear" else tls,
                implicit_tls=channel == "tls",
                plain_passwords=lambda address: False,
            )
            (socket,) = bind(["127.0.0.1"], 0)
            self.ports[channel] = listen(socket, factory, reactor).getHost().port

    def _engine(self, connection: Connection) -> ImapConnection:
        return ImapConnection(
            connection, self, self._limits, incident=self._incident, identity=IDENTITY
        )

    def _incident(self, error: BaseException) -> str:
        self._incidents.append("".join(traceback.format_exception(error)))
        return "incident"

    def login(
        self, user: bytes, password: bytes, peer: Peer, *, protocol: str
    ) -> Awaitable[Account]:
        waiter: Waiter[Account] = Waiter()
        if (user, password) != (USER, PASSWORD):
            waiter.fail(AuthenticationFailed("wrong"))
            return waiter

        def failed(failure: Failure) -> None:
            waiter.fail(cast(BaseException, failure.value))

        opened = Deferred.fromCoroutine(self._opener.open(self._maildir))
        opened.addCallbacks(waiter.succeed, failed)
        return waiter

    def told(self, order: dict[str, Any]) -> dict[str, Any]:
        self._maildir = order["maildir"]
        self._limits = ImapLimits(**order["limits"])
        return {"ports": self.ports, "incidents": self._incidents}


class Orders(LineOnlyReceiver):
    """The process ends with its standard input."""

    delimiter = b"\n"

    def __init__(self, server: Server) -> None:
        self._server = server

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        self.sendLine(json.dumps(self._server.told(json.loads(line))).encode())

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        if reactor.running:
            reactor.stop()


if __name__ == "__main__":
    StandardIO(Orders(Server(Path(sys.argv[1]))))
    reactor.run()
