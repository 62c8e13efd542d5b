"""A TCP transport that tries the socket at once.

Twisted queues what is written and sends it at the next turn of the reactor: two ``epoll_ctl``
and one more ``epoll_wait`` for each answer. Mail is answers of one line, and an idle
socket takes them nearly always. Here ``write`` sends when nothing is queued, and queues
only what the socket did not take.
"""

from __future__ import annotations

import socket
from typing import cast

from twisted.internet import tcp
from twisted.internet.interfaces import IProtocolFactory, ITCPTransport
from twisted.internet.protocol import Factory

from mailstore.net.ports import Reactor, Transport

BACKLOG = 1024
"""Connections that the kernel holds until they are accepted; it may hold fewer."""


class WriteThrough(tcp.Server):
    """A server's connection. Order is kept: with anything queued, all else queues too."""

    def write(self, data: bytes) -> None:
        if self._tempDataLen or self.dataBuffer or self.disconnecting or not self.connected:
            super().write(data)  # type: ignore[no-untyped-call]
            return
        try:
            sent = self.socket.send(data)
        except OSError:
            # Full, or broken: in both cases the reactor finds out when it tries.
            sent = 0
        if sent < len(data):
            super().write(data[sent:])  # type: ignore[no-untyped-call]

    output_limit = 256 * 1024
    """Octets that may wait for the socket before the producer is paused."""

    def _isSendBufferFull(self) -> bool:  # noqa: N802
        # Twisted's own limit is also the size of each read, so it is not the one to change.
        return self.outstanding > self.output_limit

    @property
    def outstanding(self) -> int:
        """Octets that were written and that the socket has not taken."""
        return len(self.dataBuffer) - self.offset + self._tempDataLen


class WriteThroughPort(tcp.Port):
    """Listens like ``reactor.listenTCP``, and gives every client such a transport."""

    transport = WriteThrough

    def _logConnectionLostMsg(self) -> None:  # noqa: N802
        """Who stops the server says so once, not for each port."""

    @classmethod
    def on(cls, listening: socket.socket, factory: Factory, reactor: Reactor) -> WriteThroughPort:
        """A port, not started, on a socket that listens already and is the port's from now on."""
        name = listening.getsockname()
        wanted = cast(IProtocolFactory, factory)
        port = cls(name[1], wanted, interface=name[0], reactor=reactor)
        port._preexistingSocket = listening
        return port


def prepare(transport: Transport, output_limit: int) -> None:
    """Set up a new connection: answers leave at once, dead peers are noticed.

    Transports that Twisted made (a UNIX socket, a proxy's wrapper) are taken as they are.
    """
    if ITCPTransport.providedBy(transport):
        tcp_transport = cast(tcp.Connection, transport)
        tcp_transport.setTcpNoDelay(True)
        tcp_transport.setTcpKeepAlive(True)
    if isinstance(transport, WriteThrough):
        transport.output_limit = output_limit


def outstanding(transport: Transport) -> int:
    """Octets not yet taken by the socket, 0 where that cannot be known."""
    return transport.outstanding if isinstance(transport, WriteThrough) else 0
