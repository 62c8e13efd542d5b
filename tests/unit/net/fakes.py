# ruff: noqa: N802 - methods that Twisted names
"""An engine to put into a connection, a transport that records, and both ends of TLS."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import trustme
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock

from mailstore.account.ports import Peer
from mailstore.model.limits import ConnectionLimits
from mailstore.net.admission import Admission
from mailstore.net.connection import Connection
from mailstore.net.factory import ConnectionFactory, ServedProtocol
from mailstore.net.tls import Certificate


class RecordingTransport:
    """What a connection asks of its transport. ``take`` is the network's turn."""

    def __init__(self, host: str = "192.0.2.7") -> None:
        self._host = host
        self.writes: list[bytes] = []
        self.limit = 1000
        self.waiting = 0
        self.reading = True
        self.disconnecting = False
        self.aborted = False
        self.producer: Connection | None = None
        self._paused = False

    def getPeer(self) -> IPv4Address:
        return IPv4Address("TCP", self._host, 4711)

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        self.waiting += len(data)
        if self.producer is not None and self.waiting > self.limit and not self._paused:
            self._paused = True
            self.producer.pauseProducing()

    def drain(self) -> None:
        """The client took everything."""
        self.waiting = 0
        if self._paused and self.producer is not None:
            self._paused = False
            self.producer.resumeProducing()

    def taken(self) -> bytes:
        octets = b"".join(self.writes)
        self.writes.clear()
        self.waiting = 0 if not self._paused else self.waiting
        return octets

    def loseConnection(self) -> None:
        self.disconnecting = True

    def abortConnection(self) -> None:
        self.disconnecting = self.aborted = True

    def registerProducer(self, producer: Connection, streaming: bool) -> None:
        assert streaming
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True


class RecordingEngine:
    """Notes what it hears. ``on_data`` may answer."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.heard: list[bytes] = []
        self.events: list[str] = []
        self.inside = 0
        self.on_data: Callable[[bytes], None] = lambda octets: None

    def connection_made(self) -> None:
        self.events.append("made")
        self.peer.write(b"hello\r\n")

    def data_received(self, octets: bytes) -> None:
        assert self.inside == 0, "entered twice"
        self.inside += 1
        self.heard.append(octets)
        self.on_data(octets)
        self.inside -= 1

    def timed_out(self) -> None:
        self.events.append("timed out")

    def shutting_down(self) -> None:
        self.events.append("shutting down")

    def connection_lost(self) -> None:
        assert self.inside == 0
        self.events.append("lost")


class Shell:
    """A connection between a recording engine and a recording transport."""

    def __init__(
        self,
        *,
        certificate: Certificate | None = None,
        implicit_tls: bool = False,
        admission: Admission | None = None,
        host: str = "192.0.2.7",
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.engines: list[RecordingEngine] = []
        self.admission = Admission(ConnectionLimits()) if admission is None else admission
        self.factory = ConnectionFactory(
            ServedProtocol(
                "test",
                self._make_engine,
                lambda why: f"-ERR {why}\r\n".encode(),
                login_timeout_s=60,
                output=4000,
            ),
            self.admission,
            self.clock,
            certificate=certificate,
            implicit_tls=implicit_tls,
        )
        self.connection = self.factory.buildProtocol(None)
        self.transport = RecordingTransport(host)
        self.connection.makeConnection(self.transport)

    def _make_engine(self, peer: Connection) -> RecordingEngine:
        self.engines.append(RecordingEngine(peer))
        return self.engines[-1]

    @property
    def engine(self) -> RecordingEngine:
        return self.engines[0]

    def receive(self, octets: bytes) -> bytes:
        """Octets from the client; returns what was sent."""
        self.connection.dataReceived(octets)
        return self.transport.taken()

    def turn(self) -> bytes:
        """One turn of the reactor."""
        self.clock.advance(0)
        return self.transport.taken()


def make_certificate(folder: Path) -> tuple[Certificate, trustme.CA]:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    path = folder / "server.pem"
    issued.private_key_and_cert_chain_pem.write_to_path(path)
    return Certificate(path), authority


class TlsClient:
    """The client's side, octets in and out."""

    def __init__(self, authority: trustme.CA, *, newest: ssl.TLSVersion | None = None) -> None:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        if newest is not None:
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.maximum_version = newest
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_hostname="localhost")

    def exchange(self, octets: bytes = b"") -> bytes:
        """Go on with the handshake; what is to be sent."""
        self._in.write(octets)
        with suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
        return self._out.read()

    def encrypt(self, octets: bytes) -> bytes:
        self.tls.write(octets)
        return self._out.read()

    def decrypt(self, octets: bytes) -> bytes:
        self._in.write(octets)
        clear = b""
        try:
            while piece := self.tls.read(65536):
                clear += piece
        except ssl.SSLWantReadError:
            pass
        return clear

    def close(self) -> bytes:
        with suppress(ssl.SSLError):
            self.tls.unwrap()
        return self._out.read()


def shake_hands(shell: Shell, client: TlsClient, octets: bytes = b"") -> bytes:
    """Until both are done; returns what the server sent in clear text after it."""
    for _ in range(4):
        octets = shell.receive(client.exchange(octets))
    return client.decrypt(octets)
